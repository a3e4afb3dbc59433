"""Rows: stocktakes, what they expect, what is seen of it, their reports."""
