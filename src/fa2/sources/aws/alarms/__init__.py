"""Alarms: found by name or read from an event, and the window that each tells."""
