"""Sources: where telemetry comes from. They write bundle tables and coverage."""
