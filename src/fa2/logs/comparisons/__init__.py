"""How two periods differ, and how sure that is."""
