"""What a family sees: the items lent to its own child under papers that bear its name, and these papers.

A loan shows to a person only when one of its papers has a box for them. What a person signed stays readable as long as
the service keeps it: replaced, over, after the loan itself. Whoever no longer acts for the pupil (the
parents of an adult, a parent whom a judgment excludes) keeps the papers that they signed, and sees nothing else:
neither what is held today, nor what is newer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.documents.content import Content
from materiel.documents.content_json import content_from_json
from materiel.domain.accounts.service import ManagingService
from materiel.domain.incident.incident import DeclaredAs, Incident, ToldIncident
from materiel.domain.item.code import label_code
from materiel.domain.item.item import Item
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.loan.loan import Loan, LoanItem
from materiel.domain.papers.document import (
    AGREEMENTS,
    RECEIPTS,
    Document,
    DocumentStatus,
    Signature,
    SignatureChannel,
    SignatureStatus,
)
from materiel.domain.papers.ending import Ending, ending_of
from materiel.domain.signing.electronic_signature import box_of, is_blocked, may_read, may_sign
from materiel.domain.signing.order import waits_for_state
from materiel.errors import NotFound
from materiel.store.accounts import service as services
from materiel.store.incident import incident as incidents
from materiel.store.incident.told import with_items
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.use_cases.incident.incident import DeclareIncident, Declarer, declare_incident


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldItem:
    """One item of an open loan, with what was declared about it, oldest first."""

    item: Item
    line: LoanItem
    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyLoan:
    """One open loan: its last day, included, and its items."""

    loan: Loan
    items: tuple[HeldItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyPaper:
    """A paper in force, or one that its reader signed, with their box. `to_sign`: their signature is awaited or
    welcome.

    Without a box, it is a paper of his own loan that a pupil who acts for himself reads: others signed it for him.
    `is_blocked`: it would be to sign, but for a disagreement; `waits_for_state`: it will be once the State has
    signed, which does so first. `loan_number` is how people call its loan; `ending` says since when it is replaced or
    over.
    """

    document: Document
    box: Signature | None
    to_sign: bool
    is_blocked: bool = False
    waits_for_state: bool = False
    loan_number: str = ""
    ending: Ending | None = None

    @property
    def asked_channel(self) -> SignatureChannel | None:
        """How else than by a link the service asks for the signature of this person; None when it does not."""
        asks = self.box is not None and not self.is_signed and self.document.status is DocumentStatus.IN_FORCE
        return self.box.asked_channel if asks and self.box is not None else None

    @property
    def is_awaited(self) -> bool:
        """Whether nobody else's signature is enough."""
        return self.box is not None and self.box.status is SignatureStatus.PENDING

    @property
    def is_signed(self) -> bool:
        """Whether this person signed it."""
        return self.box is not None and self.box.status is SignatureStatus.SIGNED


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyHome:
    """Everything on the first page.

    About items held no more, newest first: `waiting`, what was told and the service has still to answer, and
    `answered`, what it answered. The items held show theirs.
    """

    service: ManagingService
    loans: tuple[FamilyLoan, ...]
    waiting: tuple[ToldIncident, ...]
    answered: tuple[ToldIncident, ...]
    to_sign: tuple[FamilyPaper, ...]
    signed: tuple[FamilyPaper, ...]
    to_read: tuple[FamilyPaper, ...] = ()

    @property
    def signed_by_loan(self) -> list[tuple[str, list[FamilyPaper]]]:
        """What this person signed, loan by loan, with the number by which people call each."""
        by_loan: dict[UUID, list[FamilyPaper]] = {}
        for paper in self.signed:
            by_loan.setdefault(paper.document.loan_id, []).append(paper)
        return [(papers[0].loan_number, papers) for papers in by_loan.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyDocument:
    """One paper to read: its words as issued."""

    paper: FamilyPaper
    content: Content
    service: ManagingService


async def family_home(person: FamilyPerson) -> FamilyHome:
    """What this person holds for their child, what they have to sign and what they have signed."""
    pupil = person.pupil
    service = await services.get(pupil.service_id)
    shown: list[FamilyLoan] = []
    papers: list[FamilyPaper] = []
    seen: list[UUID] = []
    for loan in await loans.page(pupil.service_id, pupil_id=pupil.id, limit=loans.MOST):
        known = await documents.of_loan(loan.id)
        theirs = [(each, box_of(each, person)) for each in known if may_read(each, person)]
        seen += [loan.id] if theirs and person.acts else []
        number = _number_of(loan, known)
        papers += [
            await _paper(each, box, person, service, number=number) for each, box in theirs if _is_kept(each, box)
        ]
        if theirs and person.acts and loan.is_open and loan.open_items:
            shown.append(await _family_loan(loan))
    reports = await _reports(seen, shown, pupil.service_id)
    return FamilyHome(
        service=service,
        loans=tuple(shown),
        waiting=tuple(each for each in reports if each.incident.is_open),
        answered=tuple(each for each in reports if not each.incident.is_open),
        to_sign=tuple(sorted((paper for paper in papers if paper.to_sign), key=_urgency)),
        signed=tuple(paper for paper in papers if paper.is_signed),
        to_read=tuple(paper for paper in papers if not paper.to_sign and not paper.is_signed),
    )


async def document_to_sign(document_id: UUID, person: FamilyPerson) -> tuple[Document, Signature]:
    """A document of this person's own child on which they have a box, with that box.

    Raises:
        NotFound: `document.not_found`, for any other document, whether it exists or not.
    """
    document, box = await _document_to_read(document_id, person)
    if box is None:
        raise _unknown()
    return document, box


async def _document_to_read(document_id: UUID, person: FamilyPerson) -> tuple[Document, Signature | None]:
    try:
        document = await documents.get(document_id, person.pupil.service_id)
    except NotFound:
        raise _unknown() from None
    loan = await loans.get(document.loan_id, document.service_id)
    if loan.pupil_id != person.pupil.id or not may_read(document, person):
        raise _unknown()
    return document, box_of(document, person)


def _unknown() -> NotFound:
    return NotFound("document.not_found", "Ce document n'existe pas, ou ne vous concerne pas.")


async def family_document(document_id: UUID, person: FamilyPerson) -> FamilyDocument:
    """A paper of this person's child that they may read: in force, or signed by them.

    Raises:
        NotFound: `document.not_found`, for any other.
    """
    document, box = await _readable(document_id, person)
    service = await services.get(document.service_id)
    return FamilyDocument(
        paper=await _paper(document, box, person, service),
        content=content_from_json(document.content),
        service=service,
    )


async def family_pdf(document_id: UUID, person: FamilyPerson) -> tuple[Document, bytes]:
    """A paper that this person may read, and its PDF as issued.

    Raises:
        NotFound: `document.not_found`.
    """
    document, _ = await _readable(document_id, person)
    return document, await documents.pdf(document.id)


async def find_by_code(code: str, person: FamilyPerson) -> UUID | None:
    """The document of a public code when this person may read it; None otherwise."""
    document = await documents.by_code(code)
    if document is None or document.service_id != person.pupil.service_id:
        return None
    try:
        await _readable(document.id, person)
    except NotFound:
        return None
    return document.id


async def page_of_label(code: str, person: FamilyPerson) -> tuple[bool, UUID | None]:
    """Whether a label is that of an item lent to this person's child, and the agreement about it, if any."""
    wanted = label_code(code)
    home = await family_home(person)
    for lent in home.loans:
        if any(held.item.public_code == wanted for held in lent.items):
            papers = [each.document for each in (*home.to_sign, *home.signed, *home.to_read) if each.ending is None]
            about = [each.id for each in papers if each.loan_id == lent.loan.id and each.kind in AGREEMENTS]
            return True, about[-1] if about else None
    return False, None


async def held_item(loan_id: UUID, item_id: UUID, person: FamilyPerson) -> tuple[FamilyLoan, HeldItem]:
    """An item that this person's child holds now under a loan that they see.

    Raises:
        NotFound: `item.not_found`.
    """
    for shown in (await family_home(person)).loans:
        if shown.loan.id == loan_id:
            for held in shown.items:
                if held.item.id == item_id:
                    return shown, held
    raise NotFound("item.not_found", "Ce matériel n'est pas, ou n'est plus, parmi ceux qui vous sont prêtés.")


async def declare_by_family(
    command: DeclareIncident, *, loan_id: UUID, item_id: UUID, person: FamilyPerson, base_url: str, now: datetime
) -> Incident:
    """Tell the service what happened to an item, or the wish to give it back.

    Raises:
        NotFound: `item.not_found`.
        RuleBroken: `incident.invalid`.
    """
    shown, held = await held_item(loan_id, item_id, person)
    return await declare_incident(
        command,
        item=held.item,
        loan_id=shown.loan.id,
        declarer=Declarer(person.link.actor_id, DeclaredAs.FAMILY, person.link.id),
        base_url=base_url,
        now=now,
    )


async def _readable(document_id: UUID, person: FamilyPerson) -> tuple[Document, Signature | None]:
    document, box = await _document_to_read(document_id, person)
    if not _is_kept(document, box):
        raise NotFound(
            "document.not_found",
            "Ce document n'est plus en vigueur. Revenez à « Mes matériels » pour voir celui qui le remplace.",
        )
    return document, box


def _is_kept(document: Document, box: Signature | None) -> bool:
    """Whether a paper is still shown to whoever has this box: what they signed is, after its end too."""
    signed = box is not None and box.status is SignatureStatus.SIGNED
    return signed or document.status is DocumentStatus.IN_FORCE


def _number_of(loan: Loan, papers: Sequence[Document]) -> str:
    """How people call a loan: the number of its last agreement, else what the old paper of a loan taken over bore."""
    numbers = [each.number for each in papers if each.kind in AGREEMENTS]
    return numbers[-1] if numbers else loan.paper.reference if loan.paper is not None else ""


async def _reports(seen: list[UUID], shown: list[FamilyLoan], service_id: UUID) -> tuple[ToldIncident, ...]:
    """What the family told about what is lost, stolen or given back since; a report never vanishes with its item."""
    held = {(lent.loan.id, each.item.id) for lent in shown for each in lent.items}
    theirs = [
        each
        for each in await incidents.of_loans(seen)
        if each.declared_as is DeclaredAs.FAMILY and (each.loan_id, each.item_id) not in held
    ]
    return tuple(reversed(await with_items(theirs, service_id)))


async def _family_loan(loan: Loan) -> FamilyLoan:
    lines = {line.item_id: line for line in loan.open_items}
    declared = await incidents.of_loans([loan.id])
    return FamilyLoan(
        loan=loan,
        items=tuple(
            HeldItem(
                item=item,
                line=lines[item.id],
                incidents=tuple(each for each in declared if each.item_id == item.id),
            )
            for item in await items.get_many(list(lines), loan.service_id)
        ),
    )


def _urgency(paper: FamilyPaper) -> tuple[bool, bool]:
    """What is awaited before what is welcome, an agreement before a receipt; a sort keeps the order of issue."""
    return not paper.is_awaited, paper.document.kind in RECEIPTS


async def _paper(
    document: Document, box: Signature | None, person: FamilyPerson, service: ManagingService, *, number: str = ""
) -> FamilyPaper:
    asked, blocked = may_sign(document, person), is_blocked(document, person.pupil)
    waits = asked and not blocked and waits_for_state(document, service.state_signs)
    return FamilyPaper(
        document=document,
        box=box,
        to_sign=asked and not blocked and not waits,
        is_blocked=asked and blocked,
        waits_for_state=waits,
        loan_number=number,
        ending=ending_of(document, await documents.ended_by(document)),
    )
