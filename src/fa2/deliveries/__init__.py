"""Deliveries: where a rendered report goes."""
