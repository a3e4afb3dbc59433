"""Rules: words, names and identifiers, and what is wrong with them."""
