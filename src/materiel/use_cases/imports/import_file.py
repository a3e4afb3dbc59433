"""A file to import: examined, confirmed, imported by a job, its refused lines given back; kept a day, by its service.

It waits in the database, where the next request and the worker find it whatever machine they run on.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, BinaryIO, cast
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import PERMISSIONS, Actor, Permission
from materiel.domain.imports.import_file import KEPT, LARGEST_FILE, ImportFile, ImportKind, ImportState, ReadingOptions
from materiel.domain.work.job import Job, JobState
from materiel.errors import BadInput, Conflict, NotFound
from materiel.exchange import inventory, item, need, pupil
from materiel.exchange.places import directory
from materiel.exchange.process import WORKBOOK_STARTS
from materiel.exchange.reading import Source, open_table
from materiel.exchange.report import FileReport, ReportedMove
from materiel.exchange.table import column_name
from materiel.exchange.tabular import TableFormat, nothing, written
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.imports import import_file as import_files
from materiel.store.work import job as jobs
from materiel.use_cases.imports.examination import columns_read, examination, may_keep_titles, of_unknown_titles
from materiel.use_cases.imports.prepared import READ_AS_IT_IS
from materiel.use_cases.imports.reading_options import check_options

EXAMINE = "import_examination"
IMPORT = "import"
UNDO = "import_undo"
"""The kinds of the jobs; each is given the identifier of the file."""

RECENT = 20
"""Imports that are listed."""

AT_ONCE = 300_000
WORKBOOK_AT_ONCE = 200_000
"""Bytes of a file that the request examines by itself: some three thousand items, under half a second."""

ARCHIVE = b"\x1f\x8b"

MODELS: dict[ImportKind, Sequence[str]] = {
    ImportKind.ITEMS: item.MODEL,
    ImportKind.PUPILS: pupil.MODEL,
    ImportKind.INVENTORY: inventory.MODEL,
    ImportKind.LOANS: inventory.LOANS_MODEL,
    ImportKind.NEEDS: need.MODEL,
}


class Asked(msgspec.Struct, frozen=True):
    """What a job is given; `chosen` and `base_url` are those of `prepare_municipalities`."""

    file: UUID
    chosen: tuple[str, ...] = ()
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class Import:
    """Where an import is: the report of its examination, or of the import once `job` is done; then its undoing."""

    file: ImportFile
    report: FileReport | None
    examination: Job | None
    job: Job | None
    undoing: Job | None = None

    @property
    def moves(self) -> Sequence[ReportedMove]:
        """The known pupils whom the file says to be in another school; none once it is undone."""
        return self.report.moves if self.report is not None and self.state is not ImportState.UNDONE else ()

    @property
    def state(self) -> ImportState:
        """That of its latest step."""
        if self.undoing is not None and self.undoing.state is not JobState.FAILED:
            return ImportState.UNDONE if self.undoing.is_over else ImportState.UNDOING
        if self.job is not None and not self.job.is_over:
            return ImportState.IMPORTING
        if self.job is not None and self.job.state is JobState.FAILED:
            return ImportState.FAILED
        if self.report is None:
            has_failed = self.examination is not None and self.examination.state is JobState.FAILED
            return ImportState.FAILED if has_failed else ImportState.EXAMINING
        return ImportState.EXAMINED if self.report.dry_run else ImportState.IMPORTED


def model_headings(kind: ImportKind) -> Sequence[str]:
    """The headings of a table to be filled; none for the annuaire, which nobody writes."""
    return MODELS.get(kind, ())


def model_of(kind: ImportKind) -> AsyncIterator[bytes]:
    """A workbook with the headings alone, its columns in text format so that no number loses a digit.

    Raises:
        NotFound: `import.no_model`.
    """
    if kind not in MODELS:
        raise NotFound("import.no_model", "Un annuaire se télécharge tel quel : il n'a pas de modèle.")
    return written(TableFormat.XLSX, MODELS[kind], nothing())


async def examine_file(
    kind: ImportKind,
    name: str,
    data: bytes,
    *,
    actor: Actor,
    now: datetime,
    by_job: bool = False,
    confirmed: bool = False,
    options: ReadingOptions = READ_AS_IT_IS,
) -> ImportFile:
    """Keep a file and compare it with what is known, at once when it is small, else by a job; nothing else is written.

    Args:
        name: the one of the file on the sender's machine.
        by_job: however small it is.
        confirmed: have it imported by a job, unseen.
        options: how it is to be read.

    Raises:
        PermissionDenied: the actor may not write.
        BadInput: the file cannot be read, or is too large (`import.too_large`); see `check_options`.
        NotFound: `school.not_found`.
    """
    actor.require(Permission.WRITE)
    await check_options(kind, options, actor.service_id)
    if len(data) > LARGEST_FILE:
        raise BadInput("import.too_large", f"Ce fichier dépasse {LARGEST_FILE // 10**6} Mo : importez-le en parties.")
    file = ImportFile(
        id=new_id(),
        service_id=actor.service_id,
        kind=kind,
        name=name[-200:],
        sha256=hashlib.sha256(data).hexdigest(),
        report=None,
        examination=None,
        job=None,
        created=0,
        updated=0,
        expires_at=now + KEPT,
        options=options,
    )
    if not (by_job or confirmed) and _is_small(data):
        file = await _examined(file, data, actor=actor, now=now)
    elif not (
        data.startswith(WORKBOOK_STARTS) or (kind is ImportKind.MUNICIPALITIES and directory.check_beginning(data))
    ):
        # What is no table at all is told in the form, before anybody waits; unknown titles, on the next page.
        try:
            with open_table(data, columns_read(kind, options), encoding=options.encoding):
                pass
        except BadInput as refusal:
            report = of_unknown_titles(kind, refusal, options)
            kept = await _kept_columns(file, report)
            file = (
                replace(file, options=replace(options, chosen=kept)) if kept else replace(file, report=encoded(report))
            )
    kept_data = await asyncio.to_thread(_packed, kind, data)
    async with write_transaction():
        if confirmed:
            asked = Asked(file=file.id)
            job_id = await import_files.under_way(file) or (await _enqueue(IMPORT, asked, actor=actor, now=now)).id
            file = replace(file, job=job_id)
        elif file.report is None or by_job:
            file = replace(file, examination=(await _enqueue(EXAMINE, Asked(file=file.id), actor=actor, now=now)).id)
        await import_files.add(file, kept_data)
    return file


async def examine_sheet(file_id: UUID, sheet: str, *, actor: Actor, now: datetime) -> ImportFile:
    """Examine another worksheet of a workbook that was sent, as a file of its own.

    Raises:
        NotFound: `import.expired`; `import.no_such_sheet`.
        BadInput: the worksheet cannot be read.
    """
    actor.require(Permission.WRITE)
    file = await import_files.get(file_id, actor.service_id, now=now)
    if file.expires_at <= now:
        raise import_files.expired()
    if file.report is None or sheet not in decoded(file.report).sheets:
        raise NotFound("import.no_such_sheet", f"Ce classeur n'a pas de feuille « {sheet[:40]} ».")
    # The columns of another worksheet are others.
    options = replace(file.options, sheet=sheet, chosen={})
    data = await import_files.content(file.id)
    return await examine_file(file.kind, file.name, data, actor=actor, now=now, options=options)


async def read_again(
    file_id: UUID, options: ReadingOptions, *, keep: bool, actor: Actor, now: datetime, by_job: bool = False
) -> ImportFile:
    """Examine a file anew, its columns being what somebody says; `keep` them for the next file of the same titles.

    Titles that look like data are not kept; see `may_keep_titles`.

    Args:
        by_job: however small it is.

    Raises:
        NotFound: `import.expired`, `school.not_found`.
        BadInput: `import.unknown_field`; the file cannot be read.
        Conflict: `import.under_way`, it is being imported, or is.
    """
    actor.require(Permission.WRITE)
    file = await import_files.get(file_id, actor.service_id, now=now)
    if file.job is not None:
        raise Conflict("import.under_way", "Ce fichier est déjà importé, ou en cours d'import. Envoyez-le de nouveau.")
    if file.kind is ImportKind.MUNICIPALITIES:
        # Nothing is said of its columns.
        return file
    await check_options(file.kind, options, actor.service_id)
    data = await import_files.content(file.id)
    keep = keep and file.report is not None and may_keep_titles(file.kind, decoded(file.report))
    file = replace(file, options=options, report=None, examination=None, expires_at=now + KEPT)
    if _is_small(data) and not by_job:
        file = await _examined(file, data, actor=actor, now=now)
    async with write_transaction():
        if file.report is None:
            file = replace(file, examination=(await _enqueue(EXAMINE, Asked(file=file.id), actor=actor, now=now)).id)
        await import_files.read_again(file)
        if keep:
            titles = titles_digest(options.chosen)
            await import_files.keep_mapping(actor.service_id, file.kind, titles, options.chosen, at=now)
    return file


def _is_small(data: bytes) -> bool:
    """Whether the request examines a file by itself."""
    return len(data) <= (WORKBOOK_AT_ONCE if data.startswith(WORKBOOK_STARTS) else AT_ONCE)


async def _examined(file: ImportFile, data: bytes, *, actor: Actor, now: datetime) -> ImportFile:
    """A file with the report of its examination; its columns are those kept for its titles, unless they are said."""
    report = await examination(file, data, actor=actor, now=now)
    if kept := await _kept_columns(file, report):
        file = replace(file, options=replace(file.options, chosen=kept))
        report = await examination(file, data, actor=actor, now=now)
    return replace(file, report=encoded(report))


async def _kept_columns(file: ImportFile, report: FileReport) -> dict[str, str]:
    """What was kept for the titles of a file; empty when its columns are said already."""
    if file.options.chosen or not report.columns:
        return {}
    titles = titles_digest(column_name(each.title) for each in report.columns)
    return await import_files.mapping(file.service_id, file.kind, titles)


def titles_digest(titles: Iterable[str]) -> str:
    """What names the titles of a file, normalised, in any order."""
    return hashlib.sha256("\n".join(sorted(set(filter(None, titles)))).encode()).hexdigest()


@in_one_visit
async def confirm_import(
    file_id: UUID, *, actor: Actor, now: datetime, chosen: Collection[str] = (), base_url: str = ""
) -> UUID:
    """Have a file imported by a job, and give its identifier; confirming twice gives the same one.

    So does another file of the same content while the first is being imported, unless differences were chosen.

    Args:
        chosen: the tokens of the contacts of communes that the file may change; see `prepare_municipalities`.
        base_url: the public address, for the messages that the import sends.

    Raises:
        NotFound: `import.expired`.
        Conflict: `import.not_examined`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        file = await import_files.get(file_id, actor.service_id, now=now, lock=True)
        if file.job is not None and (await jobs.get(file.job, actor.service_id)).state is not JobState.FAILED:
            return file.job
        if file.report is None or decoded(file.report).missing:
            raise Conflict("import.not_examined", "Ce fichier n'a pas encore été examiné. Attendez son examen.")
        shared = None if chosen else await import_files.under_way(file)
        asked = Asked(file=file.id, chosen=tuple(chosen), base_url=base_url)
        job_id = shared or (await _enqueue(IMPORT, asked, actor=actor, now=now)).id
        await import_files.set_job(file.id, job_id, expires_at=now + KEPT)
    return job_id


