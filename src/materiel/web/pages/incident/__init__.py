"""Pages: what happens to an item."""
