"""Rows: documents, their numbers and their scans."""
