"""Rules: files in and registers out."""
