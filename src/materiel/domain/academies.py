"""Académies and their départements: codes, names, and the names with the article that a letter needs.

Codes are those of the annuaire: an académie has two digits (`14`), a département three characters (`035`, `02A`). Used
to display, to validate and to tell « same académie ? » (domain § 3.5); a school's own académie is read from its row.
Regions with one académie since 2020: Caen (05) and Rouen (21) are Normandie (70).
"""

from __future__ import annotations

from dataclasses import dataclass

MERGED = {"05": "70", "21": "70"}
"""Former codes, found in old files, and the académie they became part of."""


@dataclass(frozen=True, slots=True)
class Academie:
    """One académie. `of_name` reads after a noun: « l'académie de Rennes », « d'Aix-Marseille », « de la
    Réunion »."""

    code: str
    name: str
    of_name: str
    departements: tuple[str, ...]


def _academie(code: str, name: str, of_name: str, departements: str) -> Academie:
    return Academie(code, name, of_name, tuple(departement_code(each) for each in departements.split()))


def departement_code(text: str) -> str:
    """The three-character code of a département written with one, two or three characters: `1` is `001`, `2A` `02A`."""
    return text.strip().upper().zfill(3)


def academie_code(text: str) -> str:
    """The two-digit code of an académie, left-padded, former codes resolved to the académie of today."""
    code = text.strip().zfill(2)
    return MERGED.get(code, code)


ACADEMIES: dict[str, Academie] = {
    each.code: each
    for each in (
        _academie("01", "Paris", "de Paris", "75"),
        _academie("02", "Aix-Marseille", "d'Aix-Marseille", "04 05 13 84"),
        _academie("03", "Besançon", "de Besançon", "25 39 70 90"),
        _academie("04", "Bordeaux", "de Bordeaux", "24 33 40 47 64"),
        _academie("06", "Clermont-Ferrand", "de Clermont-Ferrand", "03 15 43 63"),
        _academie("07", "Dijon", "de Dijon", "21 58 71 89"),
        _academie("08", "Grenoble", "de Grenoble", "07 26 38 73 74"),
        _academie("09", "Lille", "de Lille", "59 62"),
        _academie("10", "Lyon", "de Lyon", "01 42 69"),
        _academie("11", "Montpellier", "de Montpellier", "11 30 34 48 66"),
        _academie("12", "Nancy-Metz", "de Nancy-Metz", "54 55 57 88"),
        _academie("13", "Poitiers", "de Poitiers", "16 17 79 86"),
        _academie("14", "Rennes", "de Rennes", "22 29 35 56"),
        _academie("15", "Strasbourg", "de Strasbourg", "67 68"),
        _academie("16", "Toulouse", "de Toulouse", "09 12 31 32 46 65 81 82"),
        _academie("17", "Nantes", "de Nantes", "44 49 53 72 85"),
        _academie("18", "Orléans-Tours", "d'Orléans-Tours", "18 28 36 37 41 45"),
        _academie("19", "Reims", "de Reims", "08 10 51 52"),
        _academie("20", "Amiens", "d'Amiens", "02 60 80"),
        _academie("22", "Limoges", "de Limoges", "19 23 87"),
        _academie("23", "Nice", "de Nice", "06 83"),
        _academie("24", "Créteil", "de Créteil", "77 93 94"),
        _academie("25", "Versailles", "de Versailles", "78 91 92 95"),
        _academie("27", "Corse", "de Corse", "2A 2B"),
        _academie("28", "La Réunion", "de la Réunion", "974"),
        _academie("31", "Martinique", "de la Martinique", "972"),
        _academie("32", "Guadeloupe", "de la Guadeloupe", "971 977 978"),
        _academie("33", "Guyane", "de la Guyane", "973"),
        _academie("40", "Nouvelle-Calédonie", "de la Nouvelle-Calédonie", "988"),
        _academie("41", "Polynésie française", "de la Polynésie française", "987"),
        _academie("42", "Wallis-et-Futuna", "de Wallis-et-Futuna", "986"),
        _academie("43", "Mayotte", "de Mayotte", "976"),
        _academie("44", "Saint-Pierre-et-Miquelon", "de Saint-Pierre-et-Miquelon", "975"),
        _academie("70", "Normandie", "de Normandie", "14 27 50 61 76"),
    )
}

_ACADEMIE_OF = {departement: each.code for each in ACADEMIES.values() for departement in each.departements}


def academie_of(departement: str) -> Academie | None:
    """The académie of a département given in any spelling, or None when the code is unknown."""
    code = _ACADEMIE_OF.get(departement_code(departement))
    return ACADEMIES[code] if code else None


def same_academie(one: str, other: str) -> bool:
    """Whether two académie codes, former ones included, name the same académie."""
    return academie_code(one) == academie_code(other)
