"""Contents and data told as HTML pages."""
