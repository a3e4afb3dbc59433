"""French typography of printed text: non-breaking spaces, numbers in words.

The only space that may not break here is U+00A0, which every font has and every search box finds.
"""

from __future__ import annotations

import re

NBSP = "\u00a0"

NUMBERS = ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")

_SPACES = re.compile(r"[ \t\n]+")
_BEFORE = re.compile(rf"[ {NBSP}]+(?=[:;?!»%€])")
_AFTER = re.compile(rf"(«|\b[nN]°|\bart\.|\bp\.)[ {NBSP}]+")
_DASH = re.compile(rf"[ {NBSP}]+– ")


def typeset(text: str) -> str:
    """Put the spaces of French typography into our own wording: one between words, unbreakable where due.

    Lines of a multi-line text are joined. Idempotent. Never given a user's string, printed as it was typed.
    """
    text = _SPACES.sub(" ", text).strip()
    text = _BEFORE.sub(NBSP, text)
    text = _AFTER.sub(lambda match: match.group(1) + NBSP, text)
    return _DASH.sub(f"{NBSP}– ", text)


def in_words(number: int) -> str:
    """A small number in letters, digits beyond ten."""
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else str(number)


def capitalised(text: str) -> str:
    """The first letter in upper case, the rest untouched (`str.capitalize` lowers names)."""
    return text[:1].upper() + text[1:]
