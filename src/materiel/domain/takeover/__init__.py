"""Loans that run already when they are entered: taken over with what is known of their old paper."""
