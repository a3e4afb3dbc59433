"""Many documents as one file to print: at once when they are few, else made by a job that keeps the file for a day.

What is printed is the bytes that were issued. Each document begins on a recto, in as many copies as it announces: the
sheets come out of the printer to be signed. Lists, campaigns, schools and the signatures awaited all print by this.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.bounds import several
from materiel.domain.papers.printing import MOST_PRINTED, PaperPile, PrintedPaper, PrintOrder, piles_of
from materiel.domain.work.job import PRINT, Job
from materiel.domain.work.lot import MANY
from materiel.errors import BadInput, FieldError, NotFound
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.papers import printed
from materiel.store.places.place import places_of
from materiel.store.work import job as jobs
from materiel.store.work import output as outputs
from materiel.use_cases.papers.print_run import PrintRun, WrittenRun, write_run
from materiel.use_cases.papers.receipts import check_height
from materiel.use_cases.work.drawing import KEPT
from materiel.use_cases.work.job import JobOutcome, JobRun, get_job

AT_ONCE = 100
"""Documents looked up in one statement."""

PIECE = 1_000_000
"""Bytes of a file that are written together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintDocuments:
    """Documents to print, in their order or in piles; in the copies `announced`, or in one.

    `separators`: a sheet before each pile says what it holds; nothing without an `order`.
    """

    document_ids: Annotated[tuple[UUID, ...], several(MOST_PRINTED, least=1)]
    announced: bool = True
    order: PrintOrder | None = None
    separators: bool = False


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


async def print_documents_together(command: PrintDocuments, *, actor: Actor, now: datetime) -> bytes | Job:
    """One PDF of documents of the service, at once; or the job that makes it, beyond a few dozens.

    Raises:
        NotFound: `document.not_found`, with the pointer of the first one.
        BadInput: `pile.empty`.
    """
    run = await plan_run(command, actor=actor, today=actor.civil_date(now))
    if run.papers <= MANY:
        return await _written_at_once(run)
    asked = _Asked(
        documents=[paper.id for pile in run.piles for paper in pile.papers],
        announced=run.announced,
        piles=[_Pile(pile.name, pile.town, len(pile.papers)) for pile in run.piles],
        separators=run.separators,
        day=run.day,
    )
    return await _enqueue(msgspec.json.encode(asked).decode(), run.papers, actor, now)


async def draw_together(command: PrintDocuments, *, actor: Actor, now: datetime) -> bytes:
    """One PDF of documents of the service, whatever their number: whoever asks waits for it.

    Raises:
        NotFound: `document.not_found`, with the pointer of the first one.
        BadInput: `pile.empty`.
    """
    return await _written_at_once(await plan_run(command, actor=actor, today=actor.civil_date(now)))


async def merged_pdf(document_ids: Sequence[UUID], *, actor: Actor) -> bytes:
    """One PDF of a few documents of the service, one copy of each, in the order asked.

    Raises:
        NotFound: `document.not_found`.
        BadInput: `pile.empty`, `pile.too_high`.
    """
    check_height(document_ids)
    command = PrintDocuments(document_ids=tuple(document_ids), announced=False)
    # No sheet bears a day.
    return await _written_at_once(await plan_run(command, actor=actor, today=date.min))


@in_one_visit
async def _enqueue(payload: str, total: int, actor: Actor, now: datetime) -> Job:
    async with write_transaction():
        if (same := await jobs.under_way(actor.service_id, PRINT, payload)) is not None:
            return same
        return await jobs.enqueue(actor.service_id, PRINT, payload, total=total, created_by=actor.id, created_at=now)


async def draw_documents(run: JobRun) -> JobOutcome:
    """Handler of the job; its result counts the `documents` printed, their `pages`, and those `left` by a stop."""
    asked = msgspec.json.decode(run.job.payload, type=_Asked)
    # One that was eliminated meanwhile is left out.
    planned = await _run_of(asked, run.job.service_id)
    file = _KeptFile(run, planned.papers)
    written = await write_run(planned, file.keep, run.is_asked_to_stop)
    await file.flush()
    result = {"documents": written.documents, "pages": written.pages, "left": planned.papers - written.documents}

    async def write(at: datetime) -> None:
        await file.finish(written, at)

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


