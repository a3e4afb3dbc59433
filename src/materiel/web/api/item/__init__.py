"""API: items of equipment and their labels."""
