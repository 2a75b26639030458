"""How well investigations do on incidents whose cause is known."""
