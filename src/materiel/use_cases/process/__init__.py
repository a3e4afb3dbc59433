"""Acts: the process: database, loops, health, backup."""
