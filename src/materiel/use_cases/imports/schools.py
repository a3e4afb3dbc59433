"""Import the « Annuaire de l'éducation »: seventy thousand lines, written by batches.

See `prepared`. What depends on the whole file, schools that it no longer holds among others, is decided and written
at the end, by batches too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.loan.reference_change import ChangeKind, FoundChange
from materiel.domain.places.school import School
from materiel.exchange.places.annuaire import LAYOUT
from materiel.exchange.reading import Source
from materiel.exchange.report import FileReport
from materiel.store.accounts import service as services
from materiel.store.places import municipality as municipalities
from materiel.store.places import school as schools
from materiel.use_cases.imports.annuaire import Comparison
from materiel.use_cases.imports.prepared import (
    Batches,
    PreparedImport,
    Progress,
    batches_of_request,
    chunks_of,
    noted_end,
    some_at_a_time,
    untold,
    write_now,
)
from materiel.use_cases.loan.reference_change import concerned_loans, keep_changes


async def import_schools(
    source: Source,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    progress: Progress = untold,
    everywhere: bool = False,
) -> FileReport:
    """Import the annuaire; good lines go in, the others are reported with their number.

    A second import of the same file writes no school. What services know of schools stays. Schools of a département
    that the file holds whole and that it no longer holds are marked, never deleted.

    Args:
        source: a CSV, XLSX, ODS or XLS.
        dry_run: compare and report, write nothing.
        everywhere: for whoever installs; else the lines of other académies than the service's are left aside.

    Raises:
        PermissionDenied: the actor may not write.
        BadInput: the file is no annuaire; see `exchange.process.reading`.
    """
    actor.require(Permission.READ if dry_run else Permission.WRITE)
    return await write_now(
        await prepare_schools(source, actor=actor, now=now, dry_run=dry_run, progress=progress, everywhere=everywhere),
        now=now,
    )


async def prepare_schools(
    source: Source,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool,
    progress: Progress = untold,
    batches: Batches | None = None,
    everywhere: bool = False,
) -> PreparedImport:
    """Read, compare and write the schools, and leave the end of the import to be written; see `import_schools`."""
    batches = batches or batches_of_request.get()
    report = FileReport(dry_run=dry_run, created=batches.created, updated=batches.updated)
    academie = None if everywhere else (await services.get(actor.service_id)).academie
    comparison = Comparison(await schools.known(), await municipalities.names(), report, academie)
    async with chunks_of(source, LAYOUT) as (lines, chunks):
        written = _Written(comparison, batches, lines.total, actor, now)
        await progress(0, lines.total)
        async for chunk in chunks:
            await written.batch(comparison.take(chunk))
            await progress(report.read, lines.total)
    async for schools_waited in some_at_a_time(comparison.finish()):
        await written.batch(schools_waited)
    report.complete_departements, absent = await asyncio.to_thread(comparison.absences)
    report.absent = len(absent)
    async for uais in some_at_a_time(uai for uai in absent if not comparison.known[uai].is_absent):
        await written.absences(uais)
    async for renamed in some_at_a_time(comparison.renamed.items()):
        await written.names(renamed)
    report.settle()
    return noted_end("school.imported", report, actor, absent=report.absent)


@dataclass(frozen=True, slots=True)
class _Written:
    """The batches of one import; a dry run only counts. Each bears being done again."""

    comparison: Comparison
    batches: Batches
    total: int
    actor: Actor
    now: datetime

    async def batch(self, pending: Sequence[School]) -> None:
        """Write some schools, their municipalities first, and count those that were not yet so."""
        comparison, report = self.comparison, self.comparison.report
        found, comparison.changes = comparison.changes, []
        report.loans_concerned += await concerned_loans(found, actor=self.actor)
        if report.dry_run:
            created = sum(school.uai not in comparison.known for school in pending)
            updated = len(pending) - created
        elif pending or comparison.new_communes:
            async with self.batches.batch(report.read, self.total):
                await schools.wait_for_other_imports()
                await municipalities.insert_names(comparison.new_communes)
                created, updated = await schools.upsert(pending)
                await keep_changes(found, at=self.batches.at(self.now))
                await self.batches.keep(created, updated)
            comparison.new_communes.clear()
        else:
            return
        report.created += created
        report.updated += updated

    async def absences(self, uais: Sequence[str]) -> None:
        """Note schools that the annuaire no longer holds."""
        report, at = self.comparison.report, self.batches.at(self.now)
        gone = [FoundChange(school_id=self.comparison.known[uai].id, uai=uai, kind=ChangeKind.ABSENT) for uai in uais]
        report.loans_concerned += await concerned_loans(gone, actor=self.actor)
        if not report.dry_run:
            async with self.batches.batch(report.read, self.total):
                await schools.mark_absent(uais, self.actor.civil_date(at))
                await keep_changes(gone, at=at)

    async def names(self, renamed: Sequence[tuple[str, str]]) -> None:
        """Take the names that the annuaire now gives to communes, by INSEE code."""
        if not self.comparison.report.dry_run:
            async with self.batches.batch(self.comparison.report.read, self.total):
                for insee, name in renamed:
                    await municipalities.rename(insee, name)
