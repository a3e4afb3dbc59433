"""Rules: items of equipment and their labels."""
