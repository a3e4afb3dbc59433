"""Parts of a report as its page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from materiel.exchange.encoding import CANDIDATES
from materiel.exchange.report import CellChange, FileReport

SHOWN_CHANGES = 100
"""Corrected records on one page."""


@dataclass(frozen=True, slots=True)
class ChangesShown:
    """A page of the records that a file corrects, the cells of each together."""

    total: int
    shown: list[list[CellChange]]
    previous: str
    next: str
    summary: str
    not_kept: bool


def changes_shown(report: FileReport, page: int) -> ChangesShown:
    """A page of the corrected records."""
    records = [list(cells) for _, cells in groupby(report.changes, key=lambda each: (each.line, each.subject))]
    pages = max(1, -(-len(records) // SHOWN_CHANGES))
    page = min(page, pages)
    return ChangesShown(
        total=len(records),
        shown=records[(page - 1) * SHOWN_CHANGES : page * SHOWN_CHANGES],
        previous=f"?corrigees={page - 1}#corrigees" if page > 1 else "",
        next=f"?corrigees={page + 1}#corrigees" if page < pages else "",
        summary=f"Page {page} sur {pages}" if pages > 1 else "",
        not_kept=report.changed_cells > len(report.changes),
    )


def encodings_shown(report: FileReport) -> list[tuple[str, str]]:
    """The encodings that are left to somebody, each with what its words would be."""
    if not report.dry_run:
        return []
    return [(name, f"{', '.join(words)} ({CANDIDATES[name]})") for name, words in report.readings.items()]
