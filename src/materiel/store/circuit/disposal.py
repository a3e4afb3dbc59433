"""Ends of life of items, and the scans of what was signed. Every read names the service."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from materiel.domain.circuit.disposal.disposal import (
    UNDER_WAY,
    Disposal,
    DisposalItem,
    DisposalPaper,
    DisposalState,
    DisposedItem,
)
from materiel.domain.circuit.stocktake import StocktakeResult
from materiel.domain.item.item import Item
from materiel.errors import Conflict, NotFound
from materiel.store.circuit.stocktake.expected import RESULT
from materiel.store.engine.constraints import refusing
from materiel.store.engine.ids import new_id, new_row_id
from materiel.store.engine.mapper import Mapper, Part
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders, update_version
from materiel.store.engine.statement import Statement, words
from materiel.store.tables import DisposalItemRow, DisposalPaperRow, DisposalRow

_ITEM = Mapper(DisposalItem, DisposalItemRow)
_DISPOSAL = Mapper(Disposal, DisposalRow, parts={"items": Part(_ITEM, of="disposal", order="position")})
_SELECT = f"SELECT {_DISPOSAL.selected('disposal')} FROM disposal"
_BY_ID = _DISPOSAL.statement(f"{_SELECT} WHERE disposal.id = {{}} AND disposal.service = {{}}")
_OF_ITEM = _DISPOSAL.statement(
    f"{_SELECT} WHERE disposal.service = {{}} AND EXISTS (SELECT 1 FROM disposal_item AS own"
    " WHERE own.disposal = disposal.id AND own.item = {} AND own.holds)"
)
_LEAVING = (
    "SELECT own.item FROM disposal_item AS own JOIN disposal ON disposal.id = own.disposal"
    f" WHERE own.holds AND disposal.state IN ({words(UNDER_WAY)})"
)
_LET_GO = Statement("UPDATE disposal_item SET holds = false WHERE disposal = {}")
_CONTENT = Statement(
    "SELECT paper.media_type, paper.content FROM disposal_paper AS paper"
    " JOIN disposal ON disposal.id = paper.disposal"
    " WHERE paper.id = {} AND paper.disposal = {} AND disposal.service = {}"
)
_KEPT_BY: dict[str, str] = {
    "in_transfer": "SELECT item FROM transfer_item WHERE awaits AND item IN ({})",
    "at_provider": "SELECT item FROM repair WHERE returned_on IS NULL AND item IN ({})",
    "incident_open": "SELECT item FROM incident WHERE closed_at IS NULL AND item IN ({})",
    "not_seen": "SELECT line.item FROM stocktake_line AS line JOIN stocktake ON stocktake.id = line.stocktake"
    " JOIN item ON item.id = line.item WHERE stocktake.closed_at IS NULL AND line.settled IS NULL"
    f" AND {RESULT} = '{StocktakeResult.MISSING}' AND line.item IN ({{}})",
    "has_photo": "SELECT item FROM photo WHERE item IN ({})",
}
"""By what keeps an item here: the items among some that it keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalScan:
    """One scan of an end of life, without its bytes; `filed_at` is in UTC."""

    id: UUID
    disposal_id: UUID
    kind: DisposalPaper
    media_type: str
    sha256: str
    filed_by: str
    filed_at: datetime


_SCAN = Mapper(DisposalScan, DisposalPaperRow)
_SCANS = Statement(f"SELECT {_SCAN.selected('disposal_paper')} FROM disposal_paper WHERE disposal = {{}} ORDER BY id")


async def insert(disposal: Disposal) -> None:
    """Add an end of life with its items.

    Raises:
        Conflict: `disposal.already_proposed`, one of them is in another.
    """
    await insert_rows(DisposalRow, _DISPOSAL.row(disposal))
    taken = Conflict(
        "disposal.already_proposed",
        "Un de ces matériels est déjà dans une autre fin de vie : ouvrez-la depuis sa fiche, ou "
        "retirez-le de celle-ci.",
    )
    with refusing({"disposal_item_item_key": taken}):
        await insert_rows(
            DisposalItemRow,
            *(
                _ITEM.row(each, id=new_row_id(), disposal=disposal.id, position=position, holds=True)
                for position, each in enumerate(disposal.items)
            ),
        )


