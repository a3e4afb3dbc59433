"""Acts on many things at once."""
