"""The bloc-marque of services, kept by their digest; the database refuses that one changes, or goes while in use."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.papers.letterhead import Letterhead
from materiel.errors import NotFound
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.statement import Statement
from materiel.store.tables import LetterheadRow

_LETTERHEAD = Mapper(Letterhead, LetterheadRow)
_FIND = Statement(f"SELECT {_LETTERHEAD.selected('letterhead')} FROM letterhead WHERE sha256 = {{}}")
_ADD = Statement("INSERT INTO letterhead (sha256, alt, png) VALUES ({}, {}, {}) ON CONFLICT (sha256) DO NOTHING")
_OF_SERVICE = Statement("SELECT letterhead, letterhead_proposed FROM managing_service WHERE id = {}")
_PROPOSE = Statement("UPDATE managing_service SET letterhead_proposed = {} WHERE id = {}")
_FORGET = Statement(
    "DELETE FROM letterhead WHERE sha256 = {}"
    " AND NOT EXISTS (SELECT 1 FROM document WHERE document.letterhead = letterhead.sha256)"
    " AND NOT EXISTS (SELECT 1 FROM managing_service WHERE managing_service.letterhead = letterhead.sha256"
    " OR managing_service.letterhead_proposed = letterhead.sha256)"
)


async def find(sha256: str | None) -> Letterhead | None:
    """The bloc-marque of a digest that something refers to; None for none."""
    if sha256 is None:
        return None
    row = await _FIND.fetch_one(sha256)
    if row is None:
        raise NotFound("letterhead.not_found", "Ce bloc-marque n'est plus gardé. Envoyez-le de nouveau.")
    return _LETTERHEAD.value(row)


async def of_service(service_id: UUID) -> tuple[Letterhead | None, Letterhead | None]:
    """What the new papers of a service bear, and what it is looking at before it keeps it."""
    row = await _OF_SERVICE.fetch_one(service_id)
    if row is None:
        return None, None
    return await find(row["letterhead"]), await find(row["letterhead_proposed"])


async def add(letterhead: Letterhead) -> None:
    """Keep a bloc-marque, if it is not kept yet, for something to refer to it."""
    await _ADD.fetch(letterhead.sha256, letterhead.alt, letterhead.png)


async def propose(letterhead: Letterhead | None, service_id: UUID) -> None:
    """Let a service look at a bloc-marque, in place of the one that it was looking at; None for none any more."""
    _, former = await of_service(service_id)
    if letterhead is not None:
        await add(letterhead)
    await _PROPOSE.fetch(letterhead.sha256 if letterhead is not None else None, service_id)
    if former is not None:
        await forget_unused(former.sha256)


async def forget_unused(sha256: str) -> None:
    """Delete a bloc-marque that no paper bears and that no service has."""
    await _FORGET.fetch(sha256)
