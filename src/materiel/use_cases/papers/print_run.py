"""A print run: the issued bytes of documents, pile by pile, into one file that is written as it is made.

Neither the words of the documents nor all their bytes are ever held together: a run of thousands takes no more memory
than one of a hundred.
"""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from materiel.documents.aids.aid import Aid
from materiel.documents.content import Content
from materiel.documents.facts import Facts
from materiel.documents.kinds.cover_letter import CoverLetterFacts, compose_cover_letter
from materiel.documents.pdf.render import RenderedPdf, render_pdf
from materiel.documents.pdf.writing.metadata import Metadata
from materiel.documents.run.gathering import Gathering
from materiel.documents.run.separator import SeparatorSheet, compose_separator
from materiel.documents.run.unposted import Unposted, compose_unposted
from materiel.documents.typography import NBSP
from materiel.documents.variables import sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.papers.letterhead import Letterhead
from materiel.domain.papers.printing import PaperPile, PrintedPaper
from materiel.domain.papers.reading_aid import ReadingAid
from materiel.store.papers import letterhead as letterheads
from materiel.store.papers import printed
from materiel.use_cases.papers.reading_aid import companions

AT_ONCE = 20
"""Documents whose bytes are held together."""

LANGUAGE = "fr-FR"

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedLetter:
    """A letter of a run, composed when its turn comes; `loans` are those that it speaks of."""

    facts: Facts
    letter: CoverLetterFacts
    loans: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintRun:
    """Papers of a service in piles, in their order; in the copies `announced` or in one, after `separators` or not.

    `day` is that of the sheets and of the letters. `letters`: by the rank of a pile, then by that of a paper in it,
    what is laid before that paper. `unposted` are those who have no letter.
    """

    service: ManagingService
    letterhead: Letterhead | None
    piles: Sequence[PaperPile]
    announced: bool
    separators: bool
    day: date
    letters: Sequence[Mapping[int, PostedLetter]] = ()
    unposted: Sequence[Unposted] = ()

    @property
    def papers(self) -> int:
        """How many documents it has; one that goes to two addressees is two."""
        return sum(len(pile.papers) for pile in self.piles)

    def copies(self, paper: PrintedPaper) -> int:
        """In how many copies a document comes out."""
        return paper.announced if self.announced else 1


@dataclass(frozen=True, slots=True)
class WrittenRun:
    """How many documents a run has written, on how many pages, blank ones included; letters about each loan."""

    documents: int
    pages: int
    letters: Mapping[UUID, int]


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


async def write_whole(run: PrintRun) -> tuple[bytes, WrittenRun]:
    """Write a run of a few documents, and give the whole file.

    Raises:
        UnknownFormError: a stored file is not of our own writer's form.
    """
    pieces: list[bytes] = []

    async def keep(data: bytes, _: int) -> None:
        pieces.append(data)

    written = await write_run(run, keep)
    return b"".join(pieces), written


async def _write(press: _OpenRun, keep: Keep, stops: Stops) -> WrittenRun:
    run = press.run
    if run.unposted:
        await press.beside(press.add_unposted)
    for rank, pile in enumerate(run.piles):
        if run.separators and await stops():
            break
        if run.separators:
            await press.beside(press.add_sheet, rank, await press.aids_of(pile))
        for start in range(0, len(pile.papers), AT_ONCE):
            if not run.separators and await stops():
                return await press.end(keep)
            some = pile.papers[start : start + AT_ONCE]
            files = await printed.issued_files([paper.id for paper in some])
            helped = await press.helped(some)
            letters = {at - start: each for at, each in press.letters_of(rank).items() if start <= at < start + AT_ONCE}
            await press.beside(press.add, some, files, helped, letters)
            await keep(press.taken(), press.done)
    return await press.end(keep)


@dataclass(frozen=True, slots=True)
class _Helped:
    """What a document says, to draw its aids, and the bloc-marque that it bears."""

    content: str
    letterhead: Letterhead | None


