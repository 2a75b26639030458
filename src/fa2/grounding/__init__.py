"""Whether what is said is borne out by the evidence that it cites."""
