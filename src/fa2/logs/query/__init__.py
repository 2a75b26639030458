"""The query language of CloudWatch Logs Insights on any logs: read, compiled to SQL, run in DuckDB."""