class _OpenRun:
    """The file under way, and the bytes of it that nobody has taken yet."""

    def __init__(self, run: PrintRun, thread: Executor) -> None:
        self.run = run
        self.done = 0
        self._thread = thread
        self._out = io.BytesIO()
        self._gathering = Gathering(self._out)
        self._latest = date.min
        self._letters: Counter[UUID] = Counter()
        self._heads: dict[str, Letterhead | None] = {}

    async def beside(self, work: Callable[..., Done], *given: object) -> Done:
        """Have the thread of the run do something."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    async def helped(self, papers: Sequence[PrintedPaper]) -> dict[UUID, _Helped]:
        """What those of the papers say that aids are asked for."""
        found = await printed.contents([paper.id for paper in papers if paper.aids])
        for _, sha256 in found.values():
            if sha256 is not None and sha256 not in self._heads:
                self._heads[sha256] = await letterheads.find(sha256)
        return {key: _Helped(said, self._heads[head] if head else None) for key, (said, head) in found.items()}

    async def aids_of(self, pile: PaperPile) -> dict[UUID, list[tuple[ReadingAid, int]]]:
        """The aids of a pile and their pages, by the paper: drawn for that alone, for a pile may hold thousands."""
        found: dict[UUID, list[tuple[ReadingAid, int]]] = {}
        wanted = [paper for paper in pile.papers if paper.aids]
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            found |= await self.beside(_pages_of_aids, some, await self.helped(some))
        return found

    def letters_of(self, rank: int) -> Mapping[int, PostedLetter]:
        """The letters of a pile, by the rank of the paper that each stands before."""
        return self.run.letters[rank] if self.run.letters else {}

    def add_unposted(self) -> None:
        """Put the sheet that says who has no letter."""
        run = self.run
        content = compose_unposted(run.unposted, sender=sender_of(run.service), day=run.day)
        self._put(content, content.title)

    def add_sheet(self, rank: int, aids: Mapping[UUID, Sequence[tuple[ReadingAid, int]]]) -> None:
        """Put the sheet that stands before a pile."""
        run = self.run
        pile = run.piles[rank]
        sheet = SeparatorSheet(
            pile=pile,
            rank=rank + 1,
            count=len(run.piles),
            copies=[run.copies(paper) for paper in pile.papers],
            aids=aids,
            sender=sender_of(run.service),
            day=run.day,
        )
        self._put(compose_separator(sheet), pile.name)

    def add(
        self,
        papers: Sequence[PrintedPaper],
        files: Mapping[UUID, bytes],
        helped: Mapping[UUID, _Helped],
        letters: Mapping[int, PostedLetter],
    ) -> None:
        """Put documents, those of them that are still there; what helps to read one stands after it, once."""
        level = 1 if self.run.separators else 0
        for rank, paper in enumerate(papers):
            if rank in letters:
                self._add_letter(letters[rank], level)
            if paper.id not in files:
                continue
            title = f"{paper.kind.label} n°{NBSP}{paper.number}"
            self._gathering.add(files[paper.id], title=title, copies=self.run.copies(paper), level=level)
            for aid, drawn in _aids(paper, helped):
                name = f"{aid.kind.label}{NBSP}: n°{NBSP}{aid.content.number}"
                self._gathering.add(drawn.data, title=name, level=level)
            self._latest = max(self._latest, paper.issued_on)
            self.done += 1

    def _add_letter(self, posted: PostedLetter, level: int) -> None:
        content = compose_cover_letter(posted.facts, posted.letter)
        self._put(content, f"{content.title}{NBSP}: {posted.letter.recipient[0]}", level)
        self._letters.update(posted.loans)

    def _put(self, content: Content, title: str, level: int = 0) -> None:
        self._gathering.add(render_pdf(content, self.run.letterhead).data, title=title, level=level)

    def taken(self) -> bytes:
        """The bytes written since the last time."""
        data = self._out.getvalue()
        self._out.seek(0)
        self._out.truncate()
        return data

    async def end(self, keep: Keep) -> WrittenRun:
        """Close the file, if it holds a document."""
        if not self.done:
            return WrittenRun(0, 0, {})
        title = f"{self.done} documents à imprimer" if self.done > 1 else "Document à imprimer"
        metadata = Metadata(title, self.run.service.name, "", self._latest, LANGUAGE)
        await self.beside(self._gathering.finish, metadata)
        await keep(self.taken(), self.done)
        return WrittenRun(self.done, self._gathering.pages, self._letters)


def _aids(paper: PrintedPaper, helped: Mapping[UUID, _Helped]) -> Iterator[tuple[Aid, RenderedPdf]]:
    """The aids that are printed after a paper, under the bloc-marque that it bears."""
    said = helped.get(paper.id) if paper.aids else None
    if said is not None:
        for aid in companions(said.content, paper.aids):
            yield aid, render_pdf(aid, said.letterhead)


def _pages_of_aids(
    papers: Sequence[PrintedPaper], helped: Mapping[UUID, _Helped]
) -> dict[UUID, list[tuple[ReadingAid, int]]]:
    return {paper.id: [(aid.kind, drawn.pages) for aid, drawn in _aids(paper, helped)] for paper in papers}
