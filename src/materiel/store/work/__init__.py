"""Rows: jobs, outgoing mail, what is asked once."""
