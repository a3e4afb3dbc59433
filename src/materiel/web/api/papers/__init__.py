"""API: documents, their numbers and their scans."""
