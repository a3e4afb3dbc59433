"""Acts: finding what was typed."""
