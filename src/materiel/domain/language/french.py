"""French grammar that the rules' own sentences need: dates, lists, « de » before the name of a commune.

Typography of printed documents (non-breaking spaces, numbers in words) belongs to the documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)

_ELIDING = frozenset("AEIOUYÀÂÉÈÊËÎÏÔŒÆ")


SHORT_MONTH = 4
ABBREVIATED = {"janvier": "janv", "juillet": "juil", "septembre": "sept", "octobre": "oct", "novembre": "nov"}
ABBREVIATED |= {"février": "févr", "décembre": "déc", "avril": "avr"}


def long_date(day: date) -> str:
    """« 1er septembre 2026 »: the first day of a month is an ordinal."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {MONTHS[day.month - 1]} {day.year}"


def short_date(day: date, today: date) -> str:
    """« 19 oct. », with the year when it is not that of today: for a column that has its age beside it."""
    month = MONTHS[day.month - 1]
    month = month if len(month) <= SHORT_MONTH else f"{ABBREVIATED.get(month, month[:4])}."
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {month}" + (f" {day.year}" if day.year != today.year else "")


def time_until(day: date, today: date) -> str:
    """« dans 9 mois », « il y a 6 jours », « demain »: days up to two months, months up to two years, then years."""
    days = (day - today).days
    if abs(days) < 2:
        return ("hier", "aujourd'hui", "demain")[days + 1]
    span = abs(days)
    if span < 60:
        told = f"{span} jours"
    elif span < 730:
        told = f"{round(span / 30.44)} mois"
    else:
        told = f"{round(span / 365.25)} ans"
    return f"dans {told}" if days > 0 else f"il y a {told}"


def enumeration(words: Sequence[str], last: str = "et") -> str:
    """« a, b et c »; empty for no word."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def of_place(name: str) -> str:
    """« de Baulon », « d'Acigné », « du Rheu », « des Iffs », « de La Chapelle-Bouëxic ».

    A name in H keeps « de »: whether it is aspirated is not written, and « de » is never wrong on an envelope.
    """
    article, _, rest = name.partition(" ")
    if rest and article.lower() == "le":
        return f"du {rest}"
    if rest and article.lower() == "les":
        return f"des {rest}"
    if name[:1].upper() in _ELIDING:
        return f"d'{name}"
    return f"de {name}"


def at_place(name: str) -> str:
    """« à Rennes », « au Mans », « aux Andelys », « à La Rochelle »."""
    article, _, rest = name.partition(" ")
    if rest and article.lower() == "le":
        return f"au {rest}"
    if rest and article.lower() == "les":
        return f"aux {rest}"
    return f"à {name}"
