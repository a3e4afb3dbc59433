"""Rules: what waits for a hand."""
