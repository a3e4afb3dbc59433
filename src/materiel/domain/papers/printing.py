"""How documents are printed together: in how many copies, in which order, in which piles. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from uuid import UUID

from materiel.domain.language.folding import fold
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.papers.document import DocumentKind
from materiel.domain.papers.reading_aid import ReadingAid

MOST_PRINTED = 5_000
"""Documents of one run: some thirty reams."""

NO_MUNICIPALITY = "Commune inconnue"
NO_PUPIL = "Sans élève"
"""The pile of what is lent to a school."""


class PrintOrder(LabelledEnum):
    """In which order documents come out of the printer, and by what they are put in piles."""

    SCHOOL = "school", "Par établissement"
    MUNICIPALITY = "municipality", "Par commune"
    NAME = "name", "Par nom d'élève"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedPaper:
    """What is known of an issued document to print it: neither its words nor its bytes.

    `boxes` are its signature boxes; it `is_awaited` when one of them is. `school_uai` tells where its loan is,
    `pupil_name` is empty for no pupil. `aids` are what the pupil's record asks to print after it.
    """

    id: UUID
    kind: DocumentKind
    number: str
    issued_on: date
    pages: int
    boxes: int
    is_awaited: bool
    loan_id: UUID
    school_uai: str
    school_name: str
    pupil_name: str
    aids: tuple[ReadingAid, ...] = ()

    @property
    def announced(self) -> int:
        """One original for each signature box, as the document says of itself; one of a letter, that nobody signs."""
        return max(self.boxes, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPile:
    """Papers that are handed or sent together: `name` says to whom, `town` where when the name does not.

    `letters` are those for the post, by the rank of the first paper that its addressee receives: whom each is to.
    """

    name: str
    papers: Sequence[PrintedPaper]
    town: str = ""
    letters: Mapping[int, str] = field(default_factory=dict)


def piles_of(papers: Sequence[PrintedPaper], order: PrintOrder, towns: Mapping[str, str]) -> list[PaperPile]:
    """The papers in piles, sorted by their names as people sort them: no accent, no case.

    Args:
        papers: in any order.
        order: by school, by commune, or by the first letter of the pupil's name.
        towns: the name of the commune of each school, by UAI; one that is missing is not known.
    """

    def of_pile(paper: PrintedPaper) -> tuple[str, str, str]:
        """What sorts piles, tells two of the same name apart, and the pile's name."""
        if order is PrintOrder.SCHOOL:
            return fold(paper.school_name), paper.school_uai, paper.school_name
        if order is PrintOrder.MUNICIPALITY:
            town = towns.get(paper.school_uai, "")
            return fold(town), "", town or NO_MUNICIPALITY
        letter = fold(paper.pupil_name)[:1]
        return letter, "", letter.upper() or NO_PUPIL

    def within(paper: PrintedPaper) -> tuple[str, ...]:
        name, school = fold(paper.pupil_name), fold(paper.school_name)
        return (name, school, paper.number) if order is PrintOrder.NAME else (school, name, paper.number)

    def key(paper: PrintedPaper) -> tuple[str, str]:
        return of_pile(paper)[:2]

    piles = []
    for _, group in groupby(sorted(papers, key=lambda paper: (*key(paper), *within(paper))), key=key):
        held = list(group)
        town = towns.get(held[0].school_uai, "") if order is PrintOrder.SCHOOL else ""
        piles.append(PaperPile(name=of_pile(held[0])[2], papers=held, town=town))
    return piles
