"""From shapes to templates."""
