"""Everything a step of a loan needs to know, read once: the loan, its people, its places, its items, its papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from materiel.domain.accounts.roles import Actor
from materiel.domain.accounts.service import ManagingService
from materiel.domain.circuit.workshop.kit import Kit, Together, together
from materiel.domain.item.item import Item
from materiel.domain.loan.loan import Loan, LoanItem, name_without_agreement
from materiel.domain.papers.custodians import Place
from materiel.domain.papers.document import AGREEMENTS, Document, DocumentKind, in_force
from materiel.domain.people.pupil import Pupil
from materiel.store.accounts import service as services
from materiel.store.circuit.workshop import kit as kits
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.loan.split import formers
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.places.place import places_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A loan with all it refers to. `items` are those of its lines, open or not; `documents` in order of issue.

    `former`: the agreement of the loan that this one was split from, which covers it until its own is signed.
    `kits`: those in which some of its items are now.
    """

    service: ManagingService
    loan: Loan
    place: Place
    pupil: Pupil | None
    items: tuple[Item, ...]
    documents: tuple[Document, ...]
    former: Document | None = None
    kits: tuple[Kit, ...] = ()

    def item(self, item_id: UUID) -> Item:
        """The item of one of the lines."""
        return next(item for item in self.items if item.id == item_id)

    def in_kits(self, lines: Sequence[LoanItem]) -> list[Together[LoanItem]]:
        """Lines of the loan, those of a kit put together."""
        return together(lines, self.kits, lambda line: line.item_id)

    @property
    def agreement(self) -> Document | None:
        """The latest agreement in force, else the latest of those that were; None for a draft."""
        agreements = [each for each in self.documents if each.kind in AGREEMENTS]
        current = in_force(agreements, *AGREEMENTS) or agreements
        return current[-1] if current else None

    @property
    def root(self) -> Document | None:
        """The paper of ours whose number the others hang below: the agreement, else the amendment by which a loan came
        from another service.
        """
        amendments = (each for each in self.documents if each.kind is DocumentKind.AMENDMENT)
        return self.agreement or next(amendments, None)

    @property
    def reference(self) -> str:
        """By what people name the loan: its agreement's number, else what its old paper bore; empty for a draft."""
        if self.agreement is not None:
            return self.agreement.number
        return self.loan.paper.reference if self.loan.paper is not None else ""

    @property
    def name(self) -> str:
        """The same as a page shows it: « Prêt repris » for one taken over whose old reference nobody knows."""
        return self.reference or name_without_agreement(self.loan)

    def with_documents(self, documents: Sequence[Document]) -> Case:
        """The same case with these documents put in place of those of the same id, or added at the end."""
        by_id = {each.id: each for each in (*self.documents, *documents)}
        return replace(self, documents=tuple(by_id.values()))


async def load_case(loan_id: UUID, actor: Actor) -> Case:
    """Read a loan of the actor's service with all it refers to.

    Raises:
        NotFound: `loan.not_found`, also for another service's loan.
    """
    (case,) = await load_cases([loan_id], actor)
    return case


async def load_cases(loan_ids: Sequence[UUID], actor: Actor) -> list[Case]:
    """Read several loans of the actor's service in as few statements as one, in the order asked.

    Raises:
        NotFound: `loan.not_found`, one of them at least.
    """
    if not loan_ids:
        return []
    found = await loans.get_many(loan_ids, actor.service_id)
    if len(found) < len(loan_ids):
        raise loans.unknown()
    service = await services.get(actor.service_id)
    places = await places_of([loan.school_uai for loan in found], actor.service_id)
    people = await pupils.get_many([loan.pupil_id for loan in found if loan.pupil_id], actor.service_id)
    lent = list({line.item_id for loan in found for line in loan.items})
    things = {item.id: item for item in await items.get_many(lent, actor.service_id)}
    whole = await kits.of_items(lent)
    lent_by = {loan.id: {line.item_id for line in loan.items} for loan in found}
    papers = await documents.of_loans([loan.id for loan in found])
    former = await formers(found, actor.service_id)
    return [
        Case(
            service=service,
            loan=loan,
            place=places[loan.school_uai],
            pupil=people[loan.pupil_id] if loan.pupil_id else None,
            items=tuple(things[line.item_id] for line in loan.items),
            documents=tuple(papers[loan.id]),
            former=former.get(loan.id),
            kits=tuple(each for each in whole if not lent_by[loan.id].isdisjoint(each.part_ids)),
        )
        for loan in found
    ]
