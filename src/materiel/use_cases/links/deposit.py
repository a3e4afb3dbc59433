"""What an institution sees: the items that it keeps for one managing service, and the papers that name it.

Anything else does not exist for it: another school's document, another service's item, a family's address.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.documents.content import Content
from materiel.documents.content_json import content_from_json
from materiel.domain.incident.incident import DeclaredAs, ToldIncident
from materiel.domain.item.code import label_code, readings
from materiel.domain.language.identifiers import clean_inventory_number
from materiel.domain.papers.document import AGREEMENTS, Document, Party
from materiel.domain.visitors.institution import Deposited, Institution, Paper, paper_for
from materiel.errors import NotFound
from materiel.store.circuit.stocktake import sighting
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.incident import incident as incidents
from materiel.store.incident.told import with_items
from materiel.store.links import access_link as links
from materiel.store.papers import document as documents
from materiel.store.papers import recipient as recipients
from materiel.store.visitors import deposit as deposits
from materiel.store.visitors import presence as presences

MOST_ANSWERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionHome:
    """Everything on the first page. `signed`: papers that it signed, over or not; `read`: notices acknowledged,
    `to_come`: papers to sign once the State, which signs first, has.

    `stocktake_until`: the last day of a stocktake that asks what is there.
    `answered`: its own declarations that the service has dealt with, newest first; `waiting`: those about items that
    it keeps no more, which the service has still to answer.
    """

    held: tuple[Deposited, ...]
    waiting: tuple[ToldIncident, ...]
    answered: tuple[ToldIncident, ...]
    to_sign: tuple[Paper, ...]
    to_acknowledge: tuple[Paper, ...]
    signed: tuple[Paper, ...]
    read: tuple[Paper, ...]
    to_come: tuple[Paper, ...] = ()
    stocktake_until: date | None = None

    @property
    def signed_by_loan(self) -> list[tuple[str, list[Paper]]]:
        """What it signed, loan by loan, with the number of the agreement of each, or of its first paper."""
        by_loan: dict[UUID, list[Paper]] = {}
        for paper in self.signed:
            by_loan.setdefault(paper.document.loan_id, []).append(paper)
        return [(_number_of(papers), papers) for papers in by_loan.values()]


def _number_of(papers: list[Paper]) -> str:
    agreements = [each.document.number for each in papers if each.document.kind in AGREEMENTS]
    return agreements[-1] if agreements else papers[0].document.number


async def institution_home(institution: Institution) -> InstitutionHome:
    """What an institution keeps, has to sign, has to read, and has done."""
    papers = await papers_of(institution)
    held = await held_by(institution)
    return InstitutionHome(
        held=tuple(held),
        waiting=await waiting_of(institution, held),
        answered=await answered_to(institution, held),
        to_sign=tuple(paper for paper in papers if paper.to_sign),
        stocktake_until=await sighting.asked_of_schools(
            institution.school_ids if institution.keeps_items else (), institution.service.id
        ),
        to_come=tuple(paper for paper in papers if paper.is_awaited and not paper.to_sign),
        to_acknowledge=tuple(paper for paper in papers if paper.to_acknowledge),
        signed=tuple(paper for paper in papers if paper.box is not None and not paper.is_awaited),
        read=tuple(
            paper
            for paper in papers
            if paper.ending is None and paper.recipient is not None and not paper.to_acknowledge
        ),
    )


async def held_by(institution: Institution) -> list[Deposited]:
    """The items that an institution keeps, school by school in the order of its schools, longest kept first."""
    if not institution.keeps_items:
        return []
    held = await deposits.held(institution.service.id, institution.school_ids)
    loan_ids = list({each.loan_id for each in held})
    seen = await presences.latest(loan_ids)
    declared = [each for each in await incidents.of_loans(loan_ids) if each.is_open]
    rank = {school_id: position for position, school_id in enumerate(institution.school_ids)}
    return [
        replace(
            each,
            presence=seen.get((each.loan_id, each.item.id)),
            incidents=tuple(
                incident
                for incident in declared
                if (incident.loan_id, incident.item_id) == (each.loan_id, each.item.id)
            ),
        )
        for each in sorted(held, key=lambda each: rank[each.school_id])
    ]


async def answered_to(institution: Institution, held: list[Deposited]) -> tuple[ToldIncident, ...]:
    """The last answers of the service to an institution, newest first: to what it declared by any of its links, and to
    what it told by telephone about an item that it keeps.
    """
    own = [link.id for link in await links.same_holder(institution.link)]
    kept = {(each.loan_id, each.item.id) for each in held}
    found = [
        *await incidents.declared_through(own, institution.service.id, limit=MOST_ANSWERS),
        *(
            each
            for each in await incidents.of_loans(list({each.loan_id for each in held}))
            if (each.loan_id, each.item_id) in kept and each.declared_link is None
        ),
    ]
    answers = {each.id: each for each in found if each.answers(DeclaredAs.INSTITUTION)}
    newest = [answers[incident_id] for incident_id in sorted(answers, reverse=True)][:MOST_ANSWERS]
    return tuple(await with_items(newest, institution.service.id))


async def waiting_of(institution: Institution, held: list[Deposited]) -> tuple[ToldIncident, ...]:
    """Its own declarations still open about items that have left it, newest first: a report never vanishes."""
    own = [link.id for link in await links.same_holder(institution.link)]
    kept = {(each.loan_id, each.item.id) for each in held}
    told = [
        each
        for each in await incidents.declared_through(own, institution.service.id, limit=MOST_ANSWERS)
        if each.is_open and (each.loan_id, each.item_id) not in kept
    ]
    return tuple(await with_items(told, institution.service.id))


async def held_item(item_id: UUID, institution: Institution) -> Deposited:
    """An item that this institution keeps now.

    Raises:
        NotFound: `item.not_found`.
    """
    for each in await held_by(institution):
        if each.item.id == item_id:
            return each
    raise NotFound("item.not_found", "Ce matériel n'est pas, ou n'est plus, parmi ceux qui sont déposés chez vous.")


def find_held(text: str, held: list[Deposited]) -> Deposited | None:
    """The item kept here that a scanned label, or a typed inventory number, means; None for any other."""
    for each in readings(text):
        code, number = label_code(each), clean_inventory_number(each)
        for deposited in held:
            if deposited.item.public_code == code or deposited.item.inventory_number == number:
                return deposited
    return None


async def papers_of(institution: Institution) -> list[Paper]:
    """The documents that name an institution, in force or signed by it, oldest first."""
    signs = () if institution.party is None else (institution.party,)
    found = await deposits.papers(institution.service.id, institution.school_ids, signs=signs, told=institution.told_as)
    known = await documents.get_many(found, institution.service.id)
    return [paper_for(document, institution, await documents.ended_by(document)) for document in known]


async def institution_paper(document_id: UUID, institution: Institution) -> Paper:
    """A document that names this institution, in force or signed by it.

    Raises:
        NotFound: `document.not_found`, for any other.
    """
    document = await documents.get(document_id, institution.service.id)
    return paper_for(document, institution, await documents.ended_by(document))


async def institution_document(document_id: UUID, institution: Institution) -> tuple[Paper, Content]:
    """A document that names this institution, and what it says.

    Raises:
        NotFound: `document.not_found`.
    """
    paper = await institution_paper(document_id, institution)
    return paper, content_from_json(paper.document.content)


async def institution_pdf(document_id: UUID, institution: Institution) -> tuple[Document, bytes]:
    """A document that names this institution, and its PDF as issued.

    Raises:
        NotFound: `document.not_found`.
    """
    paper = await institution_paper(document_id, institution)
    return paper.document, await documents.pdf(paper.document.id)


@in_one_visit
async def acknowledge(document_id: UUID, *, institution: Institution, now: datetime) -> Paper:
    """Say that a notice was read (« accusé de lecture »); a second time changes nothing.

    Raises:
        NotFound: `document.not_found`, also for a document that it signs and does not receive.
    """
    async with write_transaction():
        paper = await institution_paper(document_id, institution)
        if paper.recipient is None:
            raise NotFound("document.not_found", "Ce document ne vous est pas adressé pour information.")
        if await recipients.acknowledge(paper.document.id, paper.recipient.id, now):
            await journal.By(institution.service.id, institution.link.actor_id, now).note(
                "document.acknowledged",
                paper.document.id,
                {"loan": str(paper.document.loan_id), "party": _party(paper).value},
            )
    return await institution_paper(document_id, institution)


def _party(paper: Paper) -> Party:
    assert paper.recipient is not None
    return paper.recipient.party
