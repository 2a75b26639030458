"""Patterns and what is known of them: severity, tokens and their values, what comes together."""
