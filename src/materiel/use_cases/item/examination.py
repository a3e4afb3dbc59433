"""Sheets of devices prepared for an examination: keep what was checked, read it, print it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from materiel.documents.lists.examination_sheet import compose_examination_sheet
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.examination import ExaminationChecks, ExaminationSheet, checked_sheet
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.item import examination as sheets
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.use_cases.papers.printable import printable
from materiel.use_cases.work.drawing import draw_paper


@in_one_visit
async def keep_examination_sheet(
    item_id: UUID, checks: ExaminationChecks, *, actor: Actor, now: datetime
) -> ExaminationSheet:
    """Keep what was checked of a device; what is left unticked is to be done, and stays to tick on paper.

    Raises:
        NotFound: `item.not_found`.
        RuleBroken: `examination.no_device`, `examination.invalid`; `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        item = await items.get(item_id, actor.service_id)
        loan = await loans.open_loan_of(item.id)
        sheet = ExaminationSheet(
            id=new_id(),
            service_id=actor.service_id,
            item_id=item.id,
            loan_id=loan.id if loan is not None else None,
            noted_by=actor.id,
            noted_at=now,
            **asdict(checks),
        )
        sheet = printable(checked_sheet(sheet, item, actor.civil_date(now)))
        await sheets.insert(sheet)
        details = {
            "done_on": sheet.done_on.isoformat(),
            "emptied": sheet.emptied,
            "radio_off": sheet.radio_off,
            "listed": bool(sheet.software),
        }
        await journal.by(actor, now).note("item.prepared_for_examination", item.id, details)
    return sheet


async def examination_sheets(item_id: UUID, *, actor: Actor) -> list[ExaminationSheet]:
    """Every sheet of an item of the service, the last one first."""
    actor.require(Permission.READ)
    return await sheets.of_item(item_id, actor.service_id)


async def print_examination_sheet(item_id: UUID, sheet_id: UUID, *, actor: Actor) -> bytes:
    """A sheet as a PDF, to tick on the spot.

    Raises:
        NotFound: `item.not_found`, `examination.not_found`.
    """
    actor.require(Permission.READ)
    item = await items.get(item_id, actor.service_id)
    sheet = await sheets.get(sheet_id, item.id, actor.service_id)
    return await draw_paper(compose_examination_sheet(sheet, item, await services.get(actor.service_id)))
