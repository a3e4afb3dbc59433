"""Import items and pupils from a CSV, export items, loans and the register to one. Scoped to the actor's
service.

An import is one transaction: good lines go in, the others are reported with their number and their faults.
An export streams by pages, so its size is bounded by nothing but the client's patience.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from materiel.domain.equipment import HELD, Item
from materiel.domain.identifiers import clean_inventory_number
from materiel.domain.loan import Loan
from materiel.domain.party import ManagingService, Pupil
from materiel.domain.registration import checked_item, checked_pupil
from materiel.domain.roles import Actor, Permission
from materiel.domain.school_year import civil_date
from materiel.errors import RuleBroken
from materiel.exchange.item import HEADINGS, ItemLine, item_cells, open_items
from materiel.exchange.pupil import PupilLine, open_pupils
from materiel.exchange.reading import BadLine, Source
from materiel.exchange.report import ImportReport
from materiel.exchange.writing import Cell, csv_lines, csv_start
from materiel.store import item as items
from materiel.store import journal
from materiel.store import loan as loans
from materiel.store import pupil as pupils
from materiel.store import school as schools
from materiel.store import service as services
from materiel.store.engine import write_transaction
from materiel.use_cases.item import RegisterItem, new_item
from materiel.use_cases.printable import printable
from materiel.use_cases.pupil import RegisterPupil, RepresentativeInput, check_school, new_pupil

PAGE = 500
PROGRESS_EVERY = 100

Progress = Callable[[int], None]

LOAN_COLUMNS = (
    *("Prêt", "Usage", "Lieu de garde", "UAI", "Établissement", "Nom", "Prénom", "Matériels"),
    *("État", "Début", "Fin", "Émis le", "Remis le", "Clos le"),
)
REGISTER_COLUMNS = (*HEADINGS.values(), "UAI", "Établissement", "Depuis le", "Jusqu'au")


async def import_items(
    source: Source,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Register the items of a CSV; a known number is corrected by what its line says, empty cells change
    nothing.

    Raises:
        PermissionDenied: the actor may not write.
        BadInput: the file cannot be read.
    """
    actor.require(Permission.READ if dry_run else Permission.WRITE)
    report = ImportReport(dry_run=dry_run)
    seen: dict[str, int] = {}
    with open_items(source) as lines:
        async with _writing(dry_run):
            service = await services.get(actor.service_id)
            for line in lines:
                report.read += 1
                if isinstance(line, BadLine):
                    report.reject(line.number, line.code, line.detail)
                else:
                    await _take_item(line, seen, report, service=service, actor=actor, now=now)
                if progress and report.read % PROGRESS_EVERY == 0:
                    progress(report.read)
            if not dry_run:
                await _note_import("item.imported", report, actor=actor, now=now)
    return report


