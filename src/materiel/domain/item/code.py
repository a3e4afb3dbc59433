"""What a reader, a camera or a person gives for an item: the address of its label, its code, or its number.

A handheld reader « types » as a keyboard: set for an American keyboard on a machine that has a French one, it writes
signs that are beside. The tables of both layouts give back what was read. Pure.
"""

from __future__ import annotations

import re

LONGEST = 300

_QWERTY = "`1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./" + '~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?'
_AZERTY = "²&é\"'(-è_çà)=azertyuiop^$qsdfghjklmùwxcvbn,;:!" + "~1234567890°+AZERTYUIOP¨£QSDFGHJKLM%WXCVBN?./§"
_TO_QWERTY = str.maketrans(_AZERTY, _QWERTY)
_TO_AZERTY = str.maketrans(_QWERTY, _AZERTY)

_LABEL = re.compile(r"HTTPS?://[^/]+(?:/[^/]+)*/Q/(?P<code>[0-9A-Z]{8,20})/?", re.IGNORECASE)
_DOCUMENT = re.compile(r"HTTPS?://[^/]+(?:/[^/]+)*/V/(?P<code>[0-9A-Z]{8,20})(?:/[0-9]+)?/?", re.IGNORECASE)
_CODE = re.compile(r"[0-9A-Z]{13}")


def readings(text: str) -> tuple[str, ...]:
    """What may have been meant, the likeliest first: as it is, then as each mistaken keyboard would have it."""
    typed = text.strip()[:LONGEST]
    found = [typed, typed.translate(_TO_QWERTY), typed.translate(_TO_AZERTY)]
    return tuple(dict.fromkeys(each for each in found if each))


def label_code(text: str) -> str | None:
    """The code of a label, from its whole address or from the code alone; None for anything else."""
    if address := _LABEL.fullmatch(text):
        return address["code"].upper()
    code = text.upper()
    return code if _CODE.fullmatch(code) else None


def document_code(text: str) -> str | None:
    """The code of a document, from the address printed on its pages; None for anything else."""
    address = _DOCUMENT.fullmatch(text)
    return address["code"].upper() if address else None
