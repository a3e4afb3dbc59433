"""French grammar that the rules' own sentences need: dates, lists, « de » before the name of a commune.

Typography of printed documents (non-breaking spaces, numbers in words) belongs to the documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from materiel.domain.language.communes_in_h import HOMONYMS, WHOLE
from materiel.domain.language.folding import fold, name_key

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

_ELIDING = frozenset("aeiouyh")
_ARTICLES = {"le ": 2, "la ": 3, "les ": 4, "l'": 5, "aux ": 6, "las ": 7, "los ": 8}
_CONTRACTED = {2: ("du", "au"), 4: ("des", "aux"), 6: ("des", "aux")}
_WHOLE = frozenset(name_key(name) for name in WHOLE)
_HOMONYMS = {name_key(name): codes for name, codes in HOMONYMS.items()}


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
    told = span(abs(days))
    return f"dans {told}" if days > 0 else f"il y a {told}"


def span(days: int) -> str:
    """« 1 jour », « 40 jours », « 9 mois », « 3 ans »: in the unit in which people tell so long."""
    if days < 60:
        return f"{days} jours" if days > 1 else f"{days} jour"
    return f"{round(days / 30.44)} mois" if days < 730 else f"{round(days / 365.25)} ans"


def enumeration(words: Sequence[str], last: str = "et") -> str:
    """« a, b et c »; empty for no word."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def of_place(name: str, insee_code: str = "") -> str:
    """« de Baulon », « d'Acigné », « d'Hyères », « de Hem », « du Rheu », « des Iffs », « de La Chapelle-Bouëxic ».

    `insee_code`, where it is known, tells homonyms: « d'Hauteville » in Savoie, « de Hauteville » in Aisne.
    Source: INSEE, Code officiel géographique, « type de nom en clair ».
    """
    kind = liaison(name, insee_code)
    if kind in _CONTRACTED:
        return f"{_CONTRACTED[kind][0]} {name.partition(' ')[2]}"
    return f"d'{name}" if kind == 1 else f"de {name}"


def at_place(name: str) -> str:
    """« à Rennes », « au Mans », « aux Andelys », « à La Rochelle », « à L'Hermitage »."""
    kind = liaison(name)
    return f"{_CONTRACTED[kind][1]} {name.partition(' ')[2]}" if kind in _CONTRACTED else f"à {name}"


def liaison(name: str, insee_code: str = "") -> int:
    """INSEE's « type de nom en clair »: 0 « de », 1 « d' », 2 Le, 3 La, 4 Les, 5 L', 6 Aux, 7 Las, 8 Los.

    It elides before every y (« d'Yutz », « d'Yerres »), and before h but for the names that it lists.
    """
    folded = fold(name)
    for article, kind in _ARTICLES.items():
        if folded.startswith(article):
            return kind
    if folded[:1] not in _ELIDING:
        return 0
    key = name_key(name)
    codes = _HOMONYMS.get(key)
    is_whole = key in _WHOLE if codes is None else codes.get(insee_code, codes[""])
    return 0 if is_whole else 1
