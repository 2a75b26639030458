"""Documents from a folder: an index that is kept in a file and needs no server."""
