"""What a service checks of its items: its lists, for the days to come, and what was ticked, in its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.documents.lists.check_list import compose_check_list
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.checklist import (
    CheckedLine,
    CheckLines,
    Checklist,
    CheckMoment,
    CheckSheet,
    checked_lines,
    ticked_lines,
)
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Item
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.item import checklist as checklists
from materiel.store.item import item as items
from materiel.use_cases.papers.printable import printable
from materiel.use_cases.work.drawing import draw_paper


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteChecklist:
    """The lines of a family at a moment, in the order in which they are checked; none takes the list away."""

    family: ItemFamily
    moment: CheckMoment
    lines: CheckLines = ()


@in_one_visit
async def write_checklist(command: WriteChecklist, *, actor: Actor, now: datetime) -> Checklist:
    """Write a list, for what is checked from now on; what was ticked keeps the words of its day.

    Raises:
        RuleBroken: `checklist.invalid`, `text.not_printable`.
    """
    actor.require(Permission.ADMINISTER)
    lines = checked_lines(command.lines)
    async with write_transaction():
        known = (await checklists.in_force(actor.service_id)).get((command.family, command.moment))
        if known is not None and known.lines == lines:
            return known
        checklist = printable(
            Checklist(
                id=new_id(),
                service_id=actor.service_id,
                family=command.family,
                moment=command.moment,
                lines=lines,
                written_at=now,
            )
        )
        await checklists.add(checklist)
        told = {"family": command.family.value, "moment": command.moment.value, "lines": len(lines)}
        await journal.by(actor, now).note("service.checklist_written", actor.service_id, told)
    return checklist


async def read_checklists(*, actor: Actor) -> list[Checklist]:
    """Every list of the service, those that were replaced included, the first written first."""
    actor.require(Permission.READ)
    return await checklists.written(actor.service_id)


async def lines_of(items_checked: Sequence[Item], moment: CheckMoment, *, actor: Actor) -> dict[UUID, tuple[str, ...]]:
    """By item, the lines to check at a moment: those of its family, none where the service has written none."""
    actor.require(Permission.READ)
    known = await checklists.in_force(actor.service_id)
    found = {item.id: known.get((_family(item), moment)) for item in items_checked}
    return {item_id: each.lines for item_id, each in found.items() if each is not None and each.lines}


async def check_sheets(item_id: UUID, *, actor: Actor) -> list[CheckSheet]:
    """What was checked of an item of the service, the first day first."""
    actor.require(Permission.READ)
    return await checklists.of_item(item_id, actor.service_id)


async def print_check_list(item_id: UUID, moment: CheckMoment, *, actor: Actor, now: datetime) -> bytes:
    """The lines to check of an item, as a PDF to tick beside it.

    Raises:
        NotFound: `item.not_found`.
    """
    actor.require(Permission.READ)
    item = await items.get(item_id, actor.service_id)
    lines = (await lines_of([item], moment, actor=actor)).get(item.id, ())
    service = await services.get(actor.service_id)
    return await draw_paper(compose_check_list(item, moment, lines, service, day=actor.civil_date(now)))


async def note_checks(
    ticked: Mapping[UUID, Sequence[str]],
    items_checked: Mapping[UUID, Item],
    moment: CheckMoment,
    *,
    done_on: date,
    actor: Actor,
    now: datetime,
) -> dict[UUID, tuple[CheckedLine, ...]]:
    """Keep what was ticked of items, in the words of today; in the transaction of the act that checks them.

    Raises:
        Conflict: `checklist.changed`.
    """
    if not ticked:
        return {}
    known = await lines_of([items_checked[each] for each in ticked], moment, actor=actor)
    done = {each: ticked_lines(known.get(each, ()), names) for each, names in ticked.items()}
    done = {item_id: lines for item_id, lines in done.items() if lines}
    await checklists.add_sheets(
        [
            CheckSheet(
                id=new_id(),
                service_id=actor.service_id,
                item_id=item_id,
                moment=moment,
                done_on=done_on,
                lines=lines,
                noted_at=now,
            )
            for item_id, lines in done.items()
        ]
    )
    return done


def _family(item: Item) -> ItemFamily:
    """The family whose list is checked; a licence is software whatever family it was given (E36)."""
    return ItemFamily.SOFTWARE if item.is_software else item.family
