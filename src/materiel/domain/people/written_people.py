"""The persons that one cell of a table names: « M. et Mme LE GOFF », « Mme MORVAN Anne », « Anne Morvan »."""

from __future__ import annotations

import re

_TITLE = r"(?:m\.?|mr\.?|monsieur|mme\.?|mrs|madame|mlle\.?|mademoiselle|me\.?|maître)"
_COUPLE = re.compile(rf"{_TITLE}\s*(?:et|&|/|ou|,)\s*{_TITLE}\s+(.+)", re.IGNORECASE)
_ALONE = re.compile(rf"{_TITLE}\s+(.+)", re.IGNORECASE)
_BETWEEN = re.compile(rf"\s*(?:;|/|\n|\bet\b(?=\s+{_TITLE}\s))\s*", re.IGNORECASE)


def people_named(text: str) -> tuple[tuple[str, str], ...]:
    """The last and first names of those that a text names, in its order; a first name that cannot be told is empty.

    A couple of one name is two persons. Words in capitals are a last name; else the last word is, and what comes
    before it the first names.
    """
    found: list[tuple[str, str]] = []
    if couple := _COUPLE.fullmatch(text.strip()):
        return ((couple[1].strip(), ""),) * 2
    for part in _BETWEEN.split(text):
        alone = _ALONE.fullmatch(part.strip())
        if name := (alone[1] if alone else part).strip():
            found.append(_parted(name, titled=alone is not None))
    return tuple(found)


def _parted(name: str, *, titled: bool) -> tuple[str, str]:
    words = name.split()
    capitals = [word for word in words if word.isupper() and len(word) > 1]
    if capitals and len(capitals) < len(words):
        return " ".join(capitals), " ".join(word for word in words if word not in capitals)
    if len(words) == 1 or titled or capitals:
        return name, ""
    return words[-1], " ".join(words[:-1])
