"""Deleting a pupil of whom nothing was ever issued, and giving what one record holds to another; in a transaction."""

from __future__ import annotations

from uuid import UUID

from materiel.store.engine.statement import Statement
from materiel.store.retention.erasure import delete_pupil_rows

_ISSUED = Statement(
    "SELECT 1 AS found FROM loan WHERE loan.pupil = {} AND (loan.issued_on IS NOT NULL"
    " OR (loan.origin = 'taken_over' AND loan.status <> 'cancelled')"
    " OR loan.status NOT IN ('cancelled', 'closed') OR EXISTS (SELECT 1 FROM document WHERE document.loan = loan.id))"
    " LIMIT 1"
)
# The base keeps every loan until an elimination: a draft given up stays, without a pupil.
_LET_GO_OF_DRAFTS = Statement("UPDATE loan SET pupil = NULL, version = version + 1 WHERE pupil = {}")
_SIGNED_BY = Statement("SELECT 1 AS found FROM signature WHERE signer_id = {} AND status = 'signed' LIMIT 1")
_TO_SIGN = Statement("UPDATE signature SET signer_id = {} WHERE signer_id = {} AND status <> 'signed'")
_LINKS_OF_PERSON = Statement("UPDATE access_link SET representative = {} WHERE representative = {}")
_MAIL_OF_PERSON = Statement("UPDATE outbox SET person = {} WHERE person = {}")
_RENAME_PERSON = Statement("UPDATE representative SET id = {} WHERE id = {}")
_REMOVE_PERSON = Statement("DELETE FROM representative WHERE id = {}")
_MOVE_PERSON = Statement("UPDATE representative SET pupil = {}, position = {}, home = NULL WHERE id = {}")
_MOVE_LOANS = Statement("UPDATE loan SET pupil = {}, version = version + 1 WHERE pupil = {}")
_MOVE_LINKS = Statement("UPDATE access_link SET pupil = {} WHERE pupil = {}")
_MOVE_MAIL = Statement("UPDATE outbox SET pupil = {} WHERE pupil = {}")
_MOVE_LEAVINGS = Statement("UPDATE leaving SET pupil = {} WHERE pupil = {}")
_MOVE_NEEDS = Statement("UPDATE need SET pupil = {} WHERE pupil = {}")
_MOVE_READINGS = Statement("UPDATE reading SET pupil = {} WHERE pupil = {}")


async def has_issued(pupil_id: UUID) -> bool:
    """Whether anything was issued about a pupil, or is being prepared."""
    return await _ISSUED.fetch_one(pupil_id) is not None


async def has_signed(person_id: UUID) -> bool:
    """Whether a signed box bears this signer: it never changes."""
    return await _SIGNED_BY.fetch_one(person_id) is not None


async def delete(pupil_id: UUID) -> None:
    """Delete a pupil, homes, representatives and links; drafts that were given up stay, and name nobody."""
    await _LET_GO_OF_DRAFTS.fetch(pupil_id)
    await delete_pupil_rows(pupil_id)


async def replace_person(former_id: UUID, kept_id: UUID) -> None:
    """Give what awaits or was sent to a representative to another, and remove the former."""
    await _give(former_id, kept_id)
    await _REMOVE_PERSON.fetch(former_id)


async def take_id(person_id: UUID, former_id: UUID) -> None:
    """Give a representative the id of another record of the same person, whose signatures bear it."""
    await _REMOVE_PERSON.fetch(former_id)
    await _RENAME_PERSON.fetch(former_id, person_id)
    await _give(person_id, former_id)


async def add_person(person_id: UUID, pupil_id: UUID, position: int) -> None:
    """Put a representative on another pupil's record, after the others."""
    await _MOVE_PERSON.fetch(pupil_id, position, person_id)


async def move_held(former_id: UUID, kept_id: UUID) -> None:
    """Give the loans, needs, links, messages, departures, readings and boxes to sign of a pupil to another record."""
    for statement in (_MOVE_LOANS, _MOVE_NEEDS, _MOVE_LINKS, _MOVE_MAIL, _MOVE_LEAVINGS, _MOVE_READINGS, _TO_SIGN):
        await statement.fetch(kept_id, former_id)


async def _give(former_id: UUID, kept_id: UUID) -> None:
    for statement in (_TO_SIGN, _LINKS_OF_PERSON, _MAIL_OF_PERSON):
        await statement.fetch(kept_id, former_id)
