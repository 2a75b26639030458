"""A small shop of communicating processes, made to be broken on purpose and recorded while it happens."""
