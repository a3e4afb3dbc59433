"""Pages on the condition of items."""
