"""Import the « Annuaire de l'éducation »: seventy thousand lines, written by batches.

Each batch is a transaction of its own, short enough that nobody waits for it. An import that stops half way is taken
up by importing the same file again: what was written is then left as it is. What depends on the whole file, schools
that it no longer holds among others, is decided and written at the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime

from materiel.domain.reference_change import ChangeKind, FoundChange
from materiel.domain.roles import Actor, Permission
from materiel.domain.school import School
from materiel.exchange.annuaire import LAYOUT
from materiel.exchange.process import reading
from materiel.exchange.reading import Source
from materiel.exchange.report import ImportReport
from materiel.store import journal
from materiel.store import municipality as municipalities
from materiel.store import school as schools
from materiel.store import service as services
from materiel.store.engine import write_transaction
from materiel.use_cases.annuaire import Comparison
from materiel.use_cases.prepared import LINES_AT_ONCE, Prepared, Progress, import_note, untold, write_now
from materiel.use_cases.reference_change import concerned_loans, keep_changes


class Batches:
    """How batches are written: each in a transaction of its own.

    `created` and `updated` count the schools that former attempts at the same import wrote.
    """

    created = 0
    updated = 0

    def batch(self, done: int, total: int) -> AbstractAsyncContextManager[None]:
        """The transaction of a batch after which so many lines will be done, of how many."""
        return write_transaction()

    async def keep(self, created: int, updated: int) -> None:
        """Remember, inside that transaction, how many schools the batch wrote."""


async def import_schools(
    source: Source,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    progress: Progress = untold,
    everywhere: bool = False,
) -> ImportReport:
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
) -> Prepared:
    """Read, compare and write the schools, and leave the end of the import to be written; see `import_schools`."""
    batches = batches or Batches()
    report = ImportReport(dry_run=dry_run, created=batches.created, updated=batches.updated)
    academie = None if everywhere else (await services.get(actor.service_id)).academie
    comparison = Comparison(await schools.known(), await municipalities.names(), report, academie)
    async with reading(source, LAYOUT) as rows:
        await progress(0, rows.total)
        while chunk := await asyncio.to_thread(rows.take, LINES_AT_ONCE):
            await _write_batch(comparison, comparison.take(chunk), batches, rows.total, actor=actor, now=now)
            await progress(report.read, rows.total)
        waited = comparison.finish()
        for start in range(0, len(waited), LINES_AT_ONCE):
            chunk_of_waited = waited[start : start + LINES_AT_ONCE]
            await _write_batch(comparison, chunk_of_waited, batches, rows.total, actor=actor, now=now)
    absent = comparison.absent()
    report.absent = len(absent)
    report.complete_departements = comparison.complete_departements()
    gone = [_gone(comparison, uai) for uai in absent if not comparison.known[uai].is_absent]
    report.loans_concerned += await concerned_loans(gone, actor=actor)
    report.rejected.sort(key=lambda each: each.line)
    report.unchanged = report.read - report.created - report.updated - len(report.rejected) - report.outside

    async def write(at: datetime) -> None:
        await _finish(comparison, absent, actor=actor, at=at)
        await keep_changes(gone, at=at)

    return Prepared(report, write)


async def _write_batch(
    comparison: Comparison, pending: Sequence[School], batches: Batches, total: int, *, actor: Actor, now: datetime
) -> None:
    """Write some schools, their municipalities first, and count those that were not yet so; a dry run only counts."""
    report = comparison.report
    found, comparison.changes = comparison.changes, []
    report.loans_concerned += await concerned_loans(found, actor=actor)
    if report.dry_run:
        created = sum(school.uai not in comparison.known for school in pending)
        updated = len(pending) - created
    elif pending or comparison.new_communes:
        async with batches.batch(report.read, total):
            await schools.wait_for_other_imports()
            await municipalities.insert_names(comparison.new_communes)
            created, updated = await schools.upsert(pending)
            await keep_changes(found, at=now)
            await batches.keep(created, updated)
        comparison.new_communes.clear()
    else:
        return
    report.created += created
    report.updated += updated


def _gone(comparison: Comparison, uai: str) -> FoundChange:
    return FoundChange(school_id=comparison.known[uai].id, uai=uai, kind=ChangeKind.ABSENT)


async def _finish(comparison: Comparison, absent: Sequence[str], *, actor: Actor, at: datetime) -> None:
    for insee, name in comparison.renamed.items():
        await municipalities.rename(insee, name)
    today: date = actor.civil_date(at)
    await schools.mark_absent([uai for uai in absent if not comparison.known[uai].is_absent], today)
    note = import_note("school.imported", comparison.report, actor, absent=comparison.report.absent)
    await journal.append_many(actor.service_id, [note], at=at, actor=actor.id)
