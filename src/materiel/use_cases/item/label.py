"""Labels: print them for chosen items, print the calibration page of a format, replace the label of an item.

Many are drawn by a job, which keeps the file for a day: what a killed one had drawn is drawn anew, and noted once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

import msgspec

from materiel.documents.labels.calibration import calibration_pdf
from materiel.documents.labels.labels import Label, Offset, check_first_cell, labels_pdf
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.calendar.civil_day import civil_date
from materiel.domain.item.item import Item
from materiel.domain.item.label import LabelOrder, check_has_a_label, in_label_order, label_address, name_for_strangers
from materiel.domain.item.list import ItemFilter
from materiel.domain.work.job import LABELS, Job
from materiel.errors import BadInput, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.rows import ROWS_AT_ONCE
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.item import label as printed_labels
from materiel.store.item import list as item_list
from materiel.store.work import job as jobs
from materiel.use_cases.item.label_sheet import FoundFormat, find_format
from materiel.use_cases.work.drawing import Drawing, draw_beside, keep_file
from materiel.use_cases.work.job import JobOutcome, JobRun

MOST_LABELS = 10_000
"""In one file: more than a service prints in a day, and a second or two of work."""

_TO_LABEL = ItemFilter(never_labelled=True)

MOST_NAMED = 100
"""Items that a journal entry names; beyond it the number of labels tells enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintLabels:
    """What to print: items, on the format of a key, from a cell on (from 1), in an order."""

    item_ids: Sequence[UUID]
    sheet: str
    first_cell: int = 1
    order: LabelOrder = LabelOrder.GIVEN
    offset: Offset = field(default_factory=Offset)


class _Asked(msgspec.Struct, frozen=True):
    """What the job draws."""

    items: list[UUID]
    sheet: str
    first_cell: int
    offset: Offset
    base_url: str
    order: str = LabelOrder.GIVEN.value


async def make_labels(command: PrintLabels, *, actor: Actor, now: datetime, base_url: str) -> bytes:
    """Make the PDF of the labels of items of the actor's service, and note it in the journal.

    Args:
        base_url: the address of the installation that is printed in the codes.

    Raises:
        NotFound: `item.not_found`, one of them is not the service's; `label.unknown_sheet`.
        BadInput: `label.too_many`.
        Conflict: `label.transferred`, one of them has passed to another service, its label with it.
        RuleBroken: `label.none`, `label.first_cell`, `label.offset`, `label.address_too_long`,
            `label.address_not_printable`, `label.number_too_long`, `text.not_drawable`, `text.right_to_left`.
    """
    actor.require(Permission.WRITE)
    sheet = await _checked(command, actor.service_id)
    service = await services.get(actor.service_id)
    chosen = await _in_order(command.item_ids, command.order, service.id)
    labels = _labels(chosen, base_url, service)
    # Ten thousand labels take a second: other requests are answered meanwhile.
    pdf = await asyncio.to_thread(labels_pdf, labels, sheet.format, first_cell=command.first_cell, offset=sheet.offset)
    async with write_transaction():
        await _note(journal.by(actor, now), sheet.format.key, chosen, actor.civil_date(now))
    return pdf


async def start_labels(command: PrintLabels, *, actor: Actor, now: datetime, base_url: str) -> Job:
    """Have the labels of many items drawn by a job; the same one when it is under way already.

    Errors are those of `make_labels`; what cannot be drawn ends the job with the same sentence.
    """
    actor.require(Permission.WRITE)
    await _checked(command, actor.service_id)
    if not command.item_ids:
        raise RuleBroken("label.none", "Aucun matériel n'est choisi. Choisissez au moins un numéro d'inventaire.")
    chosen = await items.get_many(command.item_ids, actor.service_id)
    check_has_a_label(chosen)
    _labels(chosen[:1], base_url, await services.get(actor.service_id))
    asked = _Asked(
        list(command.item_ids), command.sheet, command.first_cell, command.offset, base_url, command.order.value
    )
    return await _enqueue(msgspec.json.encode(asked).decode(), len(chosen), actor, now)


@in_one_visit
async def _enqueue(payload: str, total: int, actor: Actor, now: datetime) -> Job:
    async with write_transaction():
        await services.lock(actor.service_id)
        if (same := await jobs.under_way(actor.service_id, LABELS, payload)) is not None:
            return same
        return await jobs.enqueue(actor.service_id, LABELS, payload, total=total, created_by=actor.id, created_at=now)


