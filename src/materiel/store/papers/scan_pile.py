"""Piles of pages that came back, their pages, their boxes. Bytes are read one at a time, never with a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.papers.scan_pile import BoxState, PageState, PileState, ScanBox, ScanPage, ScanPile
from materiel.errors import Conflict, NotFound
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.tables import ScanBoxRow, ScanPageRow, ScanPileRow

_PILE = Mapper(ScanPile, ScanPileRow)
_PAGE = Mapper(ScanPage, ScanPageRow)
_BOX = Mapper(ScanBox, ScanBoxRow)
_PILES = f"SELECT {_PILE.selected('scan_pile')} FROM scan_pile"
_PAGES = f"SELECT {_PAGE.selected('scan_page')} FROM scan_page"
_BOXES = f"SELECT {_BOX.selected('scan_box')} FROM scan_box"

_GET = Statement(f"{_PILES} WHERE id = {{}} AND service = {{}}")
_BY_JOB = Statement(f"{_PILES} WHERE job = {{}} AND service = {{}}")
_SAME = Statement(f"{_PILES} WHERE service = {{}} AND sha256 = {{}} AND state <> 'failed' ORDER BY id LIMIT 1")
_LAST = Statement(f"{_PILES} WHERE service = {{}} ORDER BY id DESC LIMIT {{}}")
_SET_STATE = Statement("UPDATE scan_pile SET state = {} WHERE id = {}")
_EMPTY = (
    Statement("DELETE FROM scan_box WHERE page IN (SELECT id FROM scan_page WHERE pile = {} AND scan IS NULL)"),
    Statement("DELETE FROM scan_page WHERE pile = {} AND scan IS NULL"),
)
_OF_PILE = Statement(f"{_PAGES} WHERE pile = {{}} ORDER BY rank")
_OF_SCAN = Statement(f"{_PAGES} WHERE scan = {{}} ORDER BY number")
_BY_RANK = Statement(f"{_PAGES} WHERE pile = {{}} AND rank = {{}}")
_WAITING = Statement(f"{_PAGES} WHERE document = {{}} AND state = 'waiting' ORDER BY pile, rank")
_KNOWN = Statement(
    "SELECT 1 AS known FROM scan_page WHERE service = {} AND sha256 = {} AND state NOT IN ('discarded', 'duplicate')"
)
_TWINS = Statement(
    "SELECT scan_page.sha256, scan_pile.created_at FROM scan_page JOIN scan_pile ON scan_pile.id = scan_page.pile"
    " WHERE scan_page.service = {} AND scan_page.sha256 = {}"
    " AND scan_page.state NOT IN ('discarded', 'duplicate') ORDER BY scan_page.id LIMIT 1"
)
_BYTES = Statement("SELECT content, preview FROM scan_page WHERE id = {}")
_PLACE = Statement(
    "UPDATE scan_page SET state = {}, problem = {}, document = {}, number = {}, rotation = {}, settled_by = {},"
    " settled_at = {} WHERE id = {} AND state = {} RETURNING id"
)
_DISCARD = Statement(
    "UPDATE scan_page SET state = 'discarded', reason = {}, settled_by = {}, settled_at = {}, content = {},"
    " preview = {} WHERE id = {} AND state = {} RETURNING id"
)
_PART = Statement(
    "UPDATE scan_page SET state = 'filed', problem = NULL, scan = {}, content = {}"
    " WHERE id = {} AND state = 'waiting' RETURNING id"
)
_DROP_BOXES = Statement("DELETE FROM scan_box WHERE page = {}")
_PICTURED = Statement("SELECT id FROM scan_page WHERE pile = {} AND length(preview) > 0")
_PICTURE = Statement("SELECT scan_box.picture FROM scan_box WHERE id = {} AND page = {}")
_SETTLE_BOX = Statement("UPDATE scan_box SET state = {}, picture = {} WHERE id = {} AND state = 'waiting' RETURNING id")
_DROP_PREVIEWS = Statement(
    "UPDATE scan_page SET preview = {} WHERE scan = {} AND NOT EXISTS (SELECT 1 FROM scan_box JOIN scan_page AS other"
    " ON other.id = scan_box.page WHERE other.scan = scan_page.scan AND scan_box.state = 'waiting')"
)
_LEFT = Statement(
    "SELECT scan_page.id, scan_page.pile, scan_page.rank, scan_page.state, scan_page.document, scan_page.scan,"
    " scan_page.number AS page_number, document.number, document.kind, document.pages, scan_pile.created_at"
    " FROM scan_page JOIN scan_pile ON scan_pile.id = scan_page.pile"
    " LEFT JOIN document ON document.id = scan_page.document"
    " WHERE scan_page.service = {} AND scan_pile.state <> 'reading' AND ("
    " scan_page.state IN ('waiting', 'inferred', 'unread', 'foreign')"
    " OR (scan_page.state = 'filed' AND EXISTS (SELECT 1 FROM scan_box"
    " JOIN signature ON signature.id = scan_box.signature"
    " WHERE scan_box.page = scan_page.id AND scan_box.state = 'waiting' AND signature.status <> 'signed')))"
    " ORDER BY scan_page.id LIMIT {}"
)
_MOST_LEFT = 1_500
"""Rows read to count what is left: several make one thing, and nobody reads over more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftToRead:
    """One thing to read over: a paper whose boxes wait, a document that lacks pages, or a page alone.

    `id` is of its first page; `number` of its document, empty for none; `there` the pages that came, of `pages`.
    """

    id: UUID
    pile_id: UUID
    rank: int
    state: PageState
    number: str
    kind: str
    pages: int
    there: tuple[int, ...]
    came_at: datetime


