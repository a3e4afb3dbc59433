"""Rules: schools and municipalities."""
