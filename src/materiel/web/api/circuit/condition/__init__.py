"""HTTP for the condition of items."""
