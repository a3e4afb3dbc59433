"""Acts: documents, their numbers and their scans."""
