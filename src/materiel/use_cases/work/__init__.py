"""Acts: jobs, outgoing mail, what is asked once."""
