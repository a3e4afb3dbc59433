"""API: what is looked for across everything."""
