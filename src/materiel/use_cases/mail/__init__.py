"""Acts: what becomes of the messages."""
