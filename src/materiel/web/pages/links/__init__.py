"""Pages: links of families and institutions."""
