"""Stores: where bundles and reports are kept."""
