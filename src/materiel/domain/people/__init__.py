"""Rules: pupils, homes and representatives."""