async def insert_pile(pile: ScanPile) -> None:
    """Keep a pile that is handed in."""
    await insert_rows(ScanPileRow, _PILE.row(pile))


async def get(pile_id: UUID, service_id: UUID) -> ScanPile:
    """The pile of an id in a service.

    Raises:
        NotFound: `scan_pile.not_found`.
    """
    row = await _GET.fetch_one(pile_id, service_id)
    if row is None:
        raise NotFound("scan_pile.not_found", "Cette pile de pages n’existe pas dans votre service.")
    return _PILE.value(row)


async def of_job(job_id: UUID, service_id: UUID) -> ScanPile | None:
    """The pile that a job reads."""
    row = await _BY_JOB.fetch_one(job_id, service_id)
    return _PILE.value(row) if row is not None else None


async def same(service_id: UUID, sha256: str) -> ScanPile | None:
    """The pile of the same files that a service has already; one that could not be read does not count."""
    row = await _SAME.fetch_one(service_id, sha256)
    return _PILE.value(row) if row is not None else None


async def last(service_id: UUID, *, limit: int) -> list[ScanPile]:
    """The last piles of a service, newest first."""
    return [_PILE.value(row) for row in await _LAST.fetch(service_id, limit)]


async def set_state(pile_id: UUID, state: PileState) -> None:
    """Say where the reading of a pile is."""
    await _SET_STATE.fetch(state.value, pile_id)


async def fail(pile_id: UUID) -> None:
    """Give up a pile that cannot be read: nothing is kept of its pages."""
    for statement in _EMPTY:
        await statement.fetch(pile_id)
    await set_state(pile_id, PileState.FAILED)


async def insert_page(page: ScanPage, service_id: UUID, *, content: bytes, preview: bytes) -> None:
    """Keep a page."""
    await insert_rows(ScanPageRow, _PAGE.row(page, service=service_id, content=content, preview=preview))


async def insert_box(box: ScanBox, picture: bytes) -> None:
    """Keep a box that was seen on a page."""
    await insert_rows(ScanBoxRow, _BOX.row(box, picture=picture))


async def pages_of(pile_id: UUID) -> list[ScanPage]:
    """The pages of a pile, in its order."""
    return [_PAGE.value(row) for row in await _OF_PILE.fetch(pile_id)]


async def page(pile_id: UUID, rank: int) -> ScanPage:
    """A page of a pile, by its rank.

    Raises:
        NotFound: `scan_page.not_found`.
    """
    row = await _BY_RANK.fetch_one(pile_id, rank)
    if row is None:
        raise NotFound("scan_page.not_found", "Cette pile n’a pas de page de ce numéro.")
    return _PAGE.value(row)


async def pages_of_scan(scan_id: UUID) -> list[ScanPage]:
    """The pages that a scan was made of."""
    return [_PAGE.value(row) for row in await _OF_SCAN.fetch(scan_id)]


async def waiting(document_id: UUID) -> list[ScanPage]:
    """The pages of a document that wait for others, whatever their pile, in the order in which they came."""
    return [_PAGE.value(row) for row in await _WAITING.fetch(document_id)]


async def is_known(service_id: UUID, sha256: str) -> bool:
    """Whether a service has this very page already; one that was discarded does not count."""
    return await _KNOWN.fetch_one(service_id, sha256) is not None


async def first_came_at(service_id: UUID, sha256: str) -> datetime | None:
    """When this very page came first."""
    row = await _TWINS.fetch_one(service_id, sha256)
    return row["created_at"] if row is not None else None


async def page_bytes(page_id: UUID) -> tuple[bytes, bytes]:
    """The PDF of a page and its picture, each empty when it is kept no more."""
    row = await _BYTES.fetch_one(page_id)
    assert row is not None
    return bytes(row["content"]), bytes(row["preview"])


