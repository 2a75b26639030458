"""Narrators: from suspects and observations to the statements of a report."""
