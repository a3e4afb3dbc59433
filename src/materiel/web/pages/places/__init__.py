"""Pages: schools and municipalities."""
