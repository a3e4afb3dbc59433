"""Many documents as one file to print: at once when they are few, else made by a job that keeps the file for a day.

Lists, campaigns, schools and the signatures awaited all print by this, for a hand or for the post. What the letters of
the post were is in the history of each loan that they speak of.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor, Permission, Role
from materiel.domain.papers.cover_letter import CoverLetterKind
from materiel.domain.papers.printing import PaperPile
from materiel.domain.work.job import PRINT, Job
from materiel.domain.work.lot import MANY
from materiel.errors import NotFound
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.papers import letterhead as letterheads
from materiel.store.work import job as jobs
from materiel.store.work import output as outputs
from materiel.use_cases.desk.posting import check_posting, with_letters
from materiel.use_cases.papers.print_run import PrintRun, WrittenRun, write_run, write_whole
from materiel.use_cases.papers.printing import PrintDocuments, find_papers, plan_run
from materiel.use_cases.work.drawing import KEPT
from materiel.use_cases.work.job import JobOutcome, JobRun, get_job

PIECE = 250_000
"""Bytes of a file that are written together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedFile:
    """A file that a job has made: its name, and its bytes piece by piece."""

    name: str
    pieces: AsyncIterator[bytes]


class _Pile(msgspec.Struct, frozen=True):
    """The next `count` documents of a run."""

    name: str
    town: str
    count: int


class _Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    documents: list[UUID]
    announced: bool
    piles: list[_Pile] = []
    separators: bool = False
    day: date = date.min
    letters_by: date | None = None


async def print_documents_together(command: PrintDocuments, *, actor: Actor, now: datetime) -> bytes | Job:
    """One PDF of documents of the service, at once; or the job that makes it, beyond a few dozens.

    Raises:
        PermissionDenied: letters are asked by somebody who only reads.
        NotFound: `document.not_found`, with the pointer of the first one.
        BadInput: `pile.empty`; `print.too_many`.
        RuleBroken: `letter.invalid`, the day asked for an answer is past; `service.incomplete`, for letters.
    """
    run = await _planned(command, actor, now)
    if run.papers <= MANY:
        return await _written(run, command, actor, now)
    asked = _Asked(
        documents=[paper.id for pile in run.piles for paper in pile.papers],
        announced=run.announced,
        piles=[_Pile(pile.name, pile.town, len(pile.papers)) for pile in run.piles],
        separators=run.separators,
        day=run.day,
        letters_by=command.letters_by,
    )
    return await _enqueue(msgspec.json.encode(asked).decode(), run.papers, actor, now)


async def draw_together(command: PrintDocuments, *, actor: Actor, now: datetime) -> bytes:
    """One PDF of documents of the service, whatever their number: whoever asks waits for it.

    Raises:
        PermissionDenied: letters are asked by somebody who only reads.
        NotFound: `document.not_found`, with the pointer of the first one.
        BadInput: `pile.empty`; `print.too_many`.
        RuleBroken: `letter.invalid`, the day asked for an answer is past; `service.incomplete`, for letters.
    """
    return await _written(await _planned(command, actor, now), command, actor, now)


async def _planned(command: PrintDocuments, actor: Actor, now: datetime) -> PrintRun:
    run = await plan_run(command, actor=actor, today=actor.civil_date(now))
    if command.letters_by is not None:
        check_posting(run, command.letters_by, actor)
    return run


async def _written(run: PrintRun, command: PrintDocuments, actor: Actor, now: datetime) -> bytes:
    """The whole file; the letters in it are noted."""
    if command.letters_by is not None:
        run = await with_letters(run, command.letters_by, actor=actor)
    whole, written = await write_whole(run)
    if written.letters:
        await _note_printed(written.letters, actor, now)
    return whole


@in_one_visit
async def _note_printed(letters: Mapping[UUID, int], actor: Actor, at: datetime) -> None:
    async with write_transaction():
        await _note_letters(letters, actor, at)


