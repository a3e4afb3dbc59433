"""Which school people mean by what they write in a table: « Clg René Cassin CANCALE », « EEPU Jean Rostand - Rennes ».

A school is taken without asking only when its whole name was written, in its commune, and no other answers to it.
Pure: the schools to choose from are given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from materiel.domain.language.folding import fold
from materiel.domain.language.spelling import is_close

MOST_CHOICES = 8
LONGEST_TEXT = 200

_WORD = re.compile(r"[a-z0-9]+")
_LEVELS = {
    **dict.fromkeys(("college", "coll", "clg", "col"), "college"),
    **dict.fromkeys(("lycee", "lyc", "lgt", "lpo", "lycees"), "lycee"),
    **dict.fromkeys(("ecole", "ecoles", "ec", "groupe", "gs"), "ecole"),
    **dict.fromkeys(("erea", "ime", "itep", "ulis", "cfa", "mfr"), ""),
}
"""What the words of a kind of school are written for; an empty one says none of the three."""

_PARTS = {
    **dict.fromkeys(("elementaire", "elem"), "elementaire"),
    **dict.fromkeys(("maternelle", "mat"), "maternelle"),
    **dict.fromkeys(("primaire", "prim"), "primaire"),
    **dict.fromkeys(("professionnel", "professionnelle", "pro"), "professionnel"),
}
_SECTORS = {
    **dict.fromkeys(("public", "publique", "pub", "pu"), "public"),
    **dict.fromkeys(("prive", "privee", "pr", "priv"), "prive"),
}
_ACRONYM = re.compile(r"e(?P<part>[emp])?(?P<sector>pu|pr)?")
"""EEPU, EMPR, EPPU: the words of the annuaire by their initials."""

_LINKS = frozenset(
    (
        *("de", "du", "des", "d", "la", "le", "les", "l", "et", "a", "au", "aux", "en", "sur", "sous"),
        *("general", "generale", "polyvalent", "polyvalente", "technologique", "agricole", "mixte", "scolaire"),
        *("primaires", "annexe", "segpa"),
    )
)
_WRITTEN_SHORT = {
    "lp": "lycee professionnel",
    "st": "saint",
    "ste": "sainte",
    "sts": "saints",
    "stes": "saintes",
    "dr": "docteur",
    "nd": "notre dame",
}


@dataclass(frozen=True, slots=True)
class NamedSchool:
    """A school to choose from: its UAI, its name and that of its commune."""

    uai: str
    name: str
    municipality: str


@dataclass(frozen=True, slots=True)
class SchoolMatch:
    """The school meant, when there is no doubt; else the UAIs that may be, the likeliest first."""

    certain: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _ParsedName:
    level: str
    part: str
    sector: str
    words: tuple[str, ...]


def school_as_written(written: str, municipality: str) -> str:
    """What names a school in a table, in one text: « Jean Rostand, Rennes » when its commune has its own column."""
    return ", ".join(filter(None, (" ".join(written.split()), " ".join(municipality.split()))))[:LONGEST_TEXT]


def own_words(written: str) -> tuple[str, ...]:
    """The words that tell a school from the others, as the annuaire writes them: for a search among its names."""
    return _parsed(written).words


def school_meant(written: str, municipality: str, known: Iterable[NamedSchool]) -> SchoolMatch:
    """The school of what is written, beside the commune of another column, `""` for none.

    A commune named in the text itself counts more than the column, which often holds that of the family.
    """
    typed = _parsed(written)
    beside = set(_words(municipality))
    answers: list[tuple[tuple[int, int, str], str, bool]] = []
    for school in known:
        name, commune = _parsed(school.name), set(_words(school.municipality))
        is_named = bool(commune) and commune <= set(typed.words)
        # Some schools bear the name of their commune.
        rest = [word for word in typed.words if not (is_named and word in commune and word not in name.words)]
        if not rest or not _is_of(typed, name) or not all(_has(name.words, word) for word in rest):
            continue
        is_whole = len(rest) >= len(name.words) and set(rest) == set(name.words)
        is_there = is_named or (bool(beside) and beside == commune)
        likeness = 4 * is_whole + 6 * is_named + 4 * is_there + (typed.part == name.part)
        rank = (-likeness, abs(len(name.words) - len(rest)), school.uai)
        answers.append((rank, school.uai, is_whole and is_there))
    answers.sort()
    sure = [uai for rank, uai, is_sure in answers if is_sure and rank[0] == answers[0][0][0]]
    if len(sure) == 1:
        return SchoolMatch(certain=sure[0])
    return SchoolMatch(choices=tuple(uai for _, uai, _ in answers[:MOST_CHOICES]))


def _words(text: str) -> list[str]:
    spread = " ".join(_WRITTEN_SHORT.get(word, word) for word in _WORD.findall(fold(text).replace(".", "")))
    return [word for word in spread.split() if word not in _LINKS]


@lru_cache(maxsize=4096)
def _parsed(text: str) -> _ParsedName:
    level = part = sector = ""
    words: list[str] = []
    for word in _words(text):
        acronym = _ACRONYM.fullmatch(word)
        if word in _LEVELS:
            level = level or _LEVELS[word]
        elif word in _PARTS:
            part = part or _PARTS[word]
            level = level or ("lycee" if part == "professionnel" else "ecole")
        elif word in _SECTORS:
            sector = sector or _SECTORS[word]
        elif acronym and (acronym["part"] or acronym["sector"]):
            level = level or "ecole"
            part = part or {"e": "elementaire", "m": "maternelle", "p": "primaire"}.get(acronym["part"] or "", "")
            sector = sector or {"pu": "public", "pr": "prive"}.get(acronym["sector"] or "", "")
        else:
            words.append(word)
    return _ParsedName(level, part, sector, tuple(dict.fromkeys(words)))


def _is_of(typed: _ParsedName, name: _ParsedName) -> bool:
    """Whether nothing that was said of the kind contradicts the name; what was not said does not."""
    pairs = ((typed.level, name.level), (typed.part, name.part), (typed.sector, name.sector))
    return all(not said or not known or said == known for said, known in pairs)


def _has(names: Sequence[str], word: str) -> bool:
    """Whether a name holds a word, or one that is the same but for a typing error."""
    return word in names or any(
        abs(len(word) - len(each)) < 3 and len(word) > 3 and is_close(word, each) for each in names
    )
