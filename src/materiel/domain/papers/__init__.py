"""Rules: documents, their numbers and their scans."""
