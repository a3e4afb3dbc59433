"""Acts: links of families and institutions."""
