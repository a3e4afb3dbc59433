"""In which encoding a text was written, told by its French letters; nothing in a file of a spreadsheet says it.

Every byte means something in cp1252, MacRoman (Excel for Mac) and CP850 (the « MS-DOS » of Excel): only one of them
gives words that people write. What leaves a doubt is said, with words to look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

CANDIDATES = {"cp1252": "Windows", "mac_roman": "Mac", "cp850": "MS-DOS"}
"""With what a person calls them, in the order of how often they are met; of two that read alike the first is taken."""

MOST_WORDS = 2_000
SHOWN_WORDS = 3
SURE = 2
"""French letters by which the best reading must be ahead of the next one, to be believed without a word."""

_ACCENTED_WORD = re.compile(rb"[0-9A-Za-z]*[\x80-\xff][0-9A-Za-z\x80-\xff]*")
_INSIDE = frozenset("éèêëàâäîïôöùûüçœæÿ")
_LEADING = frozenset("ÉÈÊËÀÂÄÎÏÔÖÙÛÜÇŒÆ")
_SIGNS = frozenset("’‘«»“”–—…€°²³ºª·\xa0×½¼")


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a text, by Python's name.

    `words` show how it reads, when another may be the right one; `readings`, how they read in each, by its name.
    """

    name: str
    words: tuple[str, ...] = ()
    readings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def accented_words(line: bytes) -> Iterator[bytes]:
    """The words of a line that are not plain letters and digits."""
    return (found.group() for found in _ACCENTED_WORD.finditer(line))


def encoding_of(words: Iterable[bytes], *, chosen: str = "") -> Encoding:
    """The encoding in which these words, none of them in UTF-8, read as French; or the one that somebody chose."""
    seen = list(dict.fromkeys(words))[:MOST_WORDS]
    scores = {name: sum(_score(word, name) for word in seen) for name in CANDIDATES}
    best = max(CANDIDATES, key=lambda name: scores[name])
    others = [scores[name] for name in CANDIDATES if name != best and _reads_otherwise(seen, best, name)]
    is_sure = not others or scores[best] - max(others) >= SURE
    if is_sure and chosen not in CANDIDATES:
        return Encoding(best)
    shown = seen[:SHOWN_WORDS]
    readings = {name: tuple(word.decode(name, "replace") for word in shown) for name in CANDIDATES}
    name = chosen if chosen in CANDIDATES else best
    return Encoding(name, readings[name], readings)


def _reads_otherwise(words: Iterable[bytes], one: str, other: str) -> bool:
    return any(word.decode(one, "replace") != word.decode(other, "replace") for word in words)


def _score(word: bytes, encoding: str) -> int:
    """How French a word reads: a letter of French counts for it, a sign that no French text holds twice against it."""
    score = 0
    text = word.decode(encoding, "replace")
    for place, sign in enumerate(text):
        if sign.isascii():
            continue
        before = text[place - 1] if place else ""
        if sign in _INSIDE:
            score += 1
        elif sign in _LEADING:
            # « ŽlŽve », « dŠcor »: a capital that follows a small letter is none; « À » alone is a word.
            score += -2 if before.islower() else -1 if text == sign != "À" else 1
        elif sign in _SIGNS:
            score += text == "€"
        else:
            score -= 2
    return score
