"""Types and schemas that everything else shares; no I/O beyond reading a bundle."""
