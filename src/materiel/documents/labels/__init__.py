"""Drawing: labels and their formats."""
