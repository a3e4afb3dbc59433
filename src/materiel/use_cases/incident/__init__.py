"""Acts: what happens to an item."""
