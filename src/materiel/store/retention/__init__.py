"""Rows: how long things are kept, and elimination."""
