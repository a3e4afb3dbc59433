"""Many documents as one file to print: at once when they are few, else drawn by a job that keeps the file for a day.

Each document begins on a recto, in as many copies as it announces: the sheets come out of the printer to be signed.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

import msgspec

from materiel.documents.content import Content
from materiel.documents.content_json import content_from_json
from materiel.documents.pdf.render import merge
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.bounds import several
from materiel.domain.language.folding import fold
from materiel.domain.papers.document import Document
from materiel.domain.papers.printing import PrintOrder, announced_copies
from materiel.domain.work.job import PRINT, Job
from materiel.domain.work.lot import MANY, MOST_LINES
from materiel.errors import BadInput, FieldError, NotFound
from materiel.store.desk import dashboard
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.papers import document as documents
from materiel.store.places.place import places_of
from materiel.store.work import job as jobs
from materiel.use_cases.work.drawing import Drawing, draw_beside, keep_file
from materiel.use_cases.work.job import JobOutcome, JobRun, get_job

AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintDocuments:
    """Documents to print, in their order or in another; in the copies `announced`, or in one."""

    document_ids: Annotated[tuple[UUID, ...], several(MOST_LINES, least=1)]
    announced: bool = True
    order: PrintOrder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedFile:
    """A file that a job has drawn."""

    name: str
    data: bytes = field(repr=False)


class _Asked(msgspec.Struct, frozen=True):
    documents: list[UUID]
    announced: bool


async def print_documents_together(command: PrintDocuments, *, actor: Actor, now: datetime) -> bytes | Job:
    """One PDF of documents of the service, at once; or the job that draws it, beyond a few dozens.

    Raises:
        NotFound: `document.not_found`, with the pointer of the first one.
        BadInput: `pile.empty`.
    """
    papers = await ordered(command, actor=actor)
    if len(papers) <= MANY:
        return (await asyncio.to_thread(_drawn, papers, command.announced, Drawing()))[0]
    asked = _Asked([each.id for each in papers], command.announced)
    return await _enqueue(msgspec.json.encode(asked).decode(), len(papers), actor, now)


async def draw_together(command: PrintDocuments, *, actor: Actor) -> bytes:
    """One PDF of documents of the service, whatever their number: whoever asks waits for it.

    Raises:
        NotFound: `document.not_found`, with the pointer of the first one.
        BadInput: `pile.empty`.
    """
    papers = await ordered(command, actor=actor)
    return (await asyncio.to_thread(_drawn, papers, command.announced, Drawing()))[0]


@in_one_visit
async def _enqueue(payload: str, total: int, actor: Actor, now: datetime) -> Job:
    async with write_transaction():
        if (same := await jobs.under_way(actor.service_id, PRINT, payload)) is not None:
            return same
        return await jobs.enqueue(actor.service_id, PRINT, payload, total=total, created_by=actor.id, created_at=now)


async def draw_documents(run: JobRun) -> JobOutcome:
    """Handler of the job; its result counts the `documents` drawn, their `pages`, and those `left` by a stop."""
    asked = msgspec.json.decode(run.job.payload, type=_Asked)
    found: dict[UUID, Document] = {}
    for start in range(0, len(asked.documents), AT_ONCE):
        some = await documents.get_many(asked.documents[start : start + AT_ONCE], run.job.service_id)
        found |= {each.id: each for each in some}
    # One that was eliminated meanwhile is left out.
    papers = [found[each] for each in asked.documents if each in found]
    drawing = Drawing()
    data, pages = await draw_beside(run, partial(_drawn, papers, asked.announced), drawing, len(papers))
    result = {"documents": drawing.done, "pages": pages, "left": len(papers) - drawing.done}

    async def write(at: datetime) -> None:
        if data:
            await keep_file(run.job.id, f"documents-{drawing.done}.pdf", data, at)

    return JobOutcome(result, write)


async def printed_file(job_id: UUID, *, actor: Actor, now: datetime) -> PrintedFile:
    """The file that a job of the actor's service has drawn.

    Raises:
        NotFound: `job.not_found`; `print.expired`, it is not drawn yet, or was kept a day already.
    """
    actor.require(Permission.READ)
    job = await get_job(job_id, actor=actor)
    kept = await jobs.output(job.id, now=now)
    if kept is None:
        raise NotFound(
            "print.expired",
            "Ce fichier n'est pas encore prêt, ou n'est plus gardé : demandez-le de nouveau.",
        )
    return PrintedFile(name=kept[0], data=kept[1])


def _drawn(papers: Sequence[Document], announced: bool, drawing: Drawing) -> tuple[bytes, int]:
    """The file and its pages; told to stop, that of the documents drawn, empty when there are none."""

    def contents() -> Iterator[Content]:
        for paper in papers:
            if drawing.stops and drawing.done:
                return
            content = content_from_json(paper.content)
            for _ in range(announced_copies(paper) if announced else 1):
                yield content
            drawing.done += 1

    if drawing.stops or not papers:
        return b"", 0
    out = io.BytesIO()
    pages = merge(contents(), out, on_rectos=True)
    return out.getvalue(), pages


async def ordered(command: PrintDocuments, *, actor: Actor) -> list[Document]:
    """The documents, each once, in the order in which they are to come out.

    Raises:
        NotFound: `document.not_found`, with the pointer of the first one.
        BadInput: `pile.empty`.
    """
    actor.require(Permission.READ)
    wanted = list(dict.fromkeys(command.document_ids))
    found: dict[UUID, Document] = {}
    for start in range(0, len(wanted), AT_ONCE):
        some = await documents.get_many(wanted[start : start + AT_ONCE], actor.service_id)
        found |= {each.id: each for each in some}
    for rank, each in enumerate(wanted):
        if each not in found:
            missing = "Ce document n'existe pas dans votre service."
            raise NotFound("document.not_found", missing, errors=(FieldError(f"/documents/{rank}", missing),))
    if not wanted:
        raise BadInput("pile.empty", "Aucun document à imprimer : choisissez-en au moins un.")
    papers = [found[each] for each in wanted]
    if command.order is None:
        return papers
    keys = await _keys(papers, command.order, actor)
    return sorted(papers, key=lambda paper: (*keys[paper.loan_id], paper.number))


async def _keys(papers: Sequence[Document], order: PrintOrder, actor: Actor) -> dict[UUID, tuple[str, ...]]:
    """What the papers of a loan are sorted by, letters folded."""
    loans = await dashboard.places(actor.service_id, list({paper.loan_id for paper in papers}))
    uais = list({each.school_uai for each in loans.values()})
    towns: dict[str, str] = {}
    if order is PrintOrder.MUNICIPALITY:
        for uai, place in (await places_of(uais, actor.service_id)).items():
            towns[uai] = place.municipality.name if place.municipality is not None else ""
    keys = {}
    for loan_id, each in loans.items():
        school, name = fold(each.school_name), fold(each.pupil_name)
        first = {PrintOrder.SCHOOL: (), PrintOrder.MUNICIPALITY: (fold(towns.get(each.school_uai, "")),)}
        keys[loan_id] = (name, school) if order is PrintOrder.NAME else (*first[order], school, name)
    return keys
