"""Rows: the two databases behind one way to speak to them."""
