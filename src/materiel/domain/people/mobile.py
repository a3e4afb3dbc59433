"""Mobile numbers that may receive a code: what a record holds as typed, in the one form that gateways take (E.164).

Only numbers of France and of its overseas territories: anything else, a landline included, is no mobile number here.
A number of New Caledonia, French Polynesia or Saint-Pierre-et-Miquelon is written with its prefix, without which its
digits are those of somebody else.

Source: plan national de numérotation (Arcep, décision n° 2018-0881), § 2; UIT-T E.164.
"""

from __future__ import annotations

import re

_OVERSEAS = (
    # Numbers that nobody has, for demonstrations and tests: of metropolitan France, whatever they look like.
    ("63998", "33"),
    ("639", "262"),
    ("690", "590"),
    ("691", "590"),
    ("692", "262"),
    ("693", "262"),
    ("694", "594"),
    ("696", "596"),
    ("697", "596"),
)
_FRENCH = re.compile(r"(?:0|\+(?:33|262|590|594|596)0?)([67]\d{8})")
_PACIFIC = re.compile(r"\+(687[5-9]\d{5}|6898[79]\d{6}|68182\d{4}|50855\d{4})")
_MARKS = re.compile(r"[\s().-]+")
_FICTITIOUS = "+3363998"


def mobile_number(typed: str) -> str:
    """A mobile number as +33612345678, whatever its spaces and its way of saying France; empty for anything else."""
    digits = _MARKS.sub("", typed.replace("(0)", ""))
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if _PACIFIC.fullmatch(digits):
        return digits
    found = _FRENCH.fullmatch(digits)
    if found is None:
        return ""
    # Many write +33 before a number of Réunion: a French operator understands, a gateway does not.
    prefix = next((prefix for start, prefix in _OVERSEAS if found[1].startswith(start)), "33")
    return f"+{prefix}{found[1]}"


def masked_mobile(number: str) -> str:
    """A number that its owner recognises and that tells nobody else: « 06 •• •• •• 12 »."""
    found = re.fullmatch(r"\+(?:33|262|590|594|596)([67])\d+(\d\d)", number)
    return f"0{found[1]} •• •• •• {found[2]}" if found else f"{number[:4]} •• {number[-2:]}"


def is_nobodys(number: str) -> bool:
    """Whether a number is one of those that are given to nobody (Arcep: 06 39 98 00 00 to 06 39 98 99 99)."""
    return number.startswith(_FICTITIOUS)
