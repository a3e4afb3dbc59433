"""Comparing names as people type them: accents, case, hyphens and order do not matter."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[^a-z0-9]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})


def same_name(typed: str, known: str) -> bool:
    """Whether two names are the same words, in any order, whatever their spaces.

    « LE GOFF anne marie » is « Anne-Marie Le Goff », and so is « Annemarie Legoff ».
    """
    left, right = _words(typed), _words(known)
    if not left or not right:
        return False
    return sorted(left) == sorted(right) or "".join(right) in _turns(left)


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LIGATURES))
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return [word for word in _SEPARATORS.split(letters) if word]


def _turns(words: list[str]) -> set[str]:
    """The words joined, from each of them on: last name first or first name first."""
    return {"".join(words[start:] + words[:start]) for start in range(len(words))}
