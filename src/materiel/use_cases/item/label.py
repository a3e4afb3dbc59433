"""Labels: print them for chosen items, list the formats, print the calibration page of one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from materiel.documents.labels.calibration import calibration_pdf
from materiel.documents.labels.formats import LabelFormat, format_named, load_formats
from materiel.documents.labels.labels import Label, Offset, check_first_cell, check_offset, labels_pdf
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.label import label_address, name_for_strangers
from materiel.errors import BadInput
from materiel.settings import resource_dir
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.history import journal
from materiel.store.item import item as items

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
    label_format = format_named(command.sheet, _formats())
    check_first_cell(command.first_cell, label_format)
    check_offset(command.offset)
    if len(command.item_ids) > MOST_LABELS:
        raise BadInput(
            "label.too_many",
            f"{len(command.item_ids)} étiquettes demandées\u00a0; imprimez-en {MOST_LABELS} au plus à la fois.",
        )
    chosen = await items.get_many(command.item_ids, actor.service_id)
    service = await services.get(actor.service_id)
    name = name_for_strangers(service)
    labels = [
        Label(
            address=label_address(base_url, item.public_code),
            inventory_number=item.inventory_number,
            service_name=name,
            phone=service.phone,
        )
        for item in chosen
    ]
    # Ten thousand labels take a second: other requests are answered meanwhile.
    pdf = await asyncio.to_thread(
        labels_pdf, labels, label_format, first_cell=command.first_cell, offset=command.offset
    )
    async with write_transaction():
        await journal.by(actor, now).note(
            "label.printed",
            actor.service_id,
            {
                "sheet": label_format.key,
                "labels": len(labels),
                "items": [str(item.id) for item in chosen[:MOST_NAMED]],
            },
            of="service",
        )
    return pdf


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
