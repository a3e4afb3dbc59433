"""The number of the layout, kept with each document that is drawn."""

from __future__ import annotations

LAYOUT = 3
"""How `render_pdf` lays pages out. Whatever changes where words stand on a page, or on how many, raises it by one.

It changes nothing to what was issued: the bytes of those documents are kept, and are what is printed and sent.
"""