async def get(disposal_id: UUID, service_id: UUID) -> Disposal:
    """The end of life of an id in a service.

    Raises:
        NotFound: `disposal.not_found`.
    """
    row = await _BY_ID.fetch_one(disposal_id, service_id)
    if row is None:
        raise NotFound("disposal.not_found", "Cette fin de vie n’existe pas dans votre service.")
    return _DISPOSAL.value(row)


async def save(disposal: Disposal) -> Disposal:
    """Write an end of life back; refused or withdrawn, it lets its items go.

    Raises:
        Conflict: `disposal.changed`.
    """
    version = await update_version(DisposalRow, _DISPOSAL.row(disposal))
    if version is None:
        raise Conflict("disposal.changed", "Cette fin de vie a changé entre-temps. Rechargez-la, puis recommencez.")
    if disposal.state in (DisposalState.REFUSED, DisposalState.WITHDRAWN):
        await _LET_GO.fetch(disposal.id)
    return replace(disposal, version=version)


async def leaving(item_ids: Sequence[UUID]) -> set[UUID]:
    """Those of some items that an end of life under way is to take out of the stock."""
    if not item_ids:
        return set()
    rows = await Statement(f"{_LEAVING} AND own.item IN ({placeholders(item_ids)})").fetch(*item_ids)
    return {row["item"] for row in rows}


async def of_item(item_id: UUID, service_id: UUID) -> Disposal | None:
    """The end of life that holds an item, under way or done; None when none does."""
    row = await _OF_ITEM.fetch_one(service_id, item_id)
    return None if row is None else _DISPOSAL.value(row)


async def page(
    service_id: UUID, *, states: Sequence[DisposalState] = (), limit: int, after: UUID | None = None
) -> list[Disposal]:
    """At most `limit` ends of life of a service, the newest first, after one of them; all when no state is asked."""
    condition, values = _asked(service_id, states)
    if after is not None:
        condition += " AND disposal.id < {}"
        values.append(after)
    found = _DISPOSAL.statement(f"{_SELECT} WHERE {condition} ORDER BY disposal.id DESC LIMIT {{}}")
    return [_DISPOSAL.value(row) for row in await found.fetch(*values, limit)]


async def count(service_id: UUID, *, states: Sequence[DisposalState] = ()) -> int:
    """How many there are."""
    condition, values = _asked(service_id, states)
    row = await Statement(f"SELECT count(*) AS found FROM disposal WHERE {condition}").fetch_one(*values)
    return row["found"] if row is not None else 0


async def what_keeps(items: Sequence[Item]) -> list[DisposedItem]:
    """Each item with what else keeps it here."""
    ids = [each.id for each in items]
    if not ids:
        return []
    kept = {
        name: {row["item"] for row in await Statement(select.format(placeholders(ids))).fetch(*ids)}
        for name, select in _KEPT_BY.items()
    }
    return [DisposedItem(item=each, **{name: each.id in found for name, found in kept.items()}) for each in items]


async def file_scan(
    disposal_id: UUID, kind: DisposalPaper, content: bytes, *, media_type: str, filed_by: str, filed_at: datetime
) -> DisposalScan:
    """Keep a scan of an end of life."""
    scan = DisposalScan(
        id=new_id(),
        disposal_id=disposal_id,
        kind=kind,
        media_type=media_type,
        sha256=hashlib.sha256(content).hexdigest(),
        filed_by=filed_by,
        filed_at=filed_at,
    )
    await insert_rows(DisposalPaperRow, _SCAN.row(scan, content=content))
    return scan


async def scans(disposal_id: UUID) -> list[DisposalScan]:
    """The scans of an end of life, in the order in which they were filed."""
    return [_SCAN.value(row) for row in await _SCANS.fetch(disposal_id)]


async def scan_content(disposal_id: UUID, scan_id: UUID, service_id: UUID) -> tuple[str, bytes]:
    """The media type and the bytes of a scan.

    Raises:
        NotFound: `disposal.paper_not_found`.
    """
    row = await _CONTENT.fetch_one(scan_id, disposal_id, service_id)
    if row is None:
        raise NotFound("disposal.paper_not_found", "Cette fin de vie n’a pas de papier de cet identifiant.")
    return row["media_type"], row["content"]


def _asked(service_id: UUID, states: Sequence[DisposalState]) -> tuple[str, list[object]]:
    condition, values = "disposal.service = {}", [service_id, *(each.value for each in states)]
    if states:
        condition += f" AND disposal.state IN ({placeholders(states)})"
    return condition, list(values)
