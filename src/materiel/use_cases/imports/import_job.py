"""The jobs that examine and import a file.

Batches hold only while their job does, and count what they wrote beside the file: the report of an import that was
interrupted tells of the whole of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.imports.import_file import UNDO_KEPT, ImportFile, ImportKind, RecordKind, WrittenRecord
from materiel.errors import BadInput, Conflict
from materiel.exchange.process import opened
from materiel.exchange.reading import Source
from materiel.exchange.report import MOST_CHANGES, FileReport
from materiel.exchange.table import column_name
from materiel.store.accounts import service as services
from materiel.store.imports import import_change as import_changes
from materiel.store.imports import import_file as import_files
from materiel.store.item import item as items
from materiel.use_cases.imports.examination import columns_read, examination, prepared_of
from materiel.use_cases.imports.import_file import Asked, content_of, encoded, figures, titles_digest
from materiel.use_cases.imports.prepared import Batches
from materiel.use_cases.imports.told import corrected_cells
from materiel.use_cases.work.job import JobOutcome, JobRun, TryAgain


class JobBatches(Batches):
    """Batches that hold only while their job does, and remember what they wrote."""

    def __init__(self, run: JobRun, file: ImportFile) -> None:
        """Of a run of the job that imports a file."""
        self._run = run
        self._file = file
        self.created, self.updated = file.created, file.updated

    def batch(self, done: int, total: int) -> AbstractAsyncContextManager[None]:
        """A step of the job."""
        return self._run.step(done, total)

    async def keep(self, created: int, updated: int) -> None:
        """Count them beside the file."""
        await import_files.add_written(self._file.id, created, updated)

    async def remember(self, written: Sequence[WrittenRecord]) -> None:
        """Keep them, so that the import may be undone."""
        await import_changes.add(self._file.id, written)

    async def made(self, kind: RecordKind, subjects: Sequence[UUID]) -> set[UUID]:
        """Those that this import made, in an attempt that was interrupted or in this one."""
        return await import_changes.made_by(self._file.id, kind, subjects)

    def at(self, began: datetime) -> datetime:
        """The current instant: other entries of the journal were made since the job was."""
        return self._run.now()


async def examine(run: JobRun) -> JobOutcome:
    """Handler of the job: compare the file with what is known, and prepare its report.

    Raises:
        BadInput: the file cannot be read.
        NotFound: `import.expired`.
    """
    return await _run(run, dry_run=True)


async def import_(run: JobRun) -> JobOutcome:
    """Handler of the job: compare the file anew, write it, and prepare its report.

    Raises:
        BadInput: the file cannot be read.
        NotFound: `import.expired`.
        TryAgain: `import.overtaken`.
    """
    return await _run(run, dry_run=False)


async def _run(run: JobRun, *, dry_run: bool) -> JobOutcome:
    job = run.job
    asked = msgspec.json.decode(job.payload, type=Asked)
    file = await import_files.get(asked.file, job.service_id, now=job.created_at)
    is_chosen_from = file.kind is ImportKind.MUNICIPALITIES
    more = {"chosen": asked.chosen, "base_url": asked.base_url} if is_chosen_from else {}
    actor = Actor(job.created_by, Role.MANAGER, job.service_id, await services.zone(job.service_id))
    content = await content_of(file)
    if file.report is None:
        # What was shown to somebody is imported as it was shown.
        file = await _with_kept_columns(file, content)
    if dry_run:
        report = await examination(file, content, actor=actor, now=job.created_at, progress=run.advance)

        async def keep(at: datetime) -> None:
            await import_files.keep_report(file, encoded(report))

        return JobOutcome(figures(file, report), keep)
    try:
        prepared = await prepared_of(
            file,
            content,
            actor=actor,
            now=job.created_at,
            dry_run=False,
            progress=run.advance,
            batches=JobBatches(run, file),
            **more,
        )
    except Conflict as conflict:
        raise TryAgain(conflict) from conflict
    if file.kind in (ImportKind.INVENTORY, ImportKind.LOANS):
        # What an attempt that was interrupted made is made too.
        prepared.report.made = await import_changes.made_by_kind(file.id)
    if not dry_run and file.updated:
        await _tell_all_corrections(prepared.report, file)

    async def write(at: datetime) -> None:
        await prepared.write(at)
        await import_files.keep_longer(file.id, at + UNDO_KEPT)
        await import_files.keep_report(file, encoded(prepared.report))

    return JobOutcome(figures(file, prepared.report), write)


async def _with_kept_columns(file: ImportFile, content: Source) -> ImportFile:
    """A file with what was kept for its titles, unless its columns are said already."""
    options = file.options
    if options.chosen or not await import_files.has_mapping(file.service_id, file.kind):
        return file
    titles: Any
    try:
        columns = columns_read(file.kind, options)
        async with opened(content, columns, sheet=options.sheet, encoding=options.encoding) as table:
            titles = table.header
    except BadInput as refusal:
        titles = refusal.facts.get("titles", ())
    digest = titles_digest(map(column_name, titles))
    kept = await import_files.mapping(file.service_id, file.kind, digest)
    return replace(file, options=replace(options, chosen=kept)) if kept else file


async def _tell_all_corrections(report: FileReport, file: ImportFile) -> None:
    """What interrupted attempts corrected is no change for the one that ends: it is told from what is kept."""
    lines = {each.line for each in report.changes}
    former = [
        each
        for each in await import_changes.corrections(file.id, limit=MOST_CHANGES)
        if each.kind is RecordKind.ITEM and each.line not in lines
    ]
    known = {each.id: each for each in await items.get_many([each.subject for each in former], file.service_id)}
    for each in former:
        if each.before is not None and known[each.subject].version == each.version:
            report.correct(corrected_cells(each.line, import_changes.item_of(each.before), known[each.subject]))
    report.changes.sort(key=lambda each: each.line)
