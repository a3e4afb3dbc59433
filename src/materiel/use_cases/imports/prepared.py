"""How a table is imported: read a few lines at a time, compared with what is known, written by batches.

A batch is a transaction of its own, short enough that nobody waits for it: each line of it goes in whole, with its
entry in the journal. An import that stops half way is finished by the same file given again: what was written is then
left as it is. What depends on the whole file is left to be written at the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from time import perf_counter
from typing import Any, Generic, TypeVar
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.imports.import_file import ReadingOptions, RecordKind, WrittenRecord
from materiel.errors import Conflict
from materiel.exchange.process import reading
from materiel.exchange.reading import Source
from materiel.exchange.report import ColumnUse, FileReport
from materiel.exchange.table import BadLine, ColumnSeen, Lines, TableLayout, column_name
from materiel.exchange.titles import holds_data
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.use_cases.process.turns import Pace, Stretch

T = TypeVar("T")
V = TypeVar("V")

LINES_AT_ONCE, FEWEST_AT_ONCE = 100, 50
"""Lines read, compared and written at once: some milliseconds of the event loop, and of the one who writes. Fewer where
that takes long, but for what each batch costs however small it is: two of fifty write half as many pages again as one
of a hundred, the ends of the same indexes.
"""

READ_AS_IT_IS = ReadingOptions()

SHORT = (
    "Cette ligne a moins de cases que celle des titres : celles qui manquent à la fin sont prises pour vides. Vérifiez "
    "qu'un séparateur n'y manque pas."
)

COMPARISONS = 5
"""How often one batch is compared anew, when others write the same records, before the import gives up."""

Progress = Callable[[int, int], Awaitable[None]]
"""Told how many lines are done, of how many, blank ones included."""


class Overtaken(Exception):
    """Somebody has written what some lines were compared with: they are compared anew."""


class Batches:
    """How batches are written: each in a transaction of its own.

    `created` and `updated` count the records that former attempts at the same import wrote.
    """

    created = 0
    updated = 0

    def batch(self, done: int, total: int) -> AbstractAsyncContextManager[None]:
        """The transaction of a batch after which so many lines will be done, of how many."""
        return write_transaction()

    async def keep(self, created: int, updated: int) -> None:
        """Remember, inside that transaction, how many records the batch wrote."""

    async def remember(self, written: Sequence[WrittenRecord]) -> None:
        """Remember, inside that transaction, what each of them was before."""

    async def made(self, kind: RecordKind, subjects: Sequence[UUID]) -> set[UUID]:
        """Those of these records that a former attempt at the same import made."""
        return set()

    def at(self, began: datetime) -> datetime:
        """The instant of a batch, given that of the beginning of the import."""
        return began

    def end(self) -> AbstractAsyncContextManager[None]:
        """The transaction of the end of the import."""
        return write_transaction()


batches_of_request: ContextVar[Batches] = ContextVar("batches_of_request", default=Batches())  # noqa: B039
"""How the request under way writes its batches: under its key, when it came with one."""


@dataclass(frozen=True, slots=True)
class PreparedImport:
    """An import whose batches are written. `write` runs inside one last transaction, with its instant."""

    report: FileReport
    write: Callable[[datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Compared:
    """Some lines compared: their own report, and what writes them, in a transaction and at its instant.

    `written`: the records that it makes or corrects, where those are told one by one. `write` raises `Overtaken` when
    what they were compared with has changed.
    """

    report: FileReport
    write: Callable[[datetime], Awaitable[None]]
    written: Sequence[WrittenRecord] = ()


async def untold(done: int, total: int) -> None:
    """A progress that nobody follows."""


class Chunks(Generic[T]):
    """The lines of a table, some at a time; others get their turn between two of them.

    Whoever writes some asks first for the next ones to be read: they are then read while the database works.
    """

    def __init__(self, lines: Lines[T]) -> None:
        """Of an open table."""
        self._lines = lines
        self.pace = Pace(FEWEST_AT_ONCE, LINES_AT_ONCE)
        self._following: asyncio.Future[list[T | BadLine]] | None = None

    def read_on(self) -> None:
        """Begin to read the next ones."""
        if self._following is None:
            self._following = asyncio.ensure_future(asyncio.to_thread(self._lines.take, self.pace.size))

    async def __aiter__(self) -> AsyncIterator[list[T | BadLine]]:
        """Each once."""
        while chunk := await self._next():
            stretch = Stretch()
            yield chunk
            await stretch.rest()

    async def _next(self) -> list[T | BadLine]:
        self.read_on()
        following, self._following = self._following, None
        assert following is not None
        return await following

    async def end(self) -> None:
        """Let the reading end: the file is not closed under it."""
        if self._following is not None:
            await asyncio.wait([self._following])


@asynccontextmanager
async def chunks_of(
    source: Source, layout: TableLayout[T], *, sheet: str = "", encoding: str = ""
) -> AsyncIterator[tuple[Lines[T], Chunks[T]]]:
    """The lines of a table, and the same some at a time.

    Raises:
        BadInput: the file cannot be read; see `exchange.process.reading`.
    """
    async with reading(source, layout, sheet=sheet, encoding=encoding) as lines:
        chunks = Chunks(lines)
        try:
            yield lines, chunks
        finally:
            await chunks.end()


async def some_at_a_time(values: Iterable[V]) -> AsyncIterator[list[V]]:
    """As many as lines are read at once, then as many; others get their turn in between."""
    iterator = iter(values)
    stretch = Stretch()
    while some := list(islice(iterator, LINES_AT_ONCE)):
        yield some
        await stretch.rest()
        stretch = Stretch()


async def import_lines(
    source: Source,
    layout: TableLayout[T],
    report: FileReport,
    compare: Callable[[Sequence[T | BadLine]], Awaitable[Compared]],
    *,
    batches: Batches | None,
    now: datetime,
    progress: Progress,
    options: ReadingOptions = READ_AS_IT_IS,
) -> None:
    """Read a table, compare its lines and, unless it is a dry run, write them batch after batch.

    A batch that others have overtaken is compared anew, alone.

    Raises:
        BadInput: the file cannot be read; see `exchange.process.reading`.
        Conflict: `import.overtaken`, again and again on one batch; those before it are written.
    """
    batches = batches or batches_of_request.get()
    report.created, report.updated = batches.created, batches.updated
    layout = replace(layout, columns=replace(layout.columns, chosen=options.chosen))
    async with chunks_of(source, layout, sheet=options.sheet, encoding=options.encoding) as (lines, chunks):
        report.ignored, report.words = list(lines.ignored), list(lines.encoding.words)
        if report.dry_run:
            report.tell_readings(lines.encoding.readings, lines.encoding.name)
        report.sheets, report.sheet = list(lines.sheets.names), lines.sheets.read
        _tell_absent(options, lines.columns, report)
        if layout.columns.read and holds_data([each.title for each in lines.columns]):
            warn_of_titles(report)
        await progress(0, lines.total)
        async for chunk in chunks:
            done = report.read + len(chunk)
            for attempt in range(1, COMPARISONS + 1):
                began = perf_counter()
                compared = await compare(chunk)
                took = perf_counter() - began
                chunks.read_on()
                try:
                    chunks.pace.took(max(took, await _write_batch(compared, batches, done, lines.total, now)))
                    break
                except Overtaken as overtaken:
                    if attempt == COMPARISONS:
                        raise _overtaken(report) from overtaken
            report.add(compared.report)
            await progress(report.read, lines.total)
        if lines.short_lines:
            report.warn(lines.first_short_line, "line.short", SHORT, lines.short_lines)
        report.columns = [_use(each, layout.columns.read, shown=report.dry_run) for each in lines.columns]
    report.settle()


def warn_of_titles(report: FileReport) -> None:
    """Say that what was taken for titles may be a line to import, without repeating it."""
    report.warn(
        1,
        "import.titles_look_like_data",
        "Ce qui est pris pour la ligne des titres ressemble à des données : cette ligne n'est pas importée. Si le "
        "tableau n'a pas de titres, ajoutez-en une ligne.",
    )


def _tell_absent(options: ReadingOptions, columns: Sequence[ColumnSeen], report: FileReport) -> None:
    """Say which of the titles that somebody spoke of are not in the file."""
    titles = {column_name(each.title) for each in columns}
    if absent := sorted(options.chosen.keys() - titles):
        named = " », « ".join(absent)[:200]
        report.warn(1, "import.title_absent", f"Aucune colonne n'a pour titre : « {named} ». Vérifiez ce titre.")


def _use(seen: ColumnSeen, read: Collection[str], *, shown: bool) -> ColumnUse:
    """A column as the report tells it; examples serve to choose columns, and are not kept once the file is imported."""
    examples = tuple(seen.examples) if shown else ()
    return ColumnUse(seen.title, seen.name if seen.name in read else "", seen.filled, examples, seen.is_guessed)


async def _write_batch(compared: Compared, batches: Batches, done: int, total: int, now: datetime) -> float:
    """Write what there is to write, and tell for how many seconds nobody else could."""
    part = compared.report
    if part.dry_run or not (part.created or part.updated):
        return 0.0
    return await _write(compared, batches, done, total, now)


@in_one_visit
async def _write(compared: Compared, batches: Batches, done: int, total: int, now: datetime) -> float:
    part, began = compared.report, perf_counter()
    async with batches.batch(done, total):
        await compared.write(batches.at(now))
        await batches.keep(part.created, part.updated)
        await batches.remember(compared.written)
    return perf_counter() - began


async def write_now(prepared: PreparedImport, *, now: datetime) -> FileReport:
    """Write the end of an import in a transaction of its own, unless it is a dry run."""
    if not prepared.report.dry_run:
        async with batches_of_request.get().end():
            await prepared.write(now)
    return prepared.report


async def import_now(
    prepare: Callable[..., Awaitable[PreparedImport]],
    source: Source,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    progress: Progress = untold,
    options: ReadingOptions = READ_AS_IT_IS,
) -> FileReport:
    """Import a table in the task that asks for it.

    Args:
        prepare: what reads, compares and writes its kind of table.
        source: a CSV, XLSX, ODS or XLS.
        dry_run: compare and report, write nothing.
        options: how the table is to be read.

    Raises:
        PermissionDenied: the actor may not write.
        BadInput: the file cannot be read.
        Conflict: `import.overtaken`; see `import_lines`.
    """
    actor.require(Permission.READ if dry_run else Permission.WRITE)
    prepared = await prepare(source, actor=actor, now=now, dry_run=dry_run, progress=progress, options=options)
    return await write_now(prepared, now=now)


def _overtaken(report: FileReport) -> Conflict:
    """Somebody changes, again and again, what lines of the file are compared with."""
    return Conflict(
        "import.overtaken",
        f"Quelqu'un modifie les mêmes fiches pendant l'import : il s'est arrêté après {report.read} ligne(s), "
        "qui sont enregistrées. Redonnez le même fichier : il reprend où il en était.",
    )


def noted_end(action: str, report: FileReport, actor: Actor, **more: Any) -> PreparedImport:
    """An import whose batches are written, and which ends by a line of the journal on the whole: figures only."""

    async def write(at: datetime) -> None:
        details = {
            "read": report.read,
            "created": report.created,
            "updated": report.updated,
            "unchanged": report.unchanged,
            **more,
            "rejected": len(report.rejected),
        }
        await journal.by(actor, at).note(action, actor.service_id, details, of="service")

    return PreparedImport(report, write)
