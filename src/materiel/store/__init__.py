"""Rows in, domain values out. The only package that knows Piccolo and SQL."""
