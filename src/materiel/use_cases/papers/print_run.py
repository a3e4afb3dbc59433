"""A print run: the issued bytes of documents, pile by pile, into one file that is written as it is made.

Neither the words of the documents nor all their bytes are ever held together: a run of thousands takes no more memory
than one of a hundred.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.documents.pdf.render import render_pdf
from materiel.documents.pdf.writing.metadata import Metadata
from materiel.documents.run.gathering import Gathering
from materiel.documents.run.separator import SeparatorSheet, compose_separator
from materiel.documents.typography import NBSP
from materiel.documents.variables import sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.papers.printing import PaperPile, PrintedPaper
from materiel.store.papers import printed
from materiel.use_cases.papers.reading_aid import companions

AT_ONCE = 20
"""Documents whose bytes are held together."""

LANGUAGE = "fr-FR"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintRun:
    """Papers of a service in piles, in their order; in the copies `announced` or in one, after `separators` or not.

    `day` is that of the separator sheets.
    """

    service: ManagingService
    piles: Sequence[PaperPile]
    announced: bool
    separators: bool
    day: date

    @property
    def papers(self) -> int:
        """How many documents it has."""
        return sum(len(pile.papers) for pile in self.piles)

    def copies(self, paper: PrintedPaper) -> int:
        """In how many copies a document comes out."""
        return paper.announced if self.announced else 1


@dataclass(frozen=True, slots=True)
class WrittenRun:
    """How many documents a run has written, on how many pages, blank ones included."""

    documents: int
    pages: int


Keep = Callable[[bytes, int], Awaitable[None]]
"""Takes the next bytes of the file, and how many documents are in it so far."""

Stops = Callable[[], Awaitable[bool]]


async def _goes_on() -> bool:
    return False


async def write_run(run: PrintRun, keep: Keep, stops: Stops = _goes_on) -> WrittenRun:
    """Write a run; told to stop, it ends with the documents that are written, and before a pile that has its sheet.

    Nothing is kept when there is nothing to print, or when it is stopped at once.

    Raises:
        UnknownFormError: a stored file is not of our own writer's form.
    """
    # One thread for the whole run: each thread keeps memory of its own.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return await _write(_OpenRun(run, thread), keep, stops)


async def _write(press: _OpenRun, keep: Keep, stops: Stops) -> WrittenRun:
    run = press.run
    for rank, pile in enumerate(run.piles, start=1):
        if run.separators and await stops():
            break
        if run.separators:
            await press.beside(press.add_sheet, pile, rank)
        for start in range(0, len(pile.papers), AT_ONCE):
            if not run.separators and await stops():
                return await press.end(keep)
            some = pile.papers[start : start + AT_ONCE]
            files = await printed.issued_files([paper.id for paper in some])
            contents = await printed.contents([paper.id for paper in some if paper.aids])
            await press.beside(press.add, some, files, contents)
            await keep(press.taken(), press.done)
    return await press.end(keep)


class _OpenRun:
    """The file under way, and the bytes of it that nobody has taken yet."""

    def __init__(self, run: PrintRun, thread: Executor) -> None:
        self.run = run
        self.done = 0
        self._thread = thread
        self._out = io.BytesIO()
        self._gathering = Gathering(self._out)
        self._latest = date.min

    async def beside(self, work: Callable[..., None], *given: object) -> None:
        """Have the thread of the run do something."""
        await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    def add_sheet(self, pile: PaperPile, rank: int) -> None:
        """Put the sheet that stands before a pile."""
        run = self.run
        sheet = SeparatorSheet(
            pile=pile,
            rank=rank,
            count=len(run.piles),
            copies=[run.copies(paper) for paper in pile.papers],
            sender=sender_of(run.service),
            day=run.day,
        )
        self._gathering.add(render_pdf(compose_separator(sheet)).data, title=pile.name)

    def add(self, papers: Sequence[PrintedPaper], files: dict[UUID, bytes], contents: dict[UUID, str]) -> None:
        """Put documents, those of them that are still there; what helps to read one stands after it, once."""
        for paper in papers:
            if paper.id in files:
                title = f"{paper.kind.label} n°{NBSP}{paper.number}"
                level = 1 if self.run.separators else 0
                self._gathering.add(files[paper.id], title=title, copies=self.run.copies(paper), level=level)
                aids = companions(contents[paper.id], paper.aids) if paper.id in contents else []
                for name, aid in aids:
                    self._gathering.add(aid, title=name, level=level)
                self._latest = max(self._latest, paper.issued_on)
                self.done += 1

    def taken(self) -> bytes:
        """The bytes written since the last time."""
        data = self._out.getvalue()
        self._out.seek(0)
        self._out.truncate()
        return data

    async def end(self, keep: Keep) -> WrittenRun:
        """Close the file, if it holds a document."""
        if not self.done:
            return WrittenRun(0, 0)
        title = f"{self.done} documents à imprimer" if self.done > 1 else "Document à imprimer"
        metadata = Metadata(title, self.run.service.name, "", self._latest, LANGUAGE)
        await self.beside(self._gathering.finish, metadata)
        await keep(self.taken(), self.done)
        return WrittenRun(self.done, self._gathering.pages)
