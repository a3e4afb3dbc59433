"""Rows: the public pages of the site."""
