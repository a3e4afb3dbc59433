"""Pages: pupils, homes and representatives."""
