"""What people write for a school, against real ones of the annuaire (open data)."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from materiel.domain.places.written_school import NamedSchool, SchoolMatch, own_words, school_meant

ANNUAIRE = Path(__file__).parents[3] / "src/materiel/demo_data/annuaire-education-35.csv"


def annuaire() -> list[NamedSchool]:
    with ANNUAIRE.open(encoding="utf-8-sig", newline="") as file:
        return [
            NamedSchool(row["Identifiant_de_l_etablissement"], row["Nom_etablissement"], row["Nom_commune"])
            for row in csv.DictReader(file, delimiter=";")
        ]


KNOWN = annuaire()


@pytest.mark.parametrize(
    ("written", "commune", "uai"),
    [
        ("Clg René Cassin CANCALE", "Rennes", "0350003N"),
        ("Collège René Cassin", "Cancale", "0350003N"),
        ("COLLEGE RENE CASSIN", "CANCALE", "0350003N"),
        ("EEPU Jean Rostand - Rennes", "Rennes", "0352158F"),
        ("E.M.P.U. Jean Rostand", "Rennes", "0352272E"),
        ("École élémentaire Jean Rostand", "Rennes", "0352158F"),
        ("Lycée Beaumont (Redon)", "Rennes", "0350022J"),
        ("LP Beaumont", "Redon", "0350102W"),
        ("Collège Pierre Brossolette Bruz", "", "0350002M"),
    ],
)
def test_a_whole_name_in_its_commune_leaves_no_doubt(written: str, commune: str, uai: str) -> None:
    assert school_meant(written, commune, KNOWN) == SchoolMatch(certain=uai)


@pytest.mark.parametrize(
    ("written", "commune", "first"),
    [
        ("Collège Pierre Brossolette", "Rennes", "0350002M"),
        ("Collège Pierre Brossolette", "", "0350002M"),
        ("Brossolette", "Bruz", "0350002M"),
        ("Collège Pierre Brosolette", "Bruz", "0350002M"),
    ],
)
def test_another_commune_or_half_a_name_is_asked(written: str, commune: str, first: str) -> None:
    found = school_meant(written, commune, KNOWN)
    assert found.certain == ""
    assert found.choices[0] == first


def test_two_schools_of_one_name_are_both_offered() -> None:
    found = school_meant("Jean Rostand", "Rennes", KNOWN)
    assert found.certain == ""
    assert set(found.choices) >= {"0352158F", "0352272E"}


def test_a_school_of_another_kind_is_not_offered() -> None:
    assert "0352235P" not in school_meant("Collège René Cassin", "Montfort-sur-Meu", KNOWN).choices


@pytest.mark.parametrize("written", ["", "Collège", "École publique", "?"])
def test_a_kind_alone_names_nothing(written: str) -> None:
    assert school_meant(written, "Rennes", KNOWN) == SchoolMatch()


def test_a_school_of_the_annuaire_is_found_by_its_own_name_and_commune() -> None:
    lost = []
    for school in KNOWN[::5]:
        if not own_words(school.name):
            continue
        found = school_meant(school.name, school.municipality, KNOWN)
        if found.certain and found.certain != school.uai:
            same = next(each for each in KNOWN if each.uai == found.certain)
            lost.append((school, same))
        elif not found.certain and school.uai not in found.choices:
            lost.append((school, found))
    assert lost == []
