"""Rows: copies of the whole, and their return."""
