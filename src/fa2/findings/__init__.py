"""Security Hub's and GuardDuty's findings as a report: grouped, ranked, explained; no model takes part."""
