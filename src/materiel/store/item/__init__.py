"""Rows: items of equipment and their labels."""
