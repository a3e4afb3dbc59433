"""Rules: the public pages of the site."""
