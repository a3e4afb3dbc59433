"""What was acknowledged, and what a base holds; both as plain values, so that the checks are functions."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from trials.database import Database

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Facts:
    """What clients were told is done. Identifiers are texts, as in the answers."""

    items: dict[str, str] = field(default_factory=dict)
    """Inventory number, by identifier."""

    pupils: dict[str, str] = field(default_factory=dict)
    """Last name, by identifier."""

    loans: dict[str, str] = field(default_factory=dict)
    """The last status that was answered, by identifier."""

    documents: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Number and SHA-256, by identifier."""

    signed: set[str] = field(default_factory=set)
    """Identifiers of the boxes whose signature was recorded."""

    piles: dict[str, str] = field(default_factory=dict)
    """The document whose scan was handed over, by job."""

    imports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The last names of the lines of a file, by the job that was promised."""

    lots: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The drafts whose documents a job was to issue, by job."""

    acts: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """What the journal says of an act, and the items that a job was to do it to, by job."""

    prints: set[str] = field(default_factory=set)
    """Jobs that were to draw labels."""

    notices: set[str] = field(default_factory=set)
    """Documents for which a message was promised."""

    asked: set[str] = field(default_factory=set)
    """Documents whose signature was asked for by a message."""

    def count(self) -> int:
        """How many things that a loss would be told of."""
        kept: list[Sized] = [self.items, self.pupils, self.loans, self.documents, self.signed, self.piles]
        kept += [self.imports, self.lots, self.acts, self.prints, self.notices, self.asked]
        return sum(len(each) for each in kept)

    def copy(self) -> Facts:
        """What is acknowledged now, whatever comes later."""
        return deepcopy(self)


QUERIES = {
    "items": "SELECT id, inventory_number FROM item",
    "pupils": "SELECT id, last_name FROM pupil",
    "loans": "SELECT id, status FROM loan",
    "documents": (
        "SELECT document.id, managing_service.code AS service, document.kind, document.number, document.sha256,"
        " document.loan,"
        " length(document_file.pdf) AS bytes FROM document JOIN managing_service ON"
        " managing_service.id = document.service LEFT JOIN document_file ON document_file.document = document.id"
    ),
    "signatures": "SELECT id, document, status FROM signature",
    "counters": (
        "SELECT managing_service.code AS service, school_year, last FROM agreement_counter"
        " JOIN managing_service ON managing_service.id = agreement_counter.service"
    ),
    "jobs": "SELECT id, kind, state, attempts, result FROM job",
    "lines": "SELECT job, subject, state FROM job_line",
    "entries": (
        "SELECT action, subject_id AS subject FROM journal"
        " WHERE action IN ('item.status_changed', 'item.prepared', 'label.printed')"
    ),
    "scans": "SELECT document FROM document_scan",
    "messages": "SELECT message_id, state, document FROM outbox",
    "recipients": "SELECT document, message FROM recipient",
}


@dataclass(frozen=True, slots=True)
class Base:
    """The rows of one instant, by the names of `QUERIES`; `pdfs` holds the bytes of the documents asked for."""

    rows: Mapping[str, Rows]
    pdfs: Mapping[str, bytes] = field(default_factory=dict)

    def by_id(self, name: str) -> dict[str, dict[str, Any]]:
        """The rows of a query, by identifier."""
        return {row["id"]: row for row in self.rows[name]}


async def read_base(database: Database, *, url: str = "", known: frozenset[str] = frozenset()) -> Base:
    """The base of an instant, with the PDF of each document that is not `known`."""
    found = await database.read(QUERIES, url=url)
    rows = {name: [_texts(row) for row in several] for name, several in found.items()}
    pdfs: dict[str, bytes] = {}
    fresh = [row["id"] for row in rows["documents"] if row["id"] not in known]
    for first in range(0, len(fresh), 100):
        listed = ", ".join(f"'{each}'" for each in fresh[first : first + 100])
        sql = (
            "SELECT file.document, file.pdf, head.content AS head FROM document_file AS file"
            f" LEFT JOIN document_head AS head ON head.sha256 = file.head WHERE file.document IN ({listed})"
        )
        found = await database.read({"pdf": sql}, url=url)
        pdfs |= {str(row["document"]): (row["head"] or b"") + row["pdf"] for row in found["pdf"]}
    return Base(rows, pdfs)


def _texts(row: dict[str, Any]) -> dict[str, Any]:
    plain = (int, float, bytes, type(None))
    return {name: value if isinstance(value, plain) else str(value) for name, value in row.items()}
