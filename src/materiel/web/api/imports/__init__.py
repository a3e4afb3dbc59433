"""API: files in."""
