"""Frozen values in, bytes out: PDF, HTML and labels. The only package that knows ReportLab and qrcode."""
