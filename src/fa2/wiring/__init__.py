"""Puts the parts together: settings and entry points to objects, an input to a bundle, stages to a pipeline."""
