"""Anomaly detectors: what is normal for the lines of a log is learned, and what is not is told."""
