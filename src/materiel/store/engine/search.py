"""One normal form for what is searched and what is typed: the folding of `domain.language.folding`, cut into words.

A word of three letters or more is found anywhere, in the middle of a serial number too; a shorter one at the start of a
word only. Words are stored between two spaces, so that even one letter makes, with them, the three characters that the
trigram indexes of both engines need. A hyphen between letters parts two words (« Martin-Dupont »); beside a figure it
belongs to a reference (« 2026-0001 »).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from materiel.domain.language.folding import fold, name_key

TRIGRAM = 3

_SEPARATORS = re.compile(r"[\s\x00-\x1f%_\\\"'«»“”„]+")
"""Apostrophes part words; so do the signs that LIKE and FTS5 would read as their own."""

_FIGURE = re.compile(r"[0-9]")


def searchable(*parts: str, names: tuple[str, ...] = ()) -> str:
    """The text of a `search` column: the words of every part, each between two spaces.

    `names` are parts that people also write in one word, or without their hyphens: « dalmeida » for « d'Almeida ».
    """
    words = [word for part in (*parts, *names) for word in _words(part)]
    words += [joined for name in names if (joined := name_key(name)) not in {"", *words}]
    return f"  {'  '.join(words)}  " if words else ""


def words_of(query: str, *, whole: bool = False) -> tuple[str, ...]:
    """What a `search` column must contain, all of it, to be found by this query; empty for an empty query.

    No needle holds a sign special to LIKE, and each has at least three characters. `whole`: no part of a word will do.
    """
    if whole:
        return tuple(f" {word} " for word in _words(query))
    return tuple(" " * max(0, TRIGRAM - len(word)) + word for word in _words(query))


def matching(needles: Sequence[str]) -> str:
    """What FTS5 is asked for the rows that hold each of these needles."""
    return " AND ".join(f'"{needle}"' for needle in needles)


def _words(text: str) -> Iterator[str]:
    for word in _SEPARATORS.split(fold(text)):
        if "-" in word and not _FIGURE.search(word):
            yield from filter(None, word.split("-"))
        elif word:
            yield word
