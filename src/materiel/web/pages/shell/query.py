"""Addresses of lists: the same search with another page, written relative to the page itself."""

from __future__ import annotations

from urllib.parse import urlencode


def query(**values: object) -> str:
    """« ?q=…&page=… », without the values that ask nothing; « ? » alone leads to the page without a search."""
    return "?" + urlencode({name: str(value) for name, value in values.items() if value not in (None, "")})
