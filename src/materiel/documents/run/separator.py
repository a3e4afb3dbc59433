"""The sheet before a pile: to whom it goes and what it must hold, to check it before the envelope is closed.

It is nothing that was issued: no number, and no code, or a sheet left in a pile that comes back would be taken for a
page of a document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from materiel.documents.content import Content, Paragraph, Run, Table
from materiel.documents.lists.listed import listed
from materiel.documents.typography import NBSP
from materiel.domain.language.french import long_date
from materiel.domain.papers.printing import PaperPile, PrintedPaper
from materiel.domain.papers.reading_aid import ReadingAid

KIND = "separator"
LETTER = "Lettre"
HEADER = ("Numéro", "Document", "Pour qui", "Pages", "Exemplaires")
WIDTHS = (2.9, 2.6, 3.4, 0.9, 1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparatorSheet:
    """What a separator sheet says: the pile, its rank from 1 among how many, in how many copies each paper is there.

    `aids`: what helps to read, by the paper that it follows, each with its pages.
    """

    pile: PaperPile
    rank: int
    count: int
    copies: Sequence[int]
    aids: Mapping[UUID, Sequence[tuple[ReadingAid, int]]] = field(default_factory=dict)
    sender: tuple[str, ...]
    day: date


def compose_separator(sheet: SeparatorSheet) -> Content:
    """Compose the sheet of a pile; it takes more pages when the pile is long."""
    pile = sheet.pile
    where = f"{pile.town}, " if pile.town else ""
    return listed(
        KIND,
        pile.name,
        f"{where}pile{NBSP}{sheet.rank} sur{NBSP}{sheet.count}",
        (
            Paragraph(role="lead", text=(Run(_held(sheet)),)),
            Table(caption="Ce que contient cette pile", header=HEADER, rows=tuple(_rows(sheet)), widths=WIDTHS),
        ),
        sender=sheet.sender,
        day=sheet.day,
        footer="Feuille de séparation : elle n'est ni à signer ni à renvoyer.",
    )


def _rows(sheet: SeparatorSheet) -> Iterator[tuple[str, ...]]:
    """What lies in the pile, in its order: a letter before what it goes with, an aid after the paper that it helps."""
    for rank, (paper, copies) in enumerate(zip(sheet.pile.papers, sheet.copies, strict=True)):
        if rank in sheet.pile.letters:
            yield "", LETTER, sheet.pile.letters[rank], "1", "1"
        who = paper.pupil_name or paper.school_name
        yield paper.number, paper.kind.label, who, str(paper.pages), str(copies)
        for aid, pages in _aids_after(sheet, paper):
            yield paper.number, aid.label, who, str(pages), "1"


def _aids_after(sheet: SeparatorSheet, paper: PrintedPaper) -> Sequence[tuple[ReadingAid, int]]:
    # A paper that goes to two addressees is helped where somebody asked for it.
    return sheet.aids.get(paper.id, ()) if paper.aids else ()


def _held(sheet: SeparatorSheet) -> str:
    papers, copies, letters = len(sheet.copies), sum(sheet.copies), len(sheet.pile.letters)
    aids = [pages for paper in sheet.pile.papers for _, pages in _aids_after(sheet, paper)]
    # Every copy, every aid and every letter begins on a sheet of its own, printed on both sides.
    sheets = sum(count * -(-paper.pages // 2) for paper, count in zip(sheet.pile.papers, sheet.copies, strict=True))
    sheets += letters + sum(-(-pages // 2) for pages in aids)
    what = [_plural(papers, "document"), _plural(copies, "exemplaire")]
    what += [_plural(letters, "lettre")] if letters else []
    what += [f"{_plural(len(aids), 'aide')} à la lecture"] if aids else []
    return f"Imprimé le {long_date(sheet.day)} : {', '.join(what)}, {_plural(sheets, 'feuille')} sans celle-ci."


def _plural(count: int, word: str) -> str:
    return f"{count}{NBSP}{word}{'s' if count > 1 else ''}"
