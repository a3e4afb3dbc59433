"""Confirming that deposited items are there, or saying that one is not; and what managers read of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.circuit.stocktake import SightedBy, Sighting
from materiel.domain.incident.incident import DeclaredAs, Incident
from materiel.domain.visitors.institution import NOT_THERE, Deposited, Institution
from materiel.domain.visitors.presence import Presence
from materiel.errors import RuleBroken
from materiel.store.circuit.stocktake import sighting
from materiel.store.engine.database import enclosing_transaction, in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.visitors import presence as presences
from materiel.use_cases.incident.incident import DeclareIncident, Declarer, declare_incident
from materiel.use_cases.links.deposit import find_held, held_by, held_item

MOST_READINGS = 500


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What was confirmed, and the readings in which no item kept here was recognised, as typed."""

    items: tuple[Deposited, ...]
    unknown: tuple[str, ...] = ()


@in_one_visit
async def confirm_presence(item_ids: Sequence[UUID], *, institution: Institution, now: datetime) -> Confirmed:
    """Confirm that items are there today; all of them or none, and once a day each.

    Raises:
        RuleBroken: `presence.nothing`, none is given; `presence.not_held`, one is not, or no longer, kept here.
    """
    if not item_ids:
        raise RuleBroken(
            "presence.nothing", "Cochez les matériels que vous avez vus, ou choisissez « Tout est présent »."
        )
    async with write_transaction():
        held = {each.item.id: each for each in await held_by(institution)}
        wanted = list(dict.fromkeys(item_ids))
        if any(item_id not in held for item_id in wanted):
            raise RuleBroken(
                "presence.not_held",
                "La liste a changé : un des matériels n'est plus déposé chez vous. "
                "Relisez-la, puis confirmez de nouveau.",
            )
        return await _confirm([held[item_id] for item_id in wanted], institution, now)


@in_one_visit
async def confirm_readings(text: str, *, institution: Institution, now: datetime) -> Confirmed:
    """Confirm the items of scanned labels and typed numbers, one a line; those recognised are confirmed.

    Raises:
        RuleBroken: `presence.nothing`, no line is typed; `presence.too_many`.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise RuleBroken("presence.nothing", "Scannez une étiquette, ou saisissez un numéro d'inventaire.")
    if len(lines) > MOST_READINGS:
        raise RuleBroken("presence.too_many", f"Envoyez au plus {MOST_READINGS} lignes à la fois.")
    async with write_transaction():
        held = await held_by(institution)
        found = [(line, find_held(line, held)) for line in lines]
        there = {each.item.id: each for _, each in found if each is not None}
        unknown = tuple(dict.fromkeys(line[:80] for line, each in found if each is None))
        confirmed = await _confirm(list(there.values()), institution, now)
    return Confirmed(confirmed.items, unknown)


async def declare_by_institution(
    command: DeclareIncident, *, item_id: UUID, institution: Institution, base_url: str, now: datetime
) -> Incident:
    """Tell the service that an item is not there, broken, stolen, or no longer needed.

    Raises:
        NotFound: `item.not_found`.
        RuleBroken: `incident.invalid`.
    """
    deposited = await held_item(item_id, institution)
    async with enclosing_transaction():
        incident = await declare_incident(
            command,
            item=deposited.item,
            loan_id=deposited.loan_id,
            declarer=Declarer(institution.link.actor_id, DeclaredAs.INSTITUTION, institution.link.id),
            base_url=base_url,
            now=now,
        )
        if command.kind in NOT_THERE:
            if not _already_said(deposited, institution, now, is_present=False):
                await presences.insert(_presence(deposited, institution, now, is_present=False))
            await _tell_stocktakes([deposited], institution, Sighting.ABSENT, now)
    return incident


async def _tell_stocktakes(said: Sequence[Deposited], institution: Institution, seen: Sighting, now: datetime) -> None:
    """The stocktakes that go on take the word of whoever keeps the items."""
    ids = [each.item.id for each in said]
    on = institution.service.civil_date(now)
    await sighting.note_word(ids, institution.service.id, seen, on=on, by=SightedBy.INSTITUTION)


async def _confirm(there: Sequence[Deposited], institution: Institution, now: datetime) -> Confirmed:
    new = [each for each in there if not _already_said(each, institution, now, is_present=True)]
    await presences.insert(*(_presence(each, institution, now, is_present=True) for each in new))
    await _tell_stocktakes(there, institution, Sighting.HERE, now)
    if new:
        await journal.By(institution.service.id, institution.link.actor_id, now).note(
            "presence.confirmed", institution.link.id, {"items": [str(each.item.id) for each in new]}, of="access_link"
        )
    return Confirmed(tuple(there))


def _already_said(deposited: Deposited, institution: Institution, now: datetime, *, is_present: bool) -> bool:
    return deposited.presence is not None and deposited.presence.says_again(
        is_present=is_present, on=institution.service.civil_date(now)
    )


def _presence(deposited: Deposited, institution: Institution, now: datetime, *, is_present: bool) -> Presence:
    return Presence(
        id=new_id(),
        service_id=institution.service.id,
        item_id=deposited.item.id,
        loan_id=deposited.loan_id,
        is_present=is_present,
        seen_on=institution.service.civil_date(now),
        confirmed_by=institution.link.actor_id,
        confirmed_at=now,
        confirmed_link=institution.link.id,
    )
