"""CloudWatch metrics: which there are, which matter, and their values."""
