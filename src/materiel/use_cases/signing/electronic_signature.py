"""Signing by a link, for a family and for an institution alike: ask for the code, sign with it.

The signature, its evidence, the code spent and the copies are one transaction. A wrong code is counted and nothing else
is written. What differs between the two is where their box is, what may stand in the way, and who gets a copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.papers.document import (
    Document,
    Party,
    Signature,
    SignatureChannel,
    SignatureStatus,
    check_in_force,
)
from materiel.domain.people.pupil import Pupil
from materiel.domain.people.standing import may_be_written_to
from materiel.domain.signing.electronic_signature import Intent, check_by_link, check_no_disagreement, email_of
from materiel.domain.signing.evidence import Evidence, Means
from materiel.domain.signing.identity import Identified, ProvidedIdentity
from materiel.domain.signing.one_time_code import OneTimeCode
from materiel.domain.signing.order import check_not_before_state
from materiel.domain.visitors.institution import Institution, check_may_sign
from materiel.domain.work.outbox import About, Impulse, Purpose
from materiel.errors import Conflict, MaterielError
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.signing import electronic_signature as evidences
from materiel.store.signing import one_time_code as codes
from materiel.use_cases.links.deposit import institution_paper
from materiel.use_cases.signing.recording import RecordSignature, sign_within
from materiel.use_cases.signing.telling_apart import (
    CodeRequest,
    Given,
    Signer,
    identified,
    proved,
    tell_apart,
    write_code,
)
from materiel.use_cases.visitors.family import document_to_sign
from materiel.use_cases.work.outbox import MessageText, post

Copy = tuple[UUID, str, str, UUID | None]
"""To whom a copy goes: their box, their name, their address, and the representative's identifier, None for the pupil or
an institution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignElectronically:
    """A document, what was done before, and what tells who signs: the code as typed, or an identity given."""

    document_id: UUID
    intent: Intent
    code: str = ""
    identity: Identified | None = None


@in_one_visit
async def ask_code(
    document_id: UUID, *, signer: Signer, means: Means = Means.EMAIL, base_url: str, now: datetime
) -> OneTimeCode:
    """Send a code to the address of the link, or to the mobile number on the record, for this document alone.

    Raises:
        NotFound: `document.not_found`, `signature.not_found`.
        Conflict: `document.not_in_force`, `signature.already_signed`.
        RuleBroken: `signature.disagreement`, `code.too_soon`, `code.too_many`, `code.too_many_sms`, `code.no_mobile`,
            `code.by_sms_only`.
    """
    async with write_transaction():
        document, box = await box_to_sign(document_id, signer)
        return await send_code(
            [(document, box)], signer, purpose_of(document_id), means=means, base_url=base_url, now=now
        )


async def send_code(
    chosen: Sequence[tuple[Document, Signature]],
    signer: Signer,
    purpose: str,
    *,
    means: Means = Means.EMAIL,
    base_url: str,
    now: datetime,
) -> OneTimeCode:
    """Send one code for papers that may be signed together; in the transaction that made sure of it.

    Raises:
        RuleBroken: `code.too_soon`, `code.too_many`, `code.too_many_sms`, `code.no_mobile`, `code.by_sms_only`.
    """
    (document, box), is_alone = chosen[0], len(chosen) == 1
    about = About(document_id=document.id, signature_id=box.id, loan_id=document.loan_id) if is_alone else About()
    asked = CodeRequest(
        signer=signer,
        purpose=purpose,
        means=means,
        boxes=[each for _, each in chosen],
        template="signature_code" if is_alone else "lot_code",
        values={"name": greeted(signer)} | ({"document": document} if is_alone else {"number": len(chosen)}),
        about=about,
    )
    return await write_code(asked, base_url=base_url, now=now)


async def identify(document_id: UUID, identity: ProvidedIdentity, *, signer: Signer, now: datetime) -> Identified:
    """Compare the identity that a provider gives with the person whose box it is; nothing is written.

    Raises:
        NotFound: `document.not_found`, `signature.not_found`.
        Conflict: `document.not_in_force`, `signature.already_signed`.
        RuleBroken: `signature.disagreement`, `identity.mismatch`.
    """
    return identified(identity, purpose_of(document_id), signer, [await box_to_sign(document_id, signer)], now)


async def code_sent(document_id: UUID, *, signer: Signer) -> OneTimeCode | None:
    """The last code sent to this link for a document, without its digits, or None."""
    return await codes.latest(signer.link.id, purpose_of(document_id))


@in_one_visit
async def sign_electronically(command: SignElectronically, *, signer: Signer, base_url: str, now: datetime) -> Document:
    """Sign a document, keep the evidence and send the copies.

    Raises:
        NotFound: `document.not_found`, `signature.not_found`.
        Conflict: `document.not_in_force`, `signature.already_signed`, `code.used`.
        RuleBroken: `signature.disagreement`, `code.wrong`, `code.never_sent`,
            `code.expired`, `code.exhausted`; `identity.expired`, `identity.elsewhere`.

    Source: règlement (UE) n° 910/2014, art. 25; Code civil, art. 372-2, 1366 and 1367.
    """
    async with write_transaction():
        document, box = await box_to_sign(command.document_id, signer)
        given = await tell_apart(signer, purpose_of(document.id), command.identity or command.code, now=now)
        if not isinstance(given, MaterielError):
            signed = await sign_box(document, box, command.intent, given, signer, now=now)
            await _confirm(signed, box, command.intent, signer, base_url=base_url, now=now)
            return signed
    raise given


async def evidence_of(document_id: UUID, *, actor: Actor) -> list[Evidence]:
    """What proves the electronic signatures of a document of the actor's service, in their order.

    Raises:
        NotFound: `document.not_found`.
    """
    actor.require(Permission.READ)
    document = await documents.get(document_id, actor.service_id)
    return await evidences.of_document(document.id)


