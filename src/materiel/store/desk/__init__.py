"""Rows: what waits for a hand."""
