"""Pages: the public pages of the site."""
