"""The condition of an item: note it, picture it, compare a hand-over and a return."""
