"""API: schools and municipalities."""
