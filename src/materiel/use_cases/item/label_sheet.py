"""The sheets of labels of a service's own: kept, tried, corrected, deleted; and the formats of all sheets, found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from materiel.documents.labels.calibration import calibration_pdf
from materiel.documents.labels.formats import LabelFormat, faults_of, format_named, load_formats
from materiel.documents.labels.labels import Offset, check_offset
from materiel.documents.labels.own import own_format
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.label_sheet import (
    MOST_SHEETS,
    TITLE_MAX,
    DescribedSheet,
    OwnSheet,
    SheetMeasures,
    check_measures,
)
from materiel.domain.language.fields import Fields
from materiel.errors import Conflict, NotFound
from materiel.settings import resource_dir
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.item import label_sheet as store
from materiel.use_cases.papers.printable import printable

_ALL_MEASURES = tuple(each.name for each in fields(SheetMeasures))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSheet:
    """Corrections of a sheet: the new values of its title and measures, by their names."""

    sheet_id: UUID
    version: int
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundFormat:
    """A format asked for by its key, and the shift that its sheet always needs."""

    format: LabelFormat
    offset: Offset


async def list_formats(*, actor: Actor) -> list[LabelFormat]:
    """The formats that labels can be printed on: the sheets of the service, those sold everywhere, the rolls."""
    actor.require(Permission.READ)
    own = [own_format(each.key, each.title, each.measures) for each in await store.of_service(actor.service_id)]
    return [*own, *_sold().values()]


async def list_own_sheets(*, actor: Actor) -> list[OwnSheet]:
    """The sheets that the actor's service keeps, by name."""
    actor.require(Permission.READ)
    return await store.of_service(actor.service_id)


async def get_own_sheet(sheet_id: UUID, *, actor: Actor) -> OwnSheet:
    """A sheet of the actor's service.

    Raises:
        NotFound: `label_sheet.not_found`.
    """
    actor.require(Permission.READ)
    return await _kept(sheet_id, actor.service_id)


async def find_format(key: str, offset: Offset, service_id: UUID) -> FoundFormat:
    """The format of a key in a service, and how far to shift it: its own shift and the one asked.

    Raises:
        NotFound: `label.unknown_sheet`, with the known keys.
        RuleBroken: `label.offset`.
    """
    sold = _sold()
    try:
        own = None if key in sold else await store.get(UUID(key), service_id)
    except ValueError:
        own = None
    if own is None:
        label_format, shift = format_named(key, sold), offset
    else:
        label_format = own_format(own.key, own.title, own.measures)
        right_mm = own.measures.shift_right_mm + offset.right_mm
        shift = Offset(right_mm=right_mm, down_mm=own.measures.shift_down_mm + offset.down_mm)
    check_offset(shift)
    return FoundFormat(label_format, shift)


def drawn_sheet(described: DescribedSheet, *, actor: Actor) -> LabelFormat:
    """How a sheet that is described, and not kept yet, would be printed.

    Raises:
        RuleBroken: `label_sheet.invalid`, with every measure at fault; `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    return _checked(described)[1]


def try_sheet(described: DescribedSheet, *, actor: Actor) -> bytes:
    """The calibration page of a sheet that is described, and not kept yet. Errors are those of `drawn_sheet`."""
    shift = Offset(right_mm=described.shift_right_mm, down_mm=described.shift_down_mm)
    return calibration_pdf(drawn_sheet(described, actor=actor), offset=shift)


@in_one_visit
async def keep_sheet(described: DescribedSheet, *, actor: Actor, now: datetime) -> OwnSheet:
    """Keep a sheet for the actor's service.

    Raises:
        RuleBroken: `label_sheet.invalid`, with every measure at fault; `text.not_printable`.
        Conflict: `label_sheet.title_taken`, `label_sheet.too_many`.
    """
    actor.require(Permission.WRITE)
    title, _ = _checked(described)
    async with write_transaction():
        await services.lock(actor.service_id)
        if len(await store.of_service(actor.service_id)) >= MOST_SHEETS:
            raise Conflict(
                "label_sheet.too_many", f"Votre service garde déjà {MOST_SHEETS} planches : supprimez-en une."
            )
        sheet = OwnSheet(
            id=new_id(),
            service_id=actor.service_id,
            title=title,
            measures=_measures_of(described),
            created_at=now,
        )
        await store.insert(sheet)
        await journal.by(actor, now).note("label_sheet.kept", sheet.id, {})
    return sheet


@in_one_visit
async def change_sheet(command: ChangeSheet, *, actor: Actor, now: datetime) -> OwnSheet:
    """Correct a sheet; what was printed on it stays.

    Raises:
        NotFound: `label_sheet.not_found`.
        RuleBroken: `label_sheet.invalid`, `text.not_printable`.
        Conflict: `label_sheet.changed`, `label_sheet.title_taken`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        sheet = await _kept(command.sheet_id, actor.service_id)
        known = {name: getattr(sheet.measures, name) for name in _ALL_MEASURES} | {"title": sheet.title}
        described = DescribedSheet(**known | dict(command.changes))
        title, _ = _checked(described)
        changed = replace(sheet, title=title, measures=_measures_of(described), version=command.version)
        saved = await store.save(changed)
        await journal.by(actor, now).note("label_sheet.changed", saved.id, {})
    return saved


@in_one_visit
async def delete_sheet(sheet_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Keep a sheet no more.

    Raises:
        NotFound: `label_sheet.not_found`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        sheet = await _kept(sheet_id, actor.service_id)
        await store.delete(sheet.id, actor.service_id)
        await journal.by(actor, now).note("label_sheet.deleted", sheet.id, {})


async def _kept(sheet_id: UUID, service_id: UUID) -> OwnSheet:
    sheet = await store.get(sheet_id, service_id)
    if sheet is None:
        raise NotFound(
            "label_sheet.not_found", "Cette planche n'existe pas dans votre service, ou elle vient d'être supprimée."
        )
    return sheet


def _checked(described: DescribedSheet) -> tuple[str, LabelFormat]:
    """The title cleaned and the format, once every measure holds and labels can be read."""
    faults = Fields("label_sheet.invalid")
    title = faults.text("/title", described.title, longest=TITLE_MAX, required=True, name="le nom de la planche")
    check_measures(described, faults)
    label_format = own_format("", title, described)
    if not faults.errors:
        for each in faults_of(label_format):
            faults.add(f"/{each.measure}", each.detail)
    faults.check()
    printable(described)
    return title, label_format


def _measures_of(described: DescribedSheet) -> SheetMeasures:
    return SheetMeasures(**{name: getattr(described, name) for name in _ALL_MEASURES})


def _sold() -> dict[str, LabelFormat]:
    return load_formats(resource_dir("templates") / "labels")
