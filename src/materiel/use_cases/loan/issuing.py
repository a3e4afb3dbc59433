"""Making one document: its number, its words, its bytes and its signature boxes, inside the caller's transaction.

The number is printed on the document and its digest is recorded with it, so the PDF is drawn inside the
transaction (some milliseconds): a document that cannot be drawn is not issued and uses no number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from materiel.documents.compose import compose
from materiel.documents.content_json import content_to_json
from materiel.documents.facts import Change, Facts, ItemFacts, KitFacts
from materiel.documents.pdf.layout import LAYOUT
from materiel.documents.pdf.render import render_pdf, shared_bytes
from materiel.documents.wording import wording_on
from materiel.domain.accounts.service import check_complete
from materiel.domain.calendar.school_year import school_year
from materiel.domain.circuit.workshop.kit import kit_of
from materiel.domain.language.french import enumeration
from materiel.domain.papers.addressees import notice_addressee, notice_copy
from materiel.domain.papers.custodians import Place
from materiel.domain.papers.document import (
    AGREEMENTS,
    RECEIPTS,
    Covers,
    Document,
    DocumentKind,
    DocumentStatus,
    Party,
    Recipient,
    Signature,
    SignatureStatus,
)
from materiel.domain.papers.letterhead import Letterhead
from materiel.domain.papers.numbering import agreement_number, dependent_number
from materiel.domain.papers.old_paper import number_stem
from materiel.domain.papers.required import RequiredDocument
from materiel.domain.papers.signatories import Addressee, Custodian, Signatory, signatories_of
from materiel.domain.visitors.institution import DEPOSITARIES
from materiel.store.engine.ids import new_id, new_public_code
from materiel.store.history import journal
from materiel.store.papers import annex as annexes
from materiel.store.papers import document as documents
from materiel.store.papers import letterhead as letterheads
from materiel.store.papers import numbering
from materiel.use_cases.loan.case import Case
from materiel.use_cases.papers.issuer import Issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A document to make: what the rules require of it, and what it states beyond the case.

    `lines` are the items it lists, the open ones of the loan unless told. `place` is where it belongs, the
    loan's own unless told (the old school of a change). `replaces` is the document it takes the place of, `begins_on`
    the first day of an agreement made during a loan. `goes_on`: a receipt of items that stay with the loan.
    """

    required: RequiredDocument
    lines: tuple[ItemFacts, ...] | None = None
    place: Place | None = None
    change: Change | None = None
    replaces: Document | None = None
    happened_on: date | None = None
    begins_on: date | None = None
    takes_effect_on: date | None = None
    goes_on: bool = False


async def draw_document(case: Case, wanted: Wanted, issuer: Issuer) -> tuple[Document, bytes]:
    """Make one document of a loan, and its PDF; must run in a write transaction, which takes its number.

    Raises:
        RuleBroken: `service.incomplete`; nobody may sign for the pupil (see `borrower_signatories`); a text cannot be
            drawn.
    """
    place = wanted.place or case.place
    kind = wanted.required.kind
    custodian, signatories = named_signatories(replace(case, place=place), wanted.required, issuer.today)
    addressee, recipients = _recipients(place, kind)
    facts = Facts(
        kind=kind,
        number=await _number(case, kind, issuer),
        code=new_public_code(),
        base_url=issuer.base_url,
        label_url=issuer.label_url,
        issued_on=issuer.today,
        service=case.service,
        loan=case.loan,
        school=place.school,
        items=in_their_kits(
            case, wanted.lines or tuple(ItemFacts(item=case.item(line.item_id)) for line in case.loan.open_items), kind
        ),
        pupil=case.pupil,
        signatories=signatories,
        custodian=custodian,
        addressee=addressee,
        agreement_number=case.reference if kind not in AGREEMENTS else "",
        replaces_number=_replaced(case, wanted),
        change=_change_in_kits(case, wanted.change),
        happened_on=wanted.happened_on,
        begins_on=wanted.begins_on,
        goes_on=wanted.goes_on,
        annex=await annexes.in_force(case.service.id, issuer.today) if kind in AGREEMENTS else None,
        **_sides(kind, signatories),
    )
    letterhead = await letterheads.find(case.service.letterhead)
    return _drawn(case, wanted, facts, recipients, letterhead)


