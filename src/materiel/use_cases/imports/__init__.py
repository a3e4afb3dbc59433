"""Acts: files in and registers out."""
