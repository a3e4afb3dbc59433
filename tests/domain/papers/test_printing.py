"""Piles by school, by commune, by the first letter of a name; accents do not sort."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid5

from materiel.domain.papers.document import DocumentKind
from materiel.domain.papers.printing import PaperPile, PrintedPaper, PrintOrder, piles_of


def paper(number: str, pupil: str = "", school: str = "École A", uai: str = "0350001A") -> PrintedPaper:
    return PrintedPaper(
        id=uuid5(UUID(int=1), number),
        kind=DocumentKind.LOAN_AGREEMENT,
        number=number,
        issued_on=date(2026, 9, 1),
        pages=2,
        boxes=2,
        is_awaited=True,
        loan_id=uuid5(UUID(int=2), number),
        school_uai=uai,
        school_name=school,
        pupil_name=pupil,
    )


def told(piles: list[PaperPile]) -> list[tuple[str, list[str]]]:
    return [(pile.name, [each.number for each in pile.papers]) for pile in piles]


def test_piles_are_sorted_as_people_sort_names() -> None:
    papers = [
        paper("1", "Zed Zoé", "Zola", "0350001A"),
        paper("2", "Été Ève", "École Monnet", "0350002B"),
        paper("3", "Fictif Eve", "Ecole Jaurès", "0350003C"),
        paper("4", "Etat Ana", "École Monnet", "0350002B"),
        paper("5", "", "Fouquet", "0350004D"),
    ]
    towns = {"0350001A": "Évran", "0350002B": "Etrelles", "0350003C": "Zzz"}
    assert told(piles_of(papers, PrintOrder.SCHOOL, towns)) == [
        ("Ecole Jaurès", ["3"]),
        ("École Monnet", ["4", "2"]),
        ("Fouquet", ["5"]),
        ("Zola", ["1"]),
    ]
    assert told(piles_of(papers, PrintOrder.MUNICIPALITY, towns)) == [
        ("Commune inconnue", ["5"]),
        ("Etrelles", ["4", "2"]),
        ("Évran", ["1"]),
        ("Zzz", ["3"]),
    ]
    assert told(piles_of(papers, PrintOrder.NAME, towns)) == [
        ("Sans élève", ["5"]),
        ("E", ["4", "2"]),
        ("F", ["3"]),
        ("Z", ["1"]),
    ]


def test_two_schools_of_one_name_are_two_piles_told_apart_by_their_town() -> None:
    papers = [paper("1", uai="0350001A"), paper("2", uai="0350002B"), paper("3", uai="0350001A")]
    piles = piles_of(papers, PrintOrder.SCHOOL, {"0350001A": "Rennes", "0350002B": "Redon"})
    assert [(pile.name, pile.town, len(pile.papers)) for pile in piles] == [
        ("École A", "Rennes", 2),
        ("École A", "Redon", 1),
    ]
