"""The end of life of items, from its proposal to its act."""
