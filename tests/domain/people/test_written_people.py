from __future__ import annotations

import pytest

from materiel.domain.people.written_people import PartedName, names_several, people_named, pupil_named


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("M. et Mme NOM1", (("NOM1", ""), ("NOM1", ""))),
        ("Mr & Mme Le Goff", (("Le Goff", ""), ("Le Goff", ""))),
        ("Monsieur et Madame DE LA TOUR", (("DE LA TOUR", ""), ("DE LA TOUR", ""))),
        ("Mme MORVAN Anne", (("MORVAN", "Anne"),)),
        ("Anne-Marie MORVAN", (("MORVAN", "Anne-Marie"),)),
        ("M. Le Bihan", (("Le Bihan", ""),)),
        ("Anne Morvan", (("Morvan", "Anne"),)),
        ("Anne Le Bihan", (("Le Bihan", "Anne"),)),
        ("MORVAN ANNE", (("MORVAN ANNE", ""),)),
        ("MORVAN", (("MORVAN", ""),)),
        ("Mme MORVAN Anne et M. LE BIHAN Yann", (("MORVAN", "Anne"), ("LE BIHAN", "Yann"))),
        ("MORVAN Anne / LE BIHAN Yann", (("MORVAN", "Anne"), ("LE BIHAN", "Yann"))),
        ("", ()),
        ("  ", ()),
    ],
)
def test_a_cell_names_one_person_or_two(text: str, people: tuple[tuple[str, str], ...]) -> None:
    assert people_named(text) == people


@pytest.mark.parametrize(
    ("text", "last_name", "first_name", "is_sure"),
    [
        ("KERVELLA Maëlle", "KERVELLA", "Maëlle", True),
        ("Maëlle KERVELLA", "KERVELLA", "Maëlle", True),
        ("Kervella, Maëlle", "Kervella", "Maëlle", True),
        ("LE BERRE Jean-Marc", "LE BERRE", "Jean-Marc", True),
        ("de LA TOUR Anne Lise", "de LA TOUR", "Anne Lise", True),
        ("d’ALMEIDA Inès", "d’ALMEIDA", "Inès", True),
        ("KERVELLA Maëlle B.", "KERVELLA", "Maëlle B.", True),
        ("Mlle KERVELLA Maëlle", "KERVELLA", "Maëlle", True),
        ("Jean-Marc Le Berre", "Le Berre", "Jean-Marc", True),
        ("LE BERRE JEAN-MARC", "LE BERRE", "JEAN-MARC", True),
        ("De la Tour Anne", "De la Tour", "Anne", True),
        ("Le Berre Jean Marc", "Le Berre", "Jean Marc", False),
        ("Kervella Maëlle", "Kervella", "Maëlle", False),
        ("KERVELLA MAËLLE", "KERVELLA", "MAËLLE", False),
        ("KERVELLA Maëlle MORVAN", "KERVELLA MORVAN", "Maëlle", False),
        ("Morvan Ben", "Morvan", "Ben", False),
        ("KERVELLA", "KERVELLA", "", False),
        ("  ", "", "", False),
    ],
)
def test_the_name_of_a_pupil_is_parted(text: str, last_name: str, first_name: str, is_sure: bool) -> None:
    assert pupil_named(text) == PartedName(last_name, first_name, is_sure)


def test_words_that_say_nothing_are_read_in_the_order_that_is_said() -> None:
    assert pupil_named("Maëlle Kervella", is_first_name_first=True) == PartedName("Kervella", "Maëlle", is_sure=False)


@pytest.mark.parametrize("text", ["KERVELLA Maëlle et Tom", "KERVELLA Maëlle / MORVAN Tom", "Maëlle & Tom KERVELLA"])
def test_several_pupils_in_one_cell_are_seen(text: str) -> None:
    assert names_several(text)
    assert not names_several("CARPENTIER Etienne")
