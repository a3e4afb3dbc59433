"""Departures of pupils from the académie, and which of them still need a hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from materiel.domain.loan.elsewhere.leaving import Leaving
from materiel.errors import NotFound
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.tables.correction import LeavingRow

_LEAVING = Mapper(Leaving, LeavingRow)

_OF_PUPIL = Statement("SELECT * FROM leaving WHERE service = {} AND pupil = {} ORDER BY id")
_ONE = Statement("SELECT * FROM leaving WHERE service = {} AND pupil = {} AND id = {}")
_CONTACT = Statement(
    "UPDATE leaving SET contact_on = {}, contact_with = {}, academie = {}, departement = {}, school = {}"
    " WHERE id = {} AND contact_on IS NULL AND withdrawn_at IS NULL RETURNING id"
)
_WITHDRAW = Statement("UPDATE leaving SET withdrawn_at = {} WHERE id = {} AND withdrawn_at IS NULL RETURNING id")
# What was left beyond the agreed day, and not claimed since; after a death nobody is told anything any more (E29).
_LEFT_TOO_LONG = (
    "leaving.kept_until < {} AND EXISTS (SELECT 1 FROM loan WHERE loan.pupil = leaving.pupil"
    " AND loan.custody = 'home' AND loan.recalled_on IS NULL AND loan.status = 'handed_over'"
    " AND loan.created_at <= leaving.noted_at)"
)
_TO_DO = (
    "FROM leaving JOIN pupil ON pupil.id = leaving.pupil WHERE leaving.service = {} AND leaving.withdrawn_at IS NULL"
    " AND (leaving.contact_on IS NULL OR leaving.kept_until IS NOT NULL) AND pupil.died_on IS NULL"
    f" AND (leaving.contact_on IS NULL OR ({_LEFT_TOO_LONG}))"
)
_COUNT = Statement(f"SELECT count(*) AS found FROM (SELECT 1 {_TO_DO} LIMIT {{}}) AS few")
_PAGE = Statement(f"SELECT leaving.* {_TO_DO} AND leaving.id > {{}} ORDER BY leaving.id LIMIT {{}}")


async def insert(leaving: Leaving) -> None:
    """Keep a departure."""
    await insert_rows(LeavingRow, _LEAVING.row(leaving))


async def of_pupil(pupil_id: UUID, service_id: UUID) -> list[Leaving]:
    """The departures of a pupil, oldest first, those taken back included."""
    return [_LEAVING.value(row) for row in await _OF_PUPIL.fetch(service_id, pupil_id)]


async def standing(pupil_ids: Sequence[UUID], service_id: UUID) -> dict[UUID, Leaving]:
    """The last departure of each of these pupils that was not taken back."""
    if not pupil_ids:
        return {}
    statement = Statement(
        "SELECT * FROM leaving WHERE service = {} AND withdrawn_at IS NULL"
        f" AND pupil IN ({placeholders(pupil_ids)}) ORDER BY id"
    )
    found = [_LEAVING.value(row) for row in await statement.fetch(service_id, *pupil_ids)]
    return {each.pupil_id: each for each in found}


async def get(leaving_id: UUID, pupil_id: UUID, service_id: UUID) -> Leaving:
    """One departure of a pupil of a service.

    Raises:
        NotFound: `leaving.not_found`.
    """
    row = await _ONE.fetch_one(service_id, pupil_id, leaving_id)
    if row is None:
        raise NotFound("leaving.not_found", "Ce départ n'est pas noté sur la fiche de cet élève.")
    return _LEAVING.value(row)


async def note_contact(leaving: Leaving) -> bool:
    """Record that the contact was made; False when it was already, or when the departure was taken back."""
    values = (leaving.contact_on, leaving.contact_with, leaving.academie, leaving.departement, leaving.school)
    return await _CONTACT.fetch_one(*values, leaving.id) is not None


async def withdraw(leaving_id: UUID, at: datetime) -> bool:
    """Take a departure back; False when it was already."""
    return await _WITHDRAW.fetch_one(at, leaving_id) is not None


async def count_to_do(service_id: UUID, today: date, most: int) -> int:
    """How many departures need a hand, counted up to `most`."""
    row = await _COUNT.fetch_one(service_id, today, most)
    return row["found"] if row is not None else 0


async def to_do(service_id: UUID, today: date, *, limit: int, after: UUID | None = None) -> list[Leaving]:
    """Departures whose contact is to be made, or whose items stay beyond the agreed day, oldest first."""
    return [_LEAVING.value(row) for row in await _PAGE.fetch(service_id, today, after or UUID(int=0), limit)]
