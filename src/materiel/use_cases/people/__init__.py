"""Acts: pupils, homes and representatives."""
