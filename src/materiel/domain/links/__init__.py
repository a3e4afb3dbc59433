"""Rules: links of families and institutions."""
