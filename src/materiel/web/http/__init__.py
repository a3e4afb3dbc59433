"""Web: the protocol, forms and sessions, whatever the page."""
