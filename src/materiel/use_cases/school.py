"""Schools: import the annuaire, find, decide on a kind, keep who signs. One transaction for each function
that writes.

Schools are public data shared by the services of the installation; decisions on them are journalled in the
chain of the service that took them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any

from materiel.domain.fields import Fields
from materiel.domain.identifiers import clean_uai
from materiel.domain.roles import Actor, Permission
from materiel.domain.school import School, SchoolKind
from materiel.domain.school_year import civil_date
from materiel.exchange.annuaire import open_annuaire
from materiel.exchange.reading import Source
from materiel.exchange.report import ImportReport
from materiel.store import journal
from materiel.store import municipality as municipalities
from materiel.store import school as schools
from materiel.store.engine import write_transaction
from materiel.store.search import words_of
from materiel.use_cases.annuaire import Comparison
from materiel.use_cases.printable import printable

ROWS_AT_ONCE = 300
"""Rows read, compared and written at once: what the memory holds of the file."""

Progress = Callable[[int], None]
"""Called with the number of lines read so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideSchoolKind:
    """A manager's decision on a school's kind; `kind` None goes back to the computed one."""

    uai: str
    kind: SchoolKind | None
    reason: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSchoolContact:
    """Who signs for a school. None leaves a field as it is.

    `on_behalf_of` is the legal person of a private school (OGEC, association), `board_act` the act of the
    board.
    """

    uai: str
    version: int
    head_name: str | None = None
    head_title: str | None = None
    on_behalf_of: str | None = None
    board_act: str | None = None


async def import_schools(
    source: Source,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import the « Annuaire de l'éducation »; good lines go in, the others are reported with their number.

    A second import of the same file writes no school. Decisions and contacts of managers stay. Schools of a
    département of the file that it no longer holds are marked, never deleted.

    Args:
        source: bytes, a path or a binary stream of the CSV.
        dry_run: compare and report, write nothing.

    Raises:
        PermissionDenied: the actor may not write.
        BadInput: the file is no annuaire; see `exchange.reading.open_table`.
    """
    actor.require(Permission.READ if dry_run else Permission.WRITE)
    report = ImportReport(dry_run=dry_run)
    enclosing: AbstractAsyncContextManager[None] = nullcontext() if dry_run else write_transaction()
    with open_annuaire(source) as rows:
        async with enclosing:
            if not dry_run:
                await schools.wait_for_other_imports()
            comparison = Comparison(await schools.known(), await municipalities.names(), report)
            while chunk := await asyncio.to_thread(lambda: list(islice(rows, ROWS_AT_ONCE))):
                await _write(comparison, comparison.take(chunk), dry_run=dry_run)
                if progress:
                    progress(report.read)
            await _write(comparison, comparison.finish(), dry_run=dry_run)
            absent = comparison.absent()
            report.absent = len(absent)
            report.rejected.sort(key=lambda each: each.line)
            if not dry_run:
                await _finish(comparison, absent, actor=actor, now=now)
    return report


async def get_school(uai: str, *, actor: Actor) -> School:
    """The school of a UAI, however it is typed.

    Raises:
        NotFound: `school.not_found`.
    """
    actor.require(Permission.READ)
    return await schools.by_uai(clean_uai(uai))


async def list_schools(
    *, actor: Actor, q: str = "", kind: SchoolKind | None = None, limit: int = 50, after: str = ""
) -> list[School]:
    """Schools in the order of their UAI, after the UAI `after`.

    `q`: words that must all be in the name, the commune, the type or the UAI, whatever accents and case.
    """
    actor.require(Permission.READ)
    return await schools.page(words=words_of(q), kind=kind, limit=limit, after=after)


async def decide_school_kind(command: DecideSchoolKind, *, actor: Actor, now: datetime) -> School:
    """Record a manager's decision on the kind of a school; it survives the next imports.

    Raises:
        NotFound: `school.not_found`.
        RuleBroken: `school.invalid`, the reason is missing or too long.
        Conflict: `school.changed`.
    """
    actor.require(Permission.WRITE)
    fields = Fields("school.invalid")
    reason = fields.text("/reason", command.reason, longest=500, required=True)
    if command.kind is SchoolKind.TO_CHECK:
        fields.add("/kind", "Choisissez une nature : « À vérifier » n'est pas une décision.")
    fields.check()
    async with write_transaction():
        school = await schools.by_uai(clean_uai(command.uai))
        decided = await schools.save_decision(
            replace(school, version=command.version), command.kind, reason=reason, by=actor.id, at=now
        )
        await journal.append(
            str(actor.service_id),
            at=now,
            actor=actor.id,
            action="school.kind_decided",
            subject_kind="school",
            subject_id=school.uai,
            details={"from": school.kind.value, "to": decided.kind.value, "reason": reason},
        )
    return decided


async def update_school_contact(command: UpdateSchoolContact, *, actor: Actor, now: datetime) -> School:
    """Change who signs for a school; documents already issued keep what they say.

    Raises:
        NotFound: `school.not_found`.
        RuleBroken: `school.invalid`, with every field at fault.
        Conflict: `school.changed`.
    """
    actor.require(Permission.WRITE)
    fields = Fields("school.invalid")
    names = ("head_name", "head_title", "on_behalf_of", "board_act")
    changes: dict[str, Any] = {
        name: fields.text(f"/{name}", value, longest=200)
        for name in names
        if (value := getattr(command, name)) is not None
    }
    fields.check()
    async with write_transaction():
        school = await schools.by_uai(clean_uai(command.uai))
        saved = await schools.save_contact(printable(replace(school, **changes, version=command.version)))
        await journal.append(
            str(actor.service_id),
            at=now,
            actor=actor.id,
            action="school.contact_updated",
            subject_kind="school",
            subject_id=school.uai,
            details={"fields": sorted(changes)},
        )
    return saved


async def _write(comparison: Comparison, pending: Sequence[School], *, dry_run: bool) -> None:
    """Write one chunk, its municipalities first."""
    if dry_run:
        return
    await municipalities.insert_names(comparison.new_communes)
    comparison.new_communes.clear()
    await schools.upsert(pending)


async def _finish(comparison: Comparison, absent: Sequence[str], *, actor: Actor, now: datetime) -> None:
    for insee, name in comparison.renamed.items():
        await municipalities.rename(insee, name)
    today: date = civil_date(now)
    await schools.mark_absent([uai for uai in absent if not comparison.known[uai].is_absent], today)
    report = comparison.report
    await journal.append(
        str(actor.service_id),
        at=now,
        actor=actor.id,
        action="school.imported",
        subject_kind="service",
        subject_id=str(actor.service_id),
        details={
            "read": report.read,
            "created": report.created,
            "updated": report.updated,
            "unchanged": report.unchanged,
            "absent": report.absent,
            "rejected": len(report.rejected),
        },
    )
