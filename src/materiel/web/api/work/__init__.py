"""API: jobs, outgoing mail, what is asked once."""