async def plan_run(command: PrintDocuments, *, actor: Actor, today: date) -> PrintRun:
    """The piles of the documents, each once, in the order in which they are to come out.

    Raises:
        NotFound: `document.not_found`, with the pointer of the first one.
        BadInput: `pile.empty`; `print.too_many`.
    """
    papers = await papers_to_print(command.document_ids, actor=actor)
    if command.order is None:
        piles = [PaperPile(name="", papers=papers)]
    else:
        piles = piles_of(papers, command.order, await _towns(papers, actor.service_id))
    return PrintRun(
        service=await services.get(actor.service_id),
        piles=piles,
        announced=command.announced,
        separators=command.separators and command.order is not None,
        day=today,
    )


async def papers_to_print(document_ids: Sequence[UUID], *, actor: Actor) -> list[PrintedPaper]:
    """Documents of the service that somebody asks to print, each once, in the order asked.

    Raises:
        NotFound: `document.not_found`, with the pointer of the first one.
        BadInput: `pile.empty`; `print.too_many`.
    """
    actor.require(Permission.READ)
    wanted = list(dict.fromkeys(document_ids))
    if not wanted:
        raise BadInput("pile.empty", "Aucun document à imprimer : choisissez-en au moins un.")
    if len(wanted) > MOST_PRINTED:
        raise BadInput(
            "print.too_many",
            f"{len(wanted)} documents à la fois, c'est trop : imprimez-en {MOST_PRINTED} au plus, puis les autres.",
        )
    found = await _papers(wanted, actor.service_id)
    for rank, each in enumerate(wanted):
        if each not in found:
            missing = "Ce document n'existe pas dans votre service."
            raise NotFound("document.not_found", missing, errors=(FieldError(f"/documents/{rank}", missing),))
    return [found[each] for each in wanted]


async def papers_of_loans(loan_ids: Sequence[UUID], *, actor: Actor) -> list[UUID]:
    """The documents in force of loans of the service."""
    actor.require(Permission.READ)
    found: list[UUID] = []
    for start in range(0, len(loan_ids), AT_ONCE):
        found += await printed.in_force_of_loans(loan_ids[start : start + AT_ONCE], actor.service_id)
    return found


async def papers_of_school(uai: str, *, actor: Actor) -> list[UUID]:
    """The documents in force of the loans under way at a school: at most one more than may be printed."""
    actor.require(Permission.READ)
    return await printed.in_force_at_school(uai, actor.service_id, limit=MOST_PRINTED + 1)


async def _run_of(asked: _Asked, service_id: UUID) -> PrintRun:
    """What was asked, without the documents that are no more."""
    found = await _papers(asked.documents, service_id)
    piles, start = [], 0
    for pile in asked.piles or [_Pile("", "", len(asked.documents))]:
        ids = asked.documents[start : start + pile.count]
        start += pile.count
        papers = [found[each] for each in ids if each in found]
        piles.append(PaperPile(name=pile.name, papers=papers, town=pile.town))
    return PrintRun(
        service=await services.get(service_id),
        piles=[pile for pile in piles if pile.papers],
        announced=asked.announced,
        separators=asked.separators,
        day=asked.day,
    )


async def _papers(document_ids: Sequence[UUID], service_id: UUID) -> dict[UUID, PrintedPaper]:
    found: dict[UUID, PrintedPaper] = {}
    for start in range(0, len(document_ids), AT_ONCE):
        found |= await printed.printed_papers(document_ids[start : start + AT_ONCE], service_id)
    return found


async def _towns(papers: Sequence[PrintedPaper], service_id: UUID) -> dict[str, str]:
    """The name of the commune of each school, by UAI."""
    uais = list(dict.fromkeys(paper.school_uai for paper in papers))
    found = await places_of(uais, service_id)
    return {uai: place.municipality.name for uai, place in found.items() if place.municipality is not None}


async def _written_at_once(run: PrintRun) -> bytes:
    pieces: list[bytes] = []

    async def keep(data: bytes, _: int) -> None:
        pieces.append(data)

    await write_run(run, keep)
    return b"".join(pieces)
