"""An import prepared: the file read and compared, everything that is left to write in one go.

Reading and comparing take seconds and hold nothing; the transaction that writes is short, since others wait for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from materiel.domain.roles import Actor
from materiel.errors import Conflict
from materiel.exchange.process import reading
from materiel.exchange.reading import Source
from materiel.exchange.report import ImportReport
from materiel.exchange.table import BadLine, Layout
from materiel.store import journal
from materiel.store.engine import write_transaction

T = TypeVar("T")

LINES_AT_ONCE = 300
"""Lines read and compared at once, between two breaths of the event loop."""

Progress = Callable[[int, int], Awaitable[None]]
"""Told how many lines are done, of how many, blank ones included."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an import is going to do. `write` runs inside one transaction, with the instant of the import.

    What it found may have changed since: `write` then raises `Conflict`, and nothing is written.
    """

    report: ImportReport
    write: Callable[[datetime], Awaitable[None]]


async def untold(done: int, total: int) -> None:
    """A progress that nobody follows."""


async def read_through(
    source: Source,
    layout: Layout[T],
    report: ImportReport,
    take: Callable[[Sequence[T | BadLine]], Awaitable[None]],
    progress: Progress,
) -> None:
    """Read a table some lines at a time; `take` compares them with what is known and counts them in the report.

    Raises:
        BadInput: the file cannot be read; see `exchange.process.reading`.
    """
    async with reading(source, layout) as lines:
        report.ignored = list(lines.ignored)
        await progress(0, lines.total)
        while chunk := lines.take(LINES_AT_ONCE):
            await take(chunk)
            await progress(report.read, lines.total)


async def write_now(prepared: Prepared, *, now: datetime) -> ImportReport:
    """Write an import in a transaction of its own, unless it is a dry run.

    Raises:
        Conflict: `import.overtaken`.
    """
    if not prepared.report.dry_run:
        async with write_transaction():
            await prepared.write(now)
    return prepared.report


def overtaken() -> Conflict:
    """Somebody changed what the file was compared with, before it was written."""
    return Conflict(
        "import.overtaken",
        "Quelqu'un a modifié les mêmes fiches pendant l'import : rien n'a été enregistré. Recommencez.",
    )


def import_note(action: str, report: ImportReport, actor: Actor, **more: Any) -> journal.Note:
    """The journal's line on a whole import: figures only."""
    details = {
        "read": report.read,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        **more,
        "rejected": len(report.rejected),
    }
    return journal.Note(action=action, subject_kind="service", subject_id=actor.service_id, details=details)
