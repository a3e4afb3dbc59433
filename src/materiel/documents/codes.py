"""Codes told from other words by their shape, so that their zeros are slashed and those of the rest are plain."""

from __future__ import annotations

import re

from materiel.documents.fonts import SLASHED_ZERO

_WORD = r"[^ \u00a0()«»,;]"
_NO_CODE = re.compile(
    r"0\d(?:-\d\d){4}|0\d{9}"  # a telephone
    r"|\d{4}-\d\d-\d\d|\d\d-\d\d-\d{4}"  # a day
    r"|\d{1,2}H\d\d|UTC[+-]?\d\d:\d\d"  # an hour
    r"|\d{1,4}[A-Z]|R?[ND]\d{1,4}|BP\d+|CS\d+|TSA\d+"  # in an address: 10B, RD10, BP10
    r"|[LRDA]\*?\d{3,4}(?:-\d+)*\.?|.*@.*"  # an article of a code of law, a mailbox
)
_CODE = re.compile(
    rf"(?<!{_WORD})(?={_WORD}*0)"
    rf"(?:(?={_WORD}*[A-Z])(?={_WORD}*\d)|(?=\d+-\d+[-/]\d)|(?=\d{{6,}}(?!{_WORD}*\w))){_WORD}+"
)
"""A word that holds a zero, and: a capital, or three groups of digits, or nothing but six digits or more."""


def slashed(text: str) -> str:
    """The text with the zeros of serial, inventory and document numbers slashed, so that none is read as an O."""
    if "0" not in text:
        return text
    return _CODE.sub(_slashed, text)


def _slashed(found: re.Match[str]) -> str:
    word = found[0]
    return word if _NO_CODE.fullmatch(word.rstrip(".:")) else word.replace("0", SLASHED_ZERO)
