"""API: links of families and institutions."""
