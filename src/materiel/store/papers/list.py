"""Documents as a list shows them: by kind, by state, by number, or awaiting a signature; sorted, and how many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.language.order import LinePlace, Order
from materiel.domain.papers.document import DocumentKind, DocumentStatus, Party
from materiel.store.engine.sorting import ListedRows, SortKey, sorted_page
from materiel.store.engine.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilter:
    """What is listed; an empty filter lists all. `number` is any part of the number, whatever its case.

    `awaiting`: only those in force that a required signature still lacks; `awaited_of`, of that party.
    """

    number: str = ""
    kind: DocumentKind | None = None
    status: DocumentStatus | None = None
    awaiting: bool = False
    awaited_of: Party | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDocument:
    """A document without its words: its loan leads to the rest."""

    id: UUID
    loan_id: UUID


NEWEST = Order("cree", descending=True)
_JOINED = (
    "document JOIN loan ON loan.id = document.loan JOIN school AS place ON place.id = loan.school"
    " LEFT JOIN pupil ON pupil.id = loan.pupil"
)
_PENDING = "(SELECT count(*) FROM signature WHERE signature.document = document.id AND signature.status = 'pending')"
SORTS = {
    "cree": SortKey("document.id", UUID, indexed=True, unique=True),
    "numero": SortKey("document.number"),
    "nature": SortKey("document.kind"),
    "qui": SortKey("trim(coalesce(pupil.search, ''))"),
    "ou": SortKey("lower(place.name)"),
    "emis": SortKey("document.issued_on", date),
    "manque": SortKey(f"(CASE WHEN document.status = 'in_force' THEN nullif({_PENDING}, 0) END)", int),
}
"""By the name of the column; what has no index is for a list known to be short."""


async def page(
    service_id: UUID, wanted: DocumentFilter, *, limit: int, before: UUID | None = None
) -> list[ListedDocument]:
    """At most `limit` documents of a service, newest first, before one of them."""
    after = None if before is None else LinePlace(before, before)
    return [found for found, _ in await sorted_documents(service_id, wanted, NEWEST, limit=limit, after=after)]


async def sorted_documents(
    service_id: UUID, wanted: DocumentFilter, order: Order, *, limit: int, after: LinePlace | None = None
) -> list[tuple[ListedDocument, LinePlace]]:
    """At most `limit` documents of a service after the place of one of them, each with its own."""
    conditions, values = _asked(service_id, wanted)
    source = _JOINED if order.column in ("qui", "ou") else "document"
    rows = await sorted_page(
        ListedRows(
            columns="document.id, document.loan",
            source=source,
            conditions=conditions,
            values=values,
            id="document.id",
        ),
        SORTS[order.column],
        descending=order.descending,
        limit=limit,
        after=after,
    )
    return [(ListedDocument(id=row["id"], loan_id=row["loan"]), place) for row, place in rows]


async def count(service_id: UUID, wanted: DocumentFilter, *, at_most: int | None = None) -> int:
    """How many documents of a service there are: all of them, or up to so many."""
    conditions, values = _asked(service_id, wanted)
    few = "" if at_most is None else " LIMIT {}"
    (row,) = await Statement(
        f"SELECT count(*) AS found FROM (SELECT 1 FROM document WHERE {' AND '.join(conditions)}{few}) AS few"
    ).fetch(*values, *([] if at_most is None else [at_most]))
    found: int = row["found"]
    return found


def _asked(service_id: UUID, wanted: DocumentFilter) -> tuple[list[str], list[object]]:
    values: list[object] = [service_id]
    conditions = ["document.service = {}"]
    if wanted.number:
        conditions.append("upper(document.number) LIKE {}")
        values.append(f"%{_literal(wanted.number.upper())}%")
    if wanted.kind is not None:
        conditions.append("document.kind = {}")
        values.append(wanted.kind.value)
    if wanted.status is not None:
        conditions.append("document.status = {}")
        values.append(wanted.status.value)
    if wanted.awaiting:
        conditions.append(
            "document.status = 'in_force' AND EXISTS (SELECT 1 FROM signature"
            " WHERE signature.document = document.id AND signature.status = 'pending')"
        )
    if wanted.awaited_of is not None:
        conditions.append(
            "document.status = 'in_force' AND EXISTS (SELECT 1 FROM signature WHERE signature.document = document.id"
            " AND signature.status = 'pending' AND signature.party = {})"
        )
        values.append(wanted.awaited_of.value)
    return conditions, values


def _literal(text: str) -> str:
    """A number holds no sign special to LIKE; whoever types one finds nothing."""
    return text.replace("%", "").replace("_", "").replace("\\", "")
