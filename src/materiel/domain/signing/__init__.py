"""Rules: signatures, by a link or on paper."""
