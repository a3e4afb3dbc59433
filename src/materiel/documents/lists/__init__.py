"""Lists that are printed to work with: nothing that was issued, without number nor return code."""
