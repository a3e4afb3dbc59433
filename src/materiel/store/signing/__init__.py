"""Rows: signatures, by a link or on paper."""
