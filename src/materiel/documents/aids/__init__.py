"""What helps to read a document: the same words in large letters, an agreement in plain words."""
