"""Rows: schools and municipalities."""
