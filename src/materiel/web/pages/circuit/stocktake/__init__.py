"""Pages: stocktakes, from what is expected to the signed report."""
