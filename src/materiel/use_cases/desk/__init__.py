"""Acts: what waits for a hand."""