async def _note_letters(letters: Mapping[UUID, int], actor: Actor, at: datetime) -> None:
    """Note in each loan how many letters speak of it, in a transaction."""
    for loan_id, count in letters.items():
        facts = {"kind": CoverLetterKind.SENDING.value, "letters": count}
        await journal.by(actor, at).note("loan.letters_printed", loan_id, facts)


@in_one_visit
async def _enqueue(payload: str, total: int, actor: Actor, now: datetime) -> Job:
    async with write_transaction():
        if (same := await jobs.under_way(actor.service_id, PRINT, payload)) is not None:
            return same
        return await jobs.enqueue(actor.service_id, PRINT, payload, total=total, created_by=actor.id, created_at=now)


async def draw_documents(run: JobRun) -> JobOutcome:
    """Handler of the job; its result counts the `documents` printed, their `pages`, and those `left` by a stop."""
    asked = msgspec.json.decode(run.job.payload, type=_Asked)
    service_id = run.job.service_id
    actor = Actor(run.job.created_by, Role.MANAGER, service_id, await services.zone(service_id))
    # One that was eliminated meanwhile is left out.
    planned = await _run_of(asked, service_id)
    if asked.letters_by is not None:
        planned = await with_letters(planned, asked.letters_by, actor=actor)
    file = _KeptFile(run, planned.papers)
    written = await write_run(planned, file.keep, run.is_asked_to_stop)
    await file.flush()
    result = {"documents": written.documents, "pages": written.pages, "left": planned.papers - written.documents}

    async def write(at: datetime) -> None:
        await file.finish(written, at)
        await _note_letters(written.letters, actor, at)

    return JobOutcome(result, write)


class _KeptFile:
    """The file of a job, written to the database a piece at a time, each in its own transaction."""

    def __init__(self, run: JobRun, total: int) -> None:
        self._run = run
        self._total = total
        self._waiting = bytearray()
        self._done = 0
        self._output: UUID | None = None
        self._rank = 0

    async def keep(self, data: bytes, done: int) -> None:
        self._waiting += data
        self._done = done
        if len(self._waiting) >= PIECE:
            await self.flush()
        else:
            await self._run.advance(done, self._total)

    async def flush(self) -> None:
        if not self._waiting:
            return
        async with self._run.step(self._done, self._total):
            if self._output is None:
                self._output = await outputs.begin(self._run.job.id, expires_at=self._run.now() + KEPT)
            await outputs.add_part(self._output, self._rank, bytes(self._waiting))
        self._rank += 1
        self._waiting.clear()

    async def finish(self, written: WrittenRun, at: datetime) -> None:
        if self._output is not None:
            await outputs.finish(self._output, f"documents-{written.documents}.pdf", expires_at=at + KEPT)


async def printed_file(job_id: UUID, *, actor: Actor, now: datetime) -> PrintedFile:
    """The file that a job of the actor's service has made.

    Raises:
        NotFound: `job.not_found`; `print.expired`, it is not made yet, or was kept a day already.
    """
    actor.require(Permission.READ)
    job = await get_job(job_id, actor=actor)
    kept = await outputs.find(job.id, now=now)
    if kept is None:
        raise NotFound(
            "print.expired",
            "Ce fichier n'est pas encore prêt, ou n'est plus gardé : demandez-le de nouveau.",
        )
    return PrintedFile(name=kept[1], pieces=outputs.pieces(kept[0]))


async def _run_of(asked: _Asked, service_id: UUID) -> PrintRun:
    """What was asked, without the documents that are no more."""
    found = await find_papers(asked.documents, service_id)
    piles, start = [], 0
    for pile in asked.piles or [_Pile("", "", len(asked.documents))]:
        ids = asked.documents[start : start + pile.count]
        start += pile.count
        papers = [found[each] for each in ids if each in found]
        piles.append(PaperPile(name=pile.name, papers=papers, town=pile.town))
    service = await services.get(service_id)
    return PrintRun(
        service=service,
        letterhead=await letterheads.find(service.letterhead),
        piles=[pile for pile in piles if pile.papers],
        announced=asked.announced,
        separators=asked.separators,
        day=asked.day,
    )
