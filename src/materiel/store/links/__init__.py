"""Rows: links of families and institutions."""
