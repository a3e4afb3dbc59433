"""Documents as a list shows them: newest first, by kind, by state, by number, or awaiting a signature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from materiel.domain.papers.document import DocumentKind, DocumentStatus, Party
from materiel.store.engine.statement import Statement

LAST = UUID(int=2**128 - 1)


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


async def page(
    service_id: UUID, wanted: DocumentFilter, *, limit: int, before: UUID | None = None
) -> list[ListedDocument]:
    """At most `limit` documents of a service, newest first, before one of them."""
    values: list[object] = [service_id, before or LAST]
    conditions: list[str] = []
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
    rows = await _statement(tuple(conditions)).fetch(*values, limit)
    return [ListedDocument(id=row["id"], loan_id=row["loan"]) for row in rows]


def _literal(text: str) -> str:
    """A number holds no sign special to LIKE; whoever types one finds nothing."""
    return text.replace("%", "").replace("_", "").replace("\\", "")


@lru_cache
def _statement(conditions: tuple[str, ...]) -> Statement:
    where = " AND ".join(("document.service = {}", "document.id < {}", *conditions))
    return Statement(
        f"SELECT document.id, document.loan FROM document WHERE {where} ORDER BY document.id DESC LIMIT {{}}"
    )
