"""A park as it is kept, line by line: items, the pupils who have them and their loans."""
