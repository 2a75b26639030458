"""The log engine: the shape of a line, patterns, and how two periods compare."""
