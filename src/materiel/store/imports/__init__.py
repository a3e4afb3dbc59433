"""Rows: files in and registers out."""
