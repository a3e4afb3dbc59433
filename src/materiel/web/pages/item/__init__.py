"""Pages: items of equipment and their labels."""
