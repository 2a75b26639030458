"""X-Ray: the service graph, exact rates, root causes and an even sample of traces."""
