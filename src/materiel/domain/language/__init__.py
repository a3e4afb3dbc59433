"""Rules: words, names and identifiers, what is wrong with them, and how long they may be."""