async def import_pupils(
    source: Source,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Register the pupils of a CSV. A pupil known by names and birth date is left as is, or reported when the
    school differs: moving a pupil is a step of the loans.

    Raises:
        PermissionDenied: the actor may not write.
        BadInput: the file cannot be read.
    """
    actor.require(Permission.READ if dry_run else Permission.WRITE)
    report = ImportReport(dry_run=dry_run)
    seen: dict[tuple[object, ...], int] = {}
    with open_pupils(source) as lines:
        async with _writing(dry_run):
            for line in lines:
                report.read += 1
                if isinstance(line, BadLine):
                    report.reject(line.number, line.code, line.detail)
                else:
                    await _take_pupil(line, seen, report, actor=actor, now=now)
                if progress and report.read % PROGRESS_EVERY == 0:
                    progress(report.read)
            if not dry_run:
                await _note_import("pupil.imported", report, actor=actor, now=now)
    return report


async def export_items(*, actor: Actor) -> AsyncIterator[bytes]:
    """The items of the service, with the columns that `import_items` reads."""
    actor.require(Permission.READ)
    yield csv_start(list(HEADINGS.values()))
    async for page in _item_pages(actor.service_id):
        yield csv_lines([item_cells(item) for item in page])


async def export_register(*, actor: Actor) -> AsyncIterator[bytes]:
    """The register: every item of the service and the school where it is lent or deposited; no pupil's
    name."""
    actor.require(Permission.READ)
    yield csv_start(REGISTER_COLUMNS)
    names: dict[str, str] = {}
    async for page in _item_pages(actor.service_id):
        rows = []
        for item in page:
            loan = await loans.open_loan_of(item.id) if item.status in HELD else None
            where: list[Cell] = [None, None, None, None]
            if loan is not None:
                name = await _school_name(loan.school_uai, names)
                where = [loan.school_uai, name, loan.starts_on, loan.ends_on]
            rows.append([*item_cells(item), *where])
        yield csv_lines(rows)


async def export_loans(*, actor: Actor) -> AsyncIterator[bytes]:
    """The loans and deposits of the service, open or over, one line each with the numbers of its items."""
    actor.require(Permission.READ)
    yield csv_start(LOAN_COLUMNS)
    names: dict[str, str] = {}
    after: UUID | None = None
    while page := await loans.page(actor.service_id, limit=PAGE, after=after):
        yield csv_lines([await _loan_cells(loan, names) for loan in page])
        after = page[-1].id


async def _take_item(
    line: ItemLine,
    seen: dict[str, int],
    report: ImportReport,
    *,
    service: ManagingService,
    actor: Actor,
    now: datetime,
) -> None:
    number = clean_inventory_number(line.inventory_number)
    if number in seen:
        report.reject(
            line.line,
            "item.duplicate_number",
            f"Le numéro « {number[:40]} » figure déjà à la ligne {seen[number]} : celle-ci est laissée.",
        )
        return
    values = {each.name: value for each in fields(RegisterItem) if (value := getattr(line, each.name)) is not None}
    known = await items.by_inventory_number(service.id, number)
    values["inventory_number"] = number
    draft = replace(known, **values) if known else new_item(RegisterItem(**values), service.id)
    try:
        item = printable(
            checked_item(
                draft,
                pattern="" if known else service.inventory_pattern,
                departement=service.departement,
                today=civil_date(now),
            )
        )
    except RuleBroken as fault:
        report.reject(line.line, fault.code, fault.message)
        return
    seen[number] = line.line
    if item == known:
        report.unchanged += 1
        return
    action = "item.updated" if known else "item.registered"
    if known:
        report.updated += 1
    else:
        report.created += 1
    if not report.dry_run:
        await (items.save(item) if known else items.insert(item, now))
        details = {"fields": _changed(known, item)} if known else {"inventory_number": number}
        await _note(action, "item", item.id, details, actor=actor, now=now)


async def _take_pupil(
    line: PupilLine,
    seen: dict[tuple[object, ...], int],
    report: ImportReport,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    people = tuple(
        RepresentativeInput(**{each.name: getattr(person, each.name) for each in fields(person)})
        for person in line.representatives
    )
    command = RegisterPupil(
        last_name=line.last_name,
        first_name=line.first_name,
        birth_date=line.birth_date,
        school=line.school,
        homes=line.homes,
        representatives=people,
    )
    try:
        pupil = printable(checked_pupil(new_pupil(command, actor.service_id), today=civil_date(now)))
        await check_school(pupil.school_uai)
    except RuleBroken as fault:
        report.reject(line.line, fault.code, fault.message)
        return
    identity = _identity(pupil)
    if identity in seen:
        report.reject(line.line, "pupil.duplicate", f"Cet élève figure déjà à la ligne {seen[identity]} du fichier.")
        return
    seen[identity] = line.line
    known = await _known_pupil(pupil)
    if known is None:
        report.created += 1
        if not report.dry_run:
            await pupils.insert(pupil, now)
            await _note("pupil.registered", "pupil", pupil.id, {}, actor=actor, now=now)
    elif known.school_uai == pupil.school_uai:
        report.unchanged += 1
    else:
        report.reject(
            line.line,
            "pupil.school_differs",
            f"Cet élève est connu dans l'établissement {known.school_uai} : "
            "changez d'établissement depuis sa fiche ou son prêt.",
        )


def _changed(before: Item, after: Item) -> list[str]:
    return sorted(each.name for each in fields(Item) if getattr(before, each.name) != getattr(after, each.name))


async def _known_pupil(pupil: Pupil) -> Pupil | None:
    after: UUID | None = None
    query = f"{pupil.last_name} {pupil.first_name}"
    while page := await pupils.page(pupil.service_id, q=query, limit=PAGE, after=after):
        for each in page:
            if _identity(each) == _identity(pupil):
                return each
        after = page[-1].id
    return None


def _identity(pupil: Pupil) -> tuple[object, ...]:
    return pupil.last_name.casefold(), pupil.first_name.casefold(), pupil.birth_date


def _writing(dry_run: bool) -> AbstractAsyncContextManager[None]:
    return nullcontext() if dry_run else write_transaction()


async def _item_pages(service_id: UUID) -> AsyncIterator[list[Item]]:
    after: UUID | None = None
    while page := await items.page(service_id, limit=PAGE, after=after):
        yield page
        after = page[-1].id


async def _loan_cells(loan: Loan, names: dict[str, str]) -> list[Cell]:
    pupil = await pupils.get(loan.pupil_id, loan.service_id) if loan.pupil_id else None
    lent = await items.get_many([line.item_id for line in loan.items], loan.service_id)
    return [
        str(loan.id),
        loan.usage,
        loan.custody,
        loan.school_uai,
        await _school_name(loan.school_uai, names),
        pupil.last_name if pupil else None,
        pupil.first_name if pupil else None,
        ", ".join(item.inventory_number for item in lent),
        loan.status,
        loan.starts_on,
        loan.ends_on,
        loan.issued_on,
        loan.handed_over_on,
        loan.closed_on,
    ]


async def _school_name(uai: str, names: dict[str, str]) -> str:
    if uai not in names:
        names[uai] = (await schools.by_uai(uai)).name
    return names[uai]


async def _note_import(action: str, report: ImportReport, *, actor: Actor, now: datetime) -> None:
    details = {
        "read": report.read,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": len(report.rejected),
    }
    await _note(action, "service", actor.service_id, details, actor=actor, now=now)


async def _note(action: str, kind: str, subject: UUID, details: dict[str, Any], *, actor: Actor, now: datetime) -> None:
    await journal.append(
        actor.service_id,
        at=now,
        actor=actor.id,
        action=action,
        subject_kind=kind,
        subject_id=subject,
        details=details,
    )
