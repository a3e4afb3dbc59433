"""Acts: schools and municipalities."""
