"""Pages: what families and institutions see and do."""
