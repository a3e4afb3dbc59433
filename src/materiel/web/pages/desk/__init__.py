"""Pages: what waits for a hand."""
