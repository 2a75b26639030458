"""Apps: thin edges through which people and machines reach fa2."""