async def box_to_sign(document_id: UUID, signer: Signer) -> tuple[Document, Signature]:
    """The document and the box of the signer on it, once nothing stands in the way of signing.

    Raises:
        NotFound: `document.not_found`, `signature.not_found`.
        Conflict: `document.not_in_force`, `signature.already_signed`.
        RuleBroken: `signature.disagreement`, `signature.asked_otherwise`, `signature.state_first`.
    """
    if isinstance(signer, Institution):
        paper = await institution_paper(document_id, signer)
        return paper.document, check_may_sign(paper)
    document, box = await document_to_sign(document_id, signer)
    if box.status is SignatureStatus.SIGNED:
        raise Conflict("signature.already_signed", "Vous avez déjà signé ce document. Vous n'avez plus rien à faire.")
    check_in_force(document)
    check_by_link(box)
    # Read again: the other parent may have said so while this one was reading.
    check_no_disagreement(document, await pupils.get(signer.pupil.id, signer.pupil.service_id))
    check_not_before_state(document, (await services.get(document.service_id)).state_signs)
    return document, box


async def sign_box(
    document: Document,
    box: Signature,
    intent: Intent,
    given: Given,
    signer: Signer,
    *,
    lot_id: UUID | None = None,
    now: datetime,
) -> Document:
    """Record one signature given behind a link, and its evidence; must run in the transaction that spends the code.

    Args:
        given: what told the signer from others.
        lot_id: what gathers the papers signed by one act.
    """
    service = await services.get(document.service_id)
    today = service.civil_date(now)
    return await sign_within(
        document,
        RecordSignature(
            document_id=document.id, signatory_id=box.id, signed_on=today, channel=SignatureChannel.ELECTRONIC
        ),
        recorded_by=signer.link.actor_id,
        now=now,
        today=today,
        evidence=proved(
            Evidence(
                signature_id=box.id,
                document_id=document.id,
                link_id=signer.link.id,
                sha256=document.sha256,
                typed_name=intent.typed_name,
                capacity=intent.capacity,
                email="",
                shown_at=intent.shown_at,
                consented_at=intent.consented_at,
                code_sent_at=None,
                code_checked_at=now,
                strokes=intent.strokes or None,
                lot_id=lot_id,
                remarks=intent.remarks,
            ),
            given,
            signer,
        ),
    )


async def _confirm(
    signed: Document, box: Signature, intent: Intent, signer: Signer, *, base_url: str, now: datetime
) -> None:
    """Tell whoever signed, and the other persons of the family, that the signature is given."""
    today = (await services.get(signed.service_id)).civil_date(now)
    said = signed_by_whom(box, intent, signer, today)
    for copy in copies_of(signed, box, signer, today):
        await send_copy(signed, box, copy, said, signer.link.pupil_id, signer.link.id, base_url=base_url, now=now)


async def send_copy(
    signed: Document,
    box: Signature,
    copy: Copy,
    said: Mapping[str, object],
    pupil_id: UUID | None,
    link_id: UUID | None,
    *,
    base_url: str,
    now: datetime,
) -> None:
    """Write to one person that a box is signed, with the signed copy; in the transaction that signs it.

    Args:
        said: who signed, as `signed_by_whom` says it.
        link_id: of whoever signed, if it was by a link.
    """
    box_id, name, address, person_id = copy
    letter = MessageText(
        purpose=Purpose.SIGNATURE_COPY,
        impulse=Impulse.ASKED,
        template="signature_copy",
        to_address=address,
        service=await services.get(signed.service_id),
        values={
            **said,
            "document": signed,
            "name": name,
            "is_signer": box_id == box.id,
            "check": f"{base_url}/v/{signed.code}",
        },
        about=About(
            document_id=signed.id,
            signature_id=box_id,
            loan_id=signed.loan_id,
            pupil_id=pupil_id,
            person_id=person_id,
            link_id=link_id if box_id == box.id else None,
        ),
        unique_key=f"copy:{box.id}:{box_id}",
        attachment_id=signed.id,
    )
    await post(letter, base_url=base_url, now=now)


def copies_of(document: Document, box: Signature, signer: Signer, on: date) -> Iterator[Copy]:
    """To whom a copy goes: whoever signed, and each other person of the document who acts for the pupil today and has
    an address.
    """
    yield box.id, greeted(signer), signer.link.email, signer.link.representative_id
    if not isinstance(signer, Institution):
        yield from copies_to_others(document, box, signer.pupil, on)


def copies_to_others(document: Document, box: Signature, pupil: Pupil, on: date) -> Iterator[Copy]:
    """The copies of those who did not sign this box."""
    for other in document.signatures:
        address = email_of(other, pupil)
        is_told = other.party is Party.BORROWER and may_be_written_to(other.signer_id, pupil, on)
        if other.id != box.id and address and is_told:
            yield other.id, other.name, address, other.signer_id if other.signer_id != pupil.id else None


def signed_by_whom(box: Signature, intent: Intent, signer: Signer, on: date) -> dict[str, object]:
    """How a message says who signed, for whom and on which day: an institution by whoever typed a name for it."""
    if isinstance(signer, Institution):
        signed = {"signer": f"{intent.typed_name}, {intent.capacity}", "on_behalf_of": signer.name}
    else:
        signed = {"signer": box.name, "on_behalf_of": ""}
    return {**signed, "signed_on": on}


def greeted(signer: Signer) -> str:
    """How a message begins: nobody knows who opens the mailbox of an institution."""
    return "Madame, Monsieur" if isinstance(signer, Institution) else signer.name


def purpose_of(document_id: UUID) -> str:
    """What a code or an identity serves for, when one document is signed alone."""
    return f"sign:{document_id}"
