"""The sheet before a pile: to whom it goes and what it must hold, to check it before the envelope is closed.

It is nothing that was issued: no number, and no code, or a sheet left in a pile that comes back would be taken for a
page of a document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from materiel.documents.content import Content, Paragraph, Run, Table
from materiel.documents.lists.listed import listed
from materiel.documents.typography import NBSP
from materiel.domain.language.french import long_date
from materiel.domain.papers.printing import PaperPile

KIND = "separator"
HEADER = ("Numéro", "Document", "Pour qui", "Pages", "Exemplaires")
WIDTHS = (2.9, 2.6, 3.4, 0.9, 1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparatorSheet:
    """What a separator sheet says: the pile, its rank from 1 among how many, in how many copies each paper is there."""

    pile: PaperPile
    rank: int
    count: int
    copies: Sequence[int]
    sender: tuple[str, ...]
    day: date


def compose_separator(sheet: SeparatorSheet) -> Content:
    """Compose the sheet of a pile; it takes more pages when the pile is long."""
    pile = sheet.pile
    rows = tuple(
        (paper.number, paper.kind.label, paper.pupil_name or paper.school_name, str(paper.pages), str(copies))
        for paper, copies in zip(pile.papers, sheet.copies, strict=True)
    )
    where = f"{pile.town}, " if pile.town else ""
    return listed(
        KIND,
        pile.name,
        f"{where}pile{NBSP}{sheet.rank} sur{NBSP}{sheet.count}",
        (
            Paragraph(role="lead", text=(Run(_held(sheet)),)),
            Table(caption="Ce que contient cette pile", header=HEADER, rows=rows, widths=WIDTHS),
        ),
        sender=sheet.sender,
        day=sheet.day,
        footer="Feuille de séparation : elle n'est ni à signer ni à renvoyer.",
    )


def _held(sheet: SeparatorSheet) -> str:
    papers, copies = len(sheet.copies), sum(sheet.copies)
    # Every copy begins on a sheet of its own, printed on both sides.
    sheets = sum(count * -(-paper.pages // 2) for paper, count in zip(sheet.pile.papers, sheet.copies, strict=True))
    what = [_plural(papers, "document"), _plural(copies, "exemplaire"), _plural(sheets, "feuille")]
    return f"Imprimé le {long_date(sheet.day)} : {what[0]}, {what[1]}, {what[2]} sans celle-ci."


def _plural(count: int, word: str) -> str:
    return f"{count}{NBSP}{word}{'s' if count > 1 else ''}"
