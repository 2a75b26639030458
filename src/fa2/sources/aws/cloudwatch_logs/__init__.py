"""CloudWatch Logs through Logs Insights: counted first, then fetched what tells."""
