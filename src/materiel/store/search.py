"""One normal form for what is searched and what is typed: no accents, no case, no ligature.

A word of three letters or more is found anywhere, in the middle of a serial number too; a shorter one at
the start of a word only. Words are stored between two spaces, so that even one letter makes, with them,
the three characters that the trigram indexes of both engines need.
"""

from __future__ import annotations

import re
import unicodedata

TRIGRAM = 3

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
_SEPARATORS = re.compile(r"[\s\x00-\x1f%_\\\"'’«»]+")
"""Apostrophes part words; so do the signs that LIKE and FTS5 would read as their own."""


def searchable(*parts: str) -> str:
    """The text of a `search` column: the words of every part, each between two spaces."""
    words = [word for part in parts for word in _words(part)]
    return f"  {'  '.join(words)}  " if words else ""


def words_of(query: str) -> tuple[str, ...]:
    """What a `search` column must contain, all of it, to be found by this query; empty for an empty query.

    No needle holds a sign special to LIKE, and each has at least three characters.
    """
    return tuple(" " * max(0, TRIGRAM - len(word)) + word for word in _words(query))


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_LIGATURES)
    bare = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return [word for word in _SEPARATORS.split(bare) if word]
