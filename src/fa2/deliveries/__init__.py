"""Where what fa2 made is sent to. One file each."""
