"""Pages: the workshop, from the return of an item to its end."""
