"""Pages that people read: the ones behind a QR code, errors, the documentation of the API."""
