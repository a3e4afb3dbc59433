"""How documents are printed together: in how many copies, and in which order. Pure."""

from __future__ import annotations

from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.papers.document import Document


class PrintOrder(LabelledEnum):
    """In which order documents come out of the printer."""

    SCHOOL = "school", "Par établissement"
    MUNICIPALITY = "municipality", "Par commune"
    NAME = "name", "Par nom d'élève"


def announced_copies(document: Document) -> int:
    """One original for each signature box, as the document says of itself; one of a letter, that nobody signs."""
    return max(len(document.signatures), 1)
