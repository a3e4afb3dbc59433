"""Rules: jobs, outgoing mail, what is asked once."""
