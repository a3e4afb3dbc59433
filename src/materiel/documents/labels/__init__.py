"""Drawing: labels and their sheets."""
