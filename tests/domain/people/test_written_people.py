from __future__ import annotations

import pytest

from materiel.domain.people.written_people import people_named


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
        ("MORVAN", (("MORVAN", ""),)),
        ("Mme MORVAN Anne et M. LE BIHAN Yann", (("MORVAN", "Anne"), ("LE BIHAN", "Yann"))),
        ("MORVAN Anne / LE BIHAN Yann", (("MORVAN", "Anne"), ("LE BIHAN", "Yann"))),
        ("", ()),
        ("  ", ()),
    ],
)
def test_a_cell_names_one_person_or_two(text: str, people: tuple[tuple[str, str], ...]) -> None:
    assert people_named(text) == people
