"""One pass over lines: files to blocks, lines to shapes, counted."""