async def draw_labels(run: JobRun) -> JobOutcome:
    """Handler of the job; its result counts the `labels` drawn, and those `left` by a stop."""
    asked = msgspec.json.decode(run.job.payload, type=_Asked)
    service = await services.get(run.job.service_id)
    sheet = await find_format(asked.sheet, asked.offset, service.id)
    chosen = await _in_order(asked.items, LabelOrder(asked.order), service.id)
    labels = _labels(chosen, asked.base_url, service)
    drawing = Drawing()

    def until_stopped() -> Iterator[Label]:
        for label in labels:
            if drawing.stops and drawing.done:
                return
            yield label
            drawing.done += 1

    def draw(drawing: Drawing) -> bytes:
        if drawing.stops:
            return b""
        return labels_pdf(until_stopped(), sheet.format, first_cell=asked.first_cell, offset=sheet.offset)

    data = await draw_beside(run, draw, drawing, len(labels))

    async def write(at: datetime) -> None:
        if data:
            by = journal.By(service.id, run.job.created_by, at)
            await _note(by, sheet.format.key, chosen[: drawing.done], civil_date(at, service.zone))
            await keep_file(run.job.id, f"etiquettes-{drawing.done}.pdf", data, at)

    return JobOutcome({"labels": drawing.done, "left": len(labels) - drawing.done}, write)


async def _checked(command: PrintLabels, service_id: UUID) -> FoundFormat:
    """The format that is asked for, once what is asked of it holds."""
    sheet = await find_format(command.sheet, command.offset, service_id)
    check_first_cell(command.first_cell, sheet.format)
    if len(command.item_ids) > MOST_LABELS:
        raise BadInput(
            "label.too_many",
            f"{len(command.item_ids)} étiquettes demandées\u00a0; imprimez-en {MOST_LABELS} au plus à la fois.",
        )
    return sheet


async def _in_order(item_ids: Sequence[UUID], order: LabelOrder, service_id: UUID) -> list[Item]:
    chosen = await items.get_many(item_ids, service_id)
    check_has_a_label(chosen)
    schools: dict[UUID, str] = {}
    if order is LabelOrder.SCHOOL:
        for start in range(0, len(chosen), ROWS_AT_ONCE):
            held = await item_list.holders([item.id for item in chosen[start : start + ROWS_AT_ONCE]])
            schools |= {item_id: f"{each.school_name} {each.school_uai}" for item_id, each in held.items()}
    return in_label_order(chosen, order, schools)


def _labels(chosen: Sequence[Item], base_url: str, service: ManagingService) -> list[Label]:
    name = name_for_strangers(service)
    return [
        Label(
            address=label_address(base_url, item.public_code),
            inventory_number=item.inventory_number,
            service_name=name,
            phone=service.phone,
        )
        for item in chosen
    ]


async def _note(by: journal.By, sheet: str, printed: Sequence[Item], on: date) -> None:
    details = {"sheet": sheet, "labels": len(printed), "items": [str(each.id) for each in printed[:MOST_NAMED]]}
    await printed_labels.note_printed(printed, on)
    await by.note("label.printed", by.chain, details, of="service")


@in_one_visit
async def replace_label(item_id: UUID, version: int, *, actor: Actor, now: datetime) -> Item:
    """Give an item the code of a new label, to print; the former is revoked, and says so to whoever reads it.

    Raises:
        NotFound: `item.not_found`.
        Conflict: `item.changed`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        item = await items.get(item_id, actor.service_id)
        saved = await printed_labels.give_new_code(replace(item, version=version), actor.civil_date(now))
        await journal.by(actor, now).note("item.label_replaced", saved.id, {})
    return saved


async def count_to_label(*, actor: Actor) -> int:
    """How many items of the actor's service were never labelled, or wait for their new label.

    Those out of the stock are not counted, nor more than one run prints, and one.
    """
    actor.require(Permission.READ)
    found, _ = await item_list.total(actor.service_id, _TO_LABEL, at_most=MOST_LABELS + 1)
    return found


async def items_to_label(*, actor: Actor) -> list[UUID]:
    """The items that `count_to_label` counts, by number: as many as one run prints."""
    actor.require(Permission.READ)
    return [item.id for item, _ in await item_list.page(actor.service_id, _TO_LABEL, limit=MOST_LABELS)]


async def make_calibration_page(key: str, *, actor: Actor, offset: Offset) -> bytes:
    """Make the calibration page of a format, shifted as the labels would be.

    Raises:
        NotFound: `label.unknown_sheet`.
        RuleBroken: `label.offset`.
    """
    actor.require(Permission.READ)
    sheet = await find_format(key, offset, actor.service_id)
    return await asyncio.to_thread(calibration_pdf, sheet.format, offset=sheet.offset)
