"""The shape of a line: its one definition, as SQL of several engines, and compiled."""