async def get_import(file_id: UUID, *, actor: Actor, now: datetime) -> Import:
    """Where the import of a file is.

    Raises:
        NotFound: `import.expired`.
    """
    actor.require(Permission.WRITE)
    file = await import_files.get(file_id, actor.service_id, now=now)
    return Import(
        file=file,
        report=decoded(file.report) if file.report else None,
        examination=await jobs.get(file.examination, actor.service_id) if file.examination else None,
        job=await jobs.get(file.job, actor.service_id) if file.job else None,
        undoing=await jobs.get(file.undo_job, actor.service_id) if file.undo_job else None,
    )


async def list_imports(*, actor: Actor, now: datetime) -> list[ImportFile]:
    """The latest imports of the actor's service whose report is kept."""
    actor.require(Permission.WRITE)
    return await import_files.recent(actor.service_id, now=now, limit=RECENT)


async def reported_by(job: Job, *, actor: Actor, now: datetime) -> UUID | None:
    """The file whose report the actor may read, of a job that examined or imported it to the end; None otherwise."""
    if job.kind not in (EXAMINE, IMPORT, UNDO) or job.state is not JobState.DONE:
        return None
    if Permission.WRITE not in PERMISSIONS[actor.role]:
        return None
    file_id = msgspec.json.decode(job.payload, type=Asked).file
    try:
        await import_files.get(file_id, job.service_id, now=now)
    except NotFound:
        return None
    return file_id


