"""Acts: the public pages of the site."""
