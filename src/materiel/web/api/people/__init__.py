"""API: pupils, homes and representatives."""
