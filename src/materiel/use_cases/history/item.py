"""What happened to an item: its own entries of the journal, and the loans that held it."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.history.item import UNDONE, HistoryLine, eliminated_lines, loan_lines, told, undone_line
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.retention import eliminated


async def item_history(item_id: UUID, *, actor: Actor) -> list[HistoryLine]:
    """What happened to an item, oldest first: its own entries and the loans that held it. No pupil is named.

    Raises:
        NotFound: `item.not_found`.
    """
    actor.require(Permission.READ)
    item = await items.get(item_id, actor.service_id)
    lines = [
        told(actor.civil_date(entry.at), entry.action, entry.details, actor=entry.actor)
        for entry in await journal.of_subject(actor.service_id, item.id)
    ]
    held_by = await loans.page(actor.service_id, item_id=item.id, limit=loans.MOST)
    placements = await loans.placements([loan.id for loan in held_by])
    for loan in held_by:
        lines += loan_lines(loan, item.id, placements.get(loan.id, ()))
    for entry in await journal.of_subjects(actor.service_id, [loan.id for loan in held_by], tuple(UNDONE)):
        on, loan_id = actor.civil_date(entry.at), UUID(entry.subject_id)
        if (undone := undone_line(on, entry.action, entry.details, item.id, loan_id)) is not None:
            lines.append(undone)
    for line in await eliminated.lines_of_item(item.id, actor.service_id):
        lines += eliminated_lines(line)
    return sorted(lines, key=lambda line: line.on)
