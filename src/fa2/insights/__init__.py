"""Insights: questions on metrics, answered by measurement; which metrics, what is usual, what is not."""
