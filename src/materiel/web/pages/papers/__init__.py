"""Pages: documents, their numbers and their scans."""
