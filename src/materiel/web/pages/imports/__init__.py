"""Pages: files in and registers out."""
