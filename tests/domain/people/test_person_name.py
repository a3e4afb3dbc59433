from __future__ import annotations

import pytest

from materiel.domain.people.person_name import same_name


@pytest.mark.parametrize(
    "typed",
    [
        "Anne-Marie Le Goff",
        "anne marie le goff",
        "LE GOFF Anne-Marie",
        "Le Goff, Anne-Marie",
        "Annemarie Legoff",
        "legoff annemarie",
        "  Anne-Marie   LE GOFF ",
    ],
)
def test_case_order_hyphens_and_spaces_do_not_matter(typed: str) -> None:
    assert same_name(typed, "Anne-Marie Le Goff")


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("Helene Aout", "Hélène Août"),
        ("Loic D'Hervé", "Loïc d’Herve"),
        ("Coeur Pascal", "Pascal Cœur"),
        ("Zoë\u0308", "Zoë\u0308"),
        ("Strauss Jean", "Jean Strauß"),
        ("Ayse Yildiz", "Ayşe Yıldız"),
        ("Dang Thi Hong", "Đặng Thị Hồng"),
        ("Stefan Turcanu", "Ștefan Țurcanu"),
        ("Lukasz Dalmeida", "Łukasz d’Almeida"),
        ("Marie\u2011Jose\u0301 Dupont", "Marie-José Du\u00adpont"),
    ],
)
def test_accents_apostrophes_and_ligatures_do_not_matter(typed: str, known: str) -> None:
    assert same_name(typed, known)


@pytest.mark.parametrize(
    ("typed", "known"),
    [("Anne Goff", "Anne Le Goff"), ("", "Anne"), ("Anne", ""), ("!!", "Anne"), ("Anna Goff", "Anne Goff")],
)
def test_another_name_is_another_name(typed: str, known: str) -> None:
    assert not same_name(typed, known)
