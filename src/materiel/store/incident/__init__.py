"""Rows: what happens to an item."""
