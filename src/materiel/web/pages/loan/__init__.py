"""Pages: loans and deposits, from a request to their end."""
