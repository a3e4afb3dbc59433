"""« Je l'ai »: what a family answers while a stocktake asks where things are. Not finding one accuses nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.circuit.stocktake import SightedBy, Sighting
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.usage import Custody
from materiel.domain.visitors.presence import Presence
from materiel.errors import NotFound
from materiel.store.accounts import service as services
from materiel.store.circuit.stocktake import sighting
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.visitors import presence as presences
from materiel.use_cases.visitors.family import FamilyHome, HeldItem, held_item


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedItem:
    """Until when a family is asked whether it has an item, and what it answered, None before."""

    until: date
    has_it: bool | None


async def asked_of_family(homes: Sequence[FamilyHome]) -> dict[UUID, AskedItem]:
    """What a stocktake that goes on asks about the items that a family has at home."""
    found: dict[UUID, AskedItem] = {}
    for home in homes:
        at_home = [
            held.item.id
            for lent in home.loans
            if lent.loan.custody is Custody.HOME
            for held in lent.items
            if held.line.handed_over_on is not None
        ]
        for item_id, (until, seen) in (await sighting.asked_of(at_home, home.service.id)).items():
            has_it = None if seen is None else seen is not Sighting.ABSENT
            found[item_id] = AskedItem(until=until, has_it=has_it)
    return found


@in_one_visit
async def answer_by_family(
    loan_id: UUID, item_id: UUID, *, has_it: bool, person: FamilyPerson, now: datetime
) -> HeldItem:
    """Keep that a family has an item, or does not find it; said again the same day, it is kept once.

    Raises:
        NotFound: `item.not_found`, also for one that was not handed over yet.
    """
    async with write_transaction():
        shown, held = await held_item(loan_id, item_id, person)
        if held.line.handed_over_on is None:
            raise NotFound("item.not_found", "Ce matériel ne vous est pas encore remis : vous n'avez rien à dire.")
        service = await services.get(person.pupil.service_id)
        on = service.civil_date(now)
        last = (await presences.latest([shown.loan.id])).get((shown.loan.id, item_id))
        seen = Sighting.HERE if has_it else Sighting.ABSENT
        await sighting.note_word([item_id], service.id, seen, on=on, by=SightedBy.FAMILY)
        if last is None or not last.says_again(is_present=has_it, on=on):
            said = Presence(
                id=new_id(),
                service_id=service.id,
                item_id=item_id,
                loan_id=shown.loan.id,
                is_present=has_it,
                seen_on=on,
                confirmed_by=person.link.actor_id,
                confirmed_at=now,
                confirmed_link=person.link.id,
            )
            await presences.insert(said)
            action = "presence.confirmed" if has_it else "presence.not_found"
            details = {"items": [str(item_id)]}
            await journal.By(service.id, person.link.actor_id, now).note(
                action, person.link.id, details, of="access_link"
            )
    return held
