"""API: signatures, by a link or on paper."""
