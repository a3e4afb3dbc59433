"""The persons that one cell of a table names: « M. et Mme LE GOFF », « Mme MORVAN Anne », « LECOMTE Zoé ».

One name is parted the same way whoever bears it; what may be read otherwise is said not to be sure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from materiel.domain.language.folding import fold

_TITLE = r"(?:m\.?|mr\.?|monsieur|mme\.?|mrs|madame|mlle\.?|mademoiselle|me\.?|maître)"
_COUPLE = re.compile(rf"{_TITLE}\s*(?:et|&|/|ou|,)\s*{_TITLE}\s+(.+)", re.IGNORECASE)
_ALONE = re.compile(rf"{_TITLE}\s+(.+)", re.IGNORECASE)
_BETWEEN = re.compile(rf"\s*(?:;|/|\n|\bet\b(?=\s+{_TITLE}\s))\s*", re.IGNORECASE)
_SEVERAL = re.compile(r"[;/&+\n]|\bet\b", re.IGNORECASE)

_PARTICLES = frozenset(
    (
        *("le", "la", "les", "de", "du", "des", "d", "saint", "sainte", "st", "ste", "mac", "mc", "van", "von", "der"),
        *("den", "da", "di", "del", "della", "dos", "el", "al", "ben", "ait", "ould"),
    )
)
"""Words that begin a last name and are none."""


@dataclass(frozen=True, slots=True)
class PartedName:
    """A name written in one piece, parted; `first_name` is empty when it cannot be told.

    `is_sure`: its capitals, a comma or a particle say where it parts.
    """

    last_name: str
    first_name: str
    is_sure: bool


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
            parted = parted_name(name, is_first_name_first=True)
            is_whole = not parted.is_sure and (alone is not None or name.isupper())
            found.append((name, "") if is_whole else (parted.last_name, parted.first_name))
    return tuple(found)


def pupil_named(text: str, *, is_first_name_first: bool = False) -> PartedName:
    """The name of the pupil whom a text names; see `parted_name`."""
    alone = _ALONE.fullmatch(text.strip())
    return parted_name(alone[1] if alone else text, is_first_name_first=is_first_name_first)


def is_titled(text: str) -> bool:
    """Whether a text names somebody by a title: « M. et Mme LE GOFF », « Mme Morvan »."""
    return (_COUPLE.fullmatch(text.strip()) or _ALONE.fullmatch(text.strip())) is not None


def names_several(text: str) -> bool:
    """Whether a text that should name one person names several: « LECOMTE Zoé et Tom »."""
    return _SEVERAL.search(text.strip()) is not None


def parted_name(name: str, *, is_first_name_first: bool) -> PartedName:
    """A name of one person: a comma parts it, else words in capitals are its last name, else a particle begins it.

    Args:
        is_first_name_first: the order supposed of words that say nothing of it.
    """
    before, comma, after = (each.strip() for each in name.partition(","))
    if comma and before and after and "," not in after:
        return PartedName(" ".join(before.split()), " ".join(after.split()), is_sure=True)
    words = name.split()
    if len(words) < 2:
        return PartedName(" ".join(words), "", is_sure=False)
    return _by_capitals(words) or _by_particle(words) or _by_order(words, is_first_name_first)


def _by_capitals(words: Sequence[str]) -> PartedName | None:
    capital = [_is_capital(word) for word in words]
    if not any(capital) or all(capital):
        return None
    for place in range(len(words) - 2, -1, -1):
        # « de LA TOUR », « le GOFF ».
        capital[place] = capital[place] or (capital[place + 1] and words[place] in _PARTICLES)
    last = [word for word, is_last in zip(words, capital, strict=True) if is_last]
    first = [word for word, is_last in zip(words, capital, strict=True) if not is_last]
    begins = capital.index(True)
    return PartedName(" ".join(last), " ".join(first), is_sure=all(capital[begins : begins + len(last)]))


def _is_capital(word: str) -> bool:
    """Whether a word is in capitals, of which an initial is not one: « LECOMTE », « d’ALMEIDA »."""
    end = re.sub(r"^[dl]['’]", "", word)
    return end.isupper() and sum(sign.isalpha() for sign in end) > 1


def _by_particle(words: Sequence[str]) -> PartedName | None:
    begins = next((place for place, word in enumerate(words) if _is_particle(word)), None)
    if begins is None:
        return None
    ends = begins
    while ends < len(words) and _is_particle(words[ends]):
        ends += 1
    ends += 1
    rest = words[ends:]
    if ends > len(words) or not (begins or rest):
        return None
    if begins:
        return PartedName(" ".join(words[begins:]), " ".join(words[:begins]), is_sure=not rest)
    return PartedName(" ".join(words[:ends]), " ".join(rest), is_sure=len(rest) == 1)


def _is_particle(word: str) -> bool:
    return fold(word).rstrip(".") in _PARTICLES


def _by_order(words: Sequence[str], is_first_name_first: bool) -> PartedName:
    if is_first_name_first:
        return PartedName(words[-1], " ".join(words[:-1]), is_sure=False)
    return PartedName(words[0], " ".join(words[1:]), is_sure=False)
