"""API: what happens to an item."""
