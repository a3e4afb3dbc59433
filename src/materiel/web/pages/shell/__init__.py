"""Pages: what every page is set in."""
