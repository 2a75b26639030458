"""Athena: the engine that runs typed, bound queries, and the sources that ask it."""
