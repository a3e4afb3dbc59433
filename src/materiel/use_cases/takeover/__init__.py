"""Loans that run already when they are entered: one, several of one school, the scan of the old paper, and back."""
