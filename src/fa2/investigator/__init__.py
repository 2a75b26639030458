"""The investigation by a language model: what it sees, what it may do, its limits, and what is kept of what it says."""
