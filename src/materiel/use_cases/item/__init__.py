"""Acts: items of equipment and their labels."""
