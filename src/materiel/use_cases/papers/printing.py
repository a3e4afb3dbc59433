"""What is to be printed: documents of the service, in their piles, as the run that writes them takes them.

What is printed is the bytes that were issued. Each document begins on a recto, in as many copies as it announces: the
sheets come out of the printer to be signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.bounds import several
from materiel.domain.papers.printing import MOST_PRINTED, PaperPile, PrintedPaper, PrintOrder, piles_of
from materiel.errors import BadInput, FieldError, NotFound
from materiel.store.accounts import service as services
from materiel.store.papers import letterhead as letterheads
from materiel.store.papers import printed
from materiel.store.places.place import places_of
from materiel.use_cases.papers.print_run import PrintRun, write_whole
from materiel.use_cases.papers.receipts import check_height

AT_ONCE = 100
"""Documents looked up in one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintDocuments:
    """Documents to print, in their order or in piles; in the copies `announced`, or in one.

    `separators`: a sheet before each pile says what it holds; nothing without an `order`. `letters_by`: a letter goes
    before what each addressee receives, and asks for an answer before that day; the copies are then those announced.
    """

    document_ids: Annotated[tuple[UUID, ...], several(MOST_PRINTED, least=1)]
    announced: bool = True
    order: PrintOrder | None = None
    separators: bool = False
    letters_by: date | None = None


async def merged_pdf(document_ids: Sequence[UUID], *, actor: Actor) -> bytes:
    """One PDF of a few documents of the service, one copy of each, in the order asked.

    Raises:
        NotFound: `document.not_found`.
        BadInput: `pile.empty`, `pile.too_high`.
    """
    check_height(document_ids)
    command = PrintDocuments(document_ids=tuple(document_ids), announced=False)
    # No sheet bears a day.
    whole, _ = await write_whole(await plan_run(command, actor=actor, today=date.min))
    return whole


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
    service = await services.get(actor.service_id)
    return PrintRun(
        service=service,
        letterhead=await letterheads.find(service.letterhead),
        piles=piles,
        announced=command.announced or command.letters_by is not None,
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
    found = await find_papers(wanted, actor.service_id)
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


async def find_papers(document_ids: Sequence[UUID], service_id: UUID) -> dict[UUID, PrintedPaper]:
    """Documents of a service, without those that are no more."""
    found: dict[UUID, PrintedPaper] = {}
    for start in range(0, len(document_ids), AT_ONCE):
        found |= await printed.printed_papers(document_ids[start : start + AT_ONCE], service_id)
    return found


async def _towns(papers: Sequence[PrintedPaper], service_id: UUID) -> dict[str, str]:
    """The name of the commune of each school, by UAI."""
    uais = list(dict.fromkeys(paper.school_uai for paper in papers))
    found = await places_of(uais, service_id)
    return {uai: place.municipality.name for uai, place in found.items() if place.municipality is not None}
