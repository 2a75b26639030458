"""Renderers: one report structure to one format each."""
