"""Rows: pupils, homes and representatives."""