@in_one_visit
async def forget_import(file_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Delete a file, imported or not, before its time.

    Raises:
        NotFound: `import.expired`.
        Conflict: `import.under_way`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        file = await import_files.get(file_id, actor.service_id, now=now, lock=True)
        for job_id in (file.job, file.undo_job):
            if job_id is not None and not (await jobs.get(job_id, actor.service_id)).is_over:
                raise Conflict("import.under_way", "Ce fichier est en cours d'import. Attendez la fin de l'import.")
        await import_files.forget(file.id)


async def content_of(file: ImportFile) -> Source:
    """The file as it was sent, to be read from its beginning."""
    content = await import_files.content(file.id)
    # Nobody else's archive is kept: it is refused when it is examined.
    return cast(BinaryIO, gzip.GzipFile(fileobj=io.BytesIO(content))) if content.startswith(ARCHIVE) else content


def _packed(kind: ImportKind, data: bytes) -> bytes:
    """What is kept of a file: a directory says the same words sixty thousand times, and is kept in a tenth of it."""
    return gzip.compress(data, 1) if kind is ImportKind.MUNICIPALITIES and len(data) > AT_ONCE else data


def encoded(report: FileReport) -> str:
    """A report as it is kept."""
    return msgspec.json.encode(report).decode()


def decoded(report: str) -> FileReport:
    """The report that was kept."""
    return msgspec.json.decode(report, type=FileReport)


def figures(file: ImportFile, report: FileReport) -> dict[str, Any]:
    """What a job says of a report, without a word of what the file holds."""
    return {
        "file": str(file.id),
        "import": file.kind.value,
        "dry_run": report.dry_run,
        "read": report.read,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "absent": report.absent,
        "rejected": len(report.rejected),
    }


async def _enqueue(kind: str, asked: Asked, *, actor: Actor, now: datetime) -> Job:
    payload = msgspec.json.encode(asked).decode()
    return await jobs.enqueue(actor.service_id, kind, payload, created_by=actor.id, created_at=now)