def in_their_kits(case: Case, lines: Sequence[ItemFacts], kind: DocumentKind) -> tuple[ItemFacts, ...]:
    """The lines of a paper with the kit of each, and what each kit lacks there.

    A receipt names the parts of the loan that it is not about, and those that were never in it, or are lost; what was
    handed over or came back before is on another receipt.
    """
    if not case.kits:
        return tuple(lines)
    listed, left, elsewhere = {line.item.id for line in lines}, set[UUID](), set[UUID]()
    if kind in (DocumentKind.HANDOVER_RECEIPT, DocumentKind.RETURN_RECEIPT):
        gives = kind is DocumentKind.HANDOVER_RECEIPT
        left = {line.item_id for line in (case.loan.lines_to_hand_over if gives else case.loan.lines_out)} - listed
        elsewhere = {
            line.item_id
            for line in case.loan.items
            if line.returned_on or (line.handed_over_on and not line.removed_on)
        }
    told = {
        part.id: KitFacts(
            number=kit.number,
            designation=kit.designation,
            without=kit.but(listed | left | elsewhere),
            left=tuple(each for each in kit.parts if each.id in left),
        )
        for kit in case.kits
        for part in kit.parts
    }
    return tuple(replace(line, kit=told.get(line.item.id)) for line in lines)


def _change_in_kits(case: Case, change: Change | None) -> Change | None:
    """What comes in and goes out, with the kit of each line; what a kit lacks is told of the list as it is then."""
    if change is None or not case.kits:
        return change

    def only_named(lines: Sequence[ItemFacts]) -> tuple[ItemFacts, ...]:
        kits = ((line, kit_of(case.kits, line.item.id)) for line in lines)
        return tuple(
            replace(line, kit=KitFacts(number=kit.number, designation=kit.designation, is_told_whole=False))
            if kit is not None
            else line
            for line, kit in kits
        )

    return replace(change, added=only_named(change.added), removed=only_named(change.removed))


def named_signatories(
    case: Case, required: RequiredDocument, today: date
) -> tuple[Custodian | None, tuple[Signatory, ...]]:
    """Who keeps the items for a document of a loan, and who signs it; it draws nothing.

    Raises:
        RuleBroken: `service.incomplete`; nobody may sign for the pupil (see `borrower_signatories`).
    """
    check_complete(case.service)
    custodian = case.place.custodian if _has_custodian(required.kind, case, required) else None
    signatories = signatories_of(
        required,
        service=case.service,
        pupil=case.pupil,
        custodian=custodian,
        on=today,
    )
    return custodian, signatories


async def keep_documents(drawn: Sequence[tuple[Document, bytes]], issuer: Issuer) -> None:
    """Write what was drawn, and tell the journal what each document is."""
    if not drawn:
        return
    # One transaction issues in the name of one service, under one letterhead.
    letterhead = await letterheads.find(drawn[0][0].letterhead)
    await documents.insert(drawn, issued_at=issuer.now, shared=shared_bytes(letterhead))
    for document, _ in drawn:
        await journal.by(issuer.actor, issuer.now).note(
            "document.issued",
            document.id,
            {
                "loan": str(document.loan_id),
                "kind": document.kind.value,
                "number": document.number,
                "sha256": document.sha256,
                "content_sha256": hashlib.sha256(document.content.encode()).hexdigest(),
            },
        )


