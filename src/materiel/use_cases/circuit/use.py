"""Use: note what was said at a meeting, say that what it told is dealt with, read it; and what a référent sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.use import UseLevel, UseNote, check_meeting
from materiel.domain.item.item import Item
from materiel.errors import Conflict, NotFound
from materiel.store.circuit import sector
from materiel.store.circuit import use as uses
from materiel.store.circuit.sector import SectorPupil
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.use_cases.links.referent import ReferentReader


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteUses:
    """What was said of the items of a loan on a day; an item that nobody spoke of is left out."""

    loan_id: UUID
    said_on: date
    levels: Mapping[UUID, UseLevel]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSectorUses:
    """What was said of the things of a pupil, whatever the loan, at a meeting of the team."""

    pupil_id: UUID
    said_on: date
    levels: Mapping[UUID, UseLevel]


@in_one_visit
async def note_uses(command: NoteUses, *, actor: Actor, now: datetime) -> None:
    """Keep what was said of what is out of an individual loan.

    Raises:
        NotFound: `loan.not_found`.
        Conflict: `use.not_held`, one of the items is no longer with the pupil.
        RuleBroken: `use.invalid`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        loan = await loans.get(command.loan_id, actor.service_id)
        since = {line.item_id: line.handed_over_on or loan.starts_on for line in loan.lines_out}
        held = {item_id: (loan.id, on) for item_id, on in since.items()} if loan.pupil_id is not None else {}
        await _note(held, command.said_on, command.levels, actor.service_id, actor.id, actor.civil_date(now), now)


@in_one_visit
async def settle_unused(loan_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Say that what was found without use is dealt with: it is proposed no more until it is said again.

    Raises:
        NotFound: `loan.not_found`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        loan = await loans.get(loan_id, actor.service_id)
        if await uses.settle(loan.id, actor.service_id, now):
            await journal.by(actor, now).note("use.settled", loan.id, of="loan")


@in_one_visit
async def withdraw_uses(loan_id: UUID, said_on: date, *, actor: Actor, now: datetime) -> None:
    """Take back what was noted of a day by mistake: two wrong days would make two meetings without use.

    Raises:
        NotFound: `loan.not_found`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        loan = await loans.get(loan_id, actor.service_id)
        if await uses.withdraw(loan.id, actor.service_id, said_on):
            details = {"said_on": said_on.isoformat()}
            await journal.by(actor, now).note("use.withdrawn", loan.id, details, of="loan")


async def uses_of_loan(loan_id: UUID, *, actor: Actor) -> list[UseNote]:
    """What was said under a loan of the service, the last meeting first.

    Raises:
        NotFound: `loan.not_found`.
    """
    actor.require(Permission.READ)
    loan = await loans.get(loan_id, actor.service_id)
    return await uses.of_loan(loan.id, actor.service_id)


async def unused_items(
    *, actor: Actor, limit: int, after: tuple[UUID, UUID] | None = None
) -> list[tuple[UseNote, Item]]:
    """At most `limit` items of the service found unused twice in a row, each with the later note, loan by loan."""
    actor.require(Permission.READ)
    found = await uses.unused(actor.service_id, limit=limit, after=after)
    known = {each.id: each for each in await items.get_many([note.item_id for note in found], actor.service_id)}
    return [(note, known[note.item_id]) for note in found]


async def uses_of_item(item_id: UUID, *, actor: Actor) -> list[UseNote]:
    """What was said of an item of the service, the last meeting first.

    Raises:
        NotFound: `item.not_found`.
    """
    actor.require(Permission.READ)
    item = await items.get(item_id, actor.service_id)
    return await uses.of_item(item.id, actor.service_id)


async def pupils_of_sector(reader: ReferentReader) -> list[SectorPupil]:
    """Every pupil of the sector who has something of the service, school by school."""
    return await sector.pupils(reader.referent.id, reader.service.id)


async def pupil_of_sector(pupil_id: UUID, reader: ReferentReader) -> SectorPupil:
    """One of them.

    Raises:
        NotFound: `pupil.not_found`, for whoever is not of the sector today, or has nothing.
    """
    found = await sector.pupil(pupil_id, reader.referent.id, reader.service.id)
    if found is None:
        raise NotFound("pupil.not_found", "Cet élève n'est pas de votre secteur, ou n'a plus de matériel de l'État.")
    return found


@in_one_visit
async def note_by_referent(command: NoteSectorUses, *, reader: ReferentReader, now: datetime) -> None:
    """Keep what a référent says of the things of a pupil of the sector.

    Raises:
        NotFound: `pupil.not_found`.
        Conflict: `use.not_held`.
        RuleBroken: `use.invalid`.
    """
    async with write_transaction():
        pupil = await pupil_of_sector(command.pupil_id, reader)
        held = {each.item_id: (each.loan_id, each.since) for each in pupil.held}
        today = reader.service.civil_date(now)
        await _note(held, command.said_on, command.levels, reader.service.id, reader.actor_id, today, now)


async def _note(
    held: Mapping[UUID, tuple[UUID, date]],
    said_on: date,
    levels: Mapping[UUID, UseLevel],
    service_id: UUID,
    by: str,
    today: date,
    now: datetime,
) -> None:
    if not levels.keys() <= held.keys():
        raise Conflict("use.not_held", "Un de ces matériels n'est plus chez l'élève : relisez la liste.")
    spoken = [held[item_id] for item_id in levels]
    check_meeting(said_on, list(levels), since=max((on for _, on in spoken), default=said_on), today=today)
    notes = [
        UseNote(
            id=new_id(),
            service_id=service_id,
            loan_id=held[item_id][0],
            item_id=item_id,
            level=level,
            said_on=said_on,
            noted_by=by,
            noted_at=now,
        )
        for item_id, level in levels.items()
    ]
    await uses.write(notes)
    for loan_id in dict.fromkeys(each.loan_id for each in notes):
        said = _told(notes, loan_id, said_on)
        await journal.By(service_id, by, now).note("use.noted", loan_id, said, of="loan")


def _told(notes: Sequence[UseNote], loan_id: UUID, said_on: date) -> dict[str, object]:
    """What the journal keeps: which items, and the day; what was said is in the notes, and goes with the loan."""
    return {"items": [str(each.item_id) for each in notes if each.loan_id == loan_id], "said_on": said_on.isoformat()}
