"""Rules: what happens to an item."""