async def place(before: ScanPage, after: ScanPage) -> None:
    """Say which page of which document a page is, if nobody settled it meanwhile.

    Raises:
        Conflict: `scan_page.changed`.
    """
    placed = await _PLACE.fetch_one(
        after.state.value,
        after.problem.value if after.problem else None,
        after.document_id,
        after.number,
        after.rotation,
        after.settled_by,
        after.settled_at,
        before.id,
        before.state.value,
    )
    if placed is None:
        raise _changed()


async def discard(before: ScanPage, after: ScanPage) -> None:
    """Empty a page, and keep why and by whom it was discarded.

    Raises:
        Conflict: `scan_page.changed`.
    """
    emptied = await _DISCARD.fetch_one(
        after.reason, after.settled_by, after.settled_at, b"", b"", before.id, before.state.value
    )
    if emptied is None:
        raise _changed()
    await _DROP_BOXES.fetch(before.id)


async def drop_boxes(page_id: UUID) -> None:
    """Forget what was seen on a page that is another one than it was thought to be."""
    await _DROP_BOXES.fetch(page_id)


async def make_part(pages: Sequence[ScanPage], scan_id: UUID) -> bool:
    """Make pages part of the scan that holds their bytes now; False when one of them waits no more."""
    for each in pages:
        if await _PART.fetch_one(scan_id, b"", each.id) is None:
            return False
    return True


async def boxes_of(page_ids: Sequence[UUID]) -> list[ScanBox]:
    """The boxes seen on these pages."""
    if not page_ids:
        return []
    statement = Statement(f"{_BOXES} WHERE page IN ({placeholders(page_ids)}) ORDER BY id")
    return [_BOX.value(row) for row in await statement.fetch(*page_ids)]


async def pictured_pages(pile_id: UUID) -> set[UUID]:
    """The pages of a pile whose picture is kept."""
    return {row["id"] for row in await _PICTURED.fetch(pile_id)}


async def pictured_boxes(page_ids: Sequence[UUID]) -> set[UUID]:
    """The boxes of these pages whose picture is kept."""
    if not page_ids:
        return set()
    statement = Statement(f"SELECT id FROM scan_box WHERE page IN ({placeholders(page_ids)}) AND length(picture) > 0")
    return {row["id"] for row in await statement.fetch(*page_ids)}


async def picture(box_id: UUID, page_id: UUID) -> bytes:
    """The picture of a box.

    Raises:
        NotFound: `scan_box.not_found`, none or kept no more.
    """
    row = await _PICTURE.fetch_one(box_id, page_id)
    if row is None or not row["picture"]:
        raise unknown_box()
    return bytes(row["picture"])


def unknown_box() -> NotFound:
    """No box of the pile has this identifier: `scan_box.not_found`."""
    return NotFound(
        "scan_box.not_found", "Cette pile n’a pas de case de cet identifiant, ou son image n’est plus gardée."
    )


async def settle_box(box: ScanBox, state: BoxState) -> bool:
    """Note what a person said of a box, whose picture goes; False when somebody said it before."""
    return await _SETTLE_BOX.fetch_one(state.value, b"", box.id) is not None


async def drop_previews(scan_id: UUID) -> None:
    """Forget the pictures of the pages of a scan none of whose boxes waits: the scan holds them."""
    await _DROP_PREVIEWS.fetch(b"", scan_id)


async def left_to_read(service_id: UUID) -> list[LeftToRead]:
    """What is left to read over in a service, oldest first."""
    things: dict[tuple[str, object], list[Row]] = {}
    for row in await _LEFT.fetch(service_id, _MOST_LEFT):
        key: tuple[str, object] = ("page", row["id"])
        if row["state"] == PageState.FILED:
            key = ("scan", row["scan"])
        elif row["state"] == PageState.WAITING:
            key = ("document", row["document"])
        things.setdefault(key, []).append(row)
    return [_left(rows) for rows in things.values()]


def _left(rows: Sequence[Row]) -> LeftToRead:
    first = rows[0]
    return LeftToRead(
        id=first["id"],
        pile_id=first["pile"],
        rank=first["rank"],
        state=PageState(first["state"]),
        number=first["number"] or "",
        kind=first["kind"] or "",
        pages=first["pages"] or 0,
        there=tuple(sorted({row["page_number"] for row in rows if row["page_number"] is not None})),
        came_at=first["created_at"],
    )


def _changed() -> Conflict:
    return Conflict("scan_page.changed", "Cette page vient d’être traitée par quelqu’un d’autre : rechargez la pile.")