def _drawn(
    case: Case, wanted: Wanted, facts: Facts, recipients: Sequence[Addressee], letterhead: Letterhead | None
) -> tuple[Document, bytes]:
    wording = wording_on(facts.kind, facts.issued_on)
    content = compose(facts, wording)
    rendered = render_pdf(content, letterhead)
    document = Document(
        id=new_id(),
        service_id=case.service.id,
        loan_id=case.loan.id,
        kind=facts.kind,
        number=facts.number,
        covers=wanted.required.covers,
        status=DocumentStatus.IN_FORCE,
        issued_on=facts.issued_on,
        wording=wording.in_force_from,
        code=facts.code,
        sha256=hashlib.sha256(rendered.data).hexdigest(),
        pages=rendered.pages,
        content=content_to_json(content),
        layout=LAYOUT,
        replaces=wanted.replaces.id if wanted.replaces else None,
        school_id=facts.school.id,
        takes_effect_on=wanted.takes_effect_on,
        letterhead=letterhead.sha256 if letterhead is not None else None,
        signatures=tuple(_box(each) for each in facts.signatories),
        recipients=tuple(Recipient(id=new_id(), party=each.party, name=each.name) for each in recipients),
    )
    return document, rendered.data


async def _number(case: Case, kind: DocumentKind, issuer: Issuer) -> str:
    # The amendment by which a loan comes from another service is its first paper here: it has a number of its own.
    if kind in AGREEMENTS or (kind is DocumentKind.AMENDMENT and case.root is None):
        year = school_year(issuer.today)
        return agreement_number(case.service.code, year, await numbering.next_number(case.service.id, year))
    if case.root is not None:
        return dependent_number(case.root.number, kind, [each.number for each in case.documents])
    if kind not in RECEIPTS or case.loan.paper is None:
        raise LookupError(f"a {kind.value} refers to an agreement and the loan has none")
    # Several loans may have been taken over from one old paper: their receipts are counted together.
    stem = number_stem(case.loan.paper.reference, case.items[0].inventory_number)
    return dependent_number(stem, kind, await documents.numbers_below(stem, case.service.id))


def _replaced(case: Case, wanted: Wanted) -> str:
    """The number of what a document takes the place of: one of ours, or the old paper of a loan taken over."""
    if wanted.replaces is not None:
        return wanted.replaces.number
    paper = case.loan.paper
    first = wanted.required.kind in AGREEMENTS and case.agreement is None
    return paper.reference if first and paper is not None and paper.signed_on is not None else ""


def _has_custodian(kind: DocumentKind, case: Case, required: RequiredDocument) -> bool:
    return any(party in required.signatories for party in DEPOSITARIES) or (
        kind is DocumentKind.AMENDMENT and Covers.DEPOSIT in (case.agreement.covers if case.agreement else ())
    )


def _recipients(place: Place, kind: DocumentKind) -> tuple[Addressee | None, tuple[Addressee, ...]]:
    if kind is not DocumentKind.NOTICE:
        return None, ()
    addressee = notice_addressee(place.signing_school, place.municipality)
    copy = notice_copy(place.signing_school, place.municipality)
    return addressee, (addressee, copy) if copy else (addressee,)


def _sides(kind: DocumentKind, signatories: Sequence[Signatory]) -> dict[str, str]:
    """Who hands and who receives, by name, on a receipt."""
    if kind not in (DocumentKind.HANDOVER_RECEIPT, DocumentKind.RETURN_RECEIPT) or len(signatories) < 2:
        return {}
    keepers = [each.name for each in signatories if each.party in DEPOSITARIES]
    families = [each.name for each in signatories if each.party is Party.BORROWER]
    if keepers and families:
        return {"handed_by": enumeration(families, "ou"), "received_by": keepers[0]}
    service, keeper = (signatories[0].name, signatories[1].name)
    if kind is DocumentKind.HANDOVER_RECEIPT:
        return {"handed_by": service, "received_by": keeper}
    return {"handed_by": keeper, "received_by": service}


def _box(signatory: Signatory) -> Signature:
    on_behalf = f", pour {signatory.on_behalf_of}" if signatory.on_behalf_of else ""
    return Signature(
        id=new_id(),
        party=signatory.party,
        name=signatory.name,
        capacity=f"{signatory.capacity}{on_behalf}".lstrip(", "),
        status=SignatureStatus.OPTIONAL if signatory.optional else SignatureStatus.PENDING,
        signer=signatory.signer,
        signer_id=signatory.signer_id,
    )
