"""Acts: what was done and read, and by whom."""
