"""Labels: print them for chosen items, list the formats, print the calibration page of one.

Many are drawn by a job, which keeps the file for a day: what a killed one had drawn is drawn anew, and noted once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from materiel.documents.labels.calibration import calibration_pdf
from materiel.documents.labels.formats import LabelFormat, format_named, load_formats
from materiel.documents.labels.labels import Label, Offset, check_first_cell, check_offset, labels_pdf
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.item import Item
from materiel.domain.item.label import label_address, name_for_strangers
from materiel.domain.work.job import LABELS, Job
from materiel.errors import BadInput, RuleBroken
from materiel.settings import resource_dir
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.work import job as jobs
from materiel.use_cases.work.drawing import Drawing, draw_beside, keep_file
from materiel.use_cases.work.job import JobOutcome, JobRun

MOST_LABELS = 10_000
"""In one file: more than a service prints in a day, and a second or two of work."""

MOST_NAMED = 100
"""Items that a journal entry names; beyond it the number of labels tells enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintLabels:
    """What to print: items in the order of the labels, on the format of a key, from a cell on (from 1)."""

    item_ids: Sequence[UUID]
    sheet: str
    first_cell: int = 1
    offset: Offset = field(default_factory=Offset)


class _Asked(msgspec.Struct, frozen=True):
    """What the job draws."""

    items: list[UUID]
    sheet: str
    first_cell: int
    offset: Offset
    base_url: str


def list_formats(*, actor: Actor) -> list[LabelFormat]:
    """The formats, sheets and rolls, that labels can be printed on."""
    actor.require(Permission.READ)
    return list(_formats().values())


async def make_labels(command: PrintLabels, *, actor: Actor, now: datetime, base_url: str) -> bytes:
    """Make the PDF of the labels of items of the actor's service, and note it in the journal.

    Args:
        base_url: the address of the installation that is printed in the codes.

    Raises:
        NotFound: `item.not_found`, one of them is not the service's; `label.unknown_sheet`.
        BadInput: `label.too_many`.
        RuleBroken: `label.none`, `label.first_cell`, `label.offset`, `label.address_too_long`,
            `label.address_not_printable`, `label.number_too_long`, `text.not_drawable`, `text.right_to_left`.
    """
    actor.require(Permission.WRITE)
    label_format = _checked(command)
    chosen = await items.get_many(command.item_ids, actor.service_id)
    labels = await _labels(chosen, base_url, actor.service_id)
    # Ten thousand labels take a second: other requests are answered meanwhile.
    pdf = await asyncio.to_thread(
        labels_pdf, labels, label_format, first_cell=command.first_cell, offset=command.offset
    )
    async with write_transaction():
        await _note(journal.by(actor, now), label_format.key, [item.id for item in chosen])
    return pdf


async def start_labels(command: PrintLabels, *, actor: Actor, now: datetime, base_url: str) -> Job:
    """Have the labels of many items drawn by a job; the same one when it is under way already.

    Errors are those of `make_labels`; what cannot be drawn ends the job with the same sentence.
    """
    actor.require(Permission.WRITE)
    _checked(command)
    if not command.item_ids:
        raise RuleBroken("label.none", "Aucun matériel n'est choisi. Choisissez au moins un numéro d'inventaire.")
    chosen = await items.get_many(command.item_ids, actor.service_id)
    await _labels(chosen[:1], base_url, actor.service_id)
    asked = _Asked(list(command.item_ids), command.sheet, command.first_cell, command.offset, base_url)
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
    service_id = run.job.service_id
    label_format = format_named(asked.sheet, _formats())
    labels = await _labels(await items.get_many(asked.items, service_id), asked.base_url, service_id)
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
        return labels_pdf(until_stopped(), label_format, first_cell=asked.first_cell, offset=asked.offset)

    data = await draw_beside(run, draw, drawing, len(labels))

    async def write(at: datetime) -> None:
        if data:
            by = journal.By(service_id, run.job.created_by, at)
            await _note(by, label_format.key, asked.items[: drawing.done])
            await keep_file(run.job.id, f"etiquettes-{drawing.done}.pdf", data, at)

    return JobOutcome({"labels": drawing.done, "left": len(labels) - drawing.done}, write)


def _checked(command: PrintLabels) -> LabelFormat:
    """The format that is asked for, once what is asked of it holds."""
    label_format = format_named(command.sheet, _formats())
    check_first_cell(command.first_cell, label_format)
    check_offset(command.offset)
    if len(command.item_ids) > MOST_LABELS:
        raise BadInput(
            "label.too_many",
            f"{len(command.item_ids)} étiquettes demandées\u00a0; imprimez-en {MOST_LABELS} au plus à la fois.",
        )
    return label_format


async def _labels(chosen: Sequence[Item], base_url: str, service_id: UUID) -> list[Label]:
    service = await services.get(service_id)
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


async def _note(by: journal.By, sheet: str, printed: Sequence[UUID]) -> None:
    details = {"sheet": sheet, "labels": len(printed), "items": [str(each) for each in printed[:MOST_NAMED]]}
    await by.note("label.printed", by.chain, details, of="service")


def make_calibration_page(key: str, *, actor: Actor, offset: Offset) -> bytes:
    """Make the calibration page of a format, shifted as the labels would be.

    Raises:
        NotFound: `label.unknown_sheet`.
        RuleBroken: `label.offset`.
    """
    actor.require(Permission.READ)
    return calibration_pdf(format_named(key, _formats()), offset=offset)


def _formats() -> dict[str, LabelFormat]:
    return load_formats(resource_dir("templates") / "labels")
