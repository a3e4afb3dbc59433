"""Signing by a link: ask for the code, sign with it, or declare a disagreement.

The signature, its evidence, the code spent and the copies to both homes are one transaction. A wrong code is counted
and nothing else is written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from materiel.domain.access_link import FamilyPerson
from materiel.domain.document import Document, Party, Signature, SignatureChannel, SignatureStatus
from materiel.domain.electronic_signature import (
    Evidence,
    Intent,
    box_of,
    check_in_force,
    check_no_disagreement,
    is_pupils,
    may_disagree,
    representative_of,
)
from materiel.domain.one_time_code import OneTimeCode
from materiel.domain.outbox import Purpose
from materiel.domain.party import ManagingService
from materiel.domain.roles import Actor, Permission
from materiel.domain.school_year import civil_date
from materiel.errors import Conflict, MaterielError, NotFound, RuleBroken
from materiel.store import document as documents
from materiel.store import electronic_signature as evidences
from materiel.store import journal
from materiel.store import loan as loans
from materiel.store import one_time_code as codes
from materiel.store import pupil as pupils
from materiel.store import service as services
from materiel.store.engine import write_transaction
from materiel.use_cases.document import RecordSignature, sign_within
from materiel.use_cases.one_time_code import make_code, spend_code
from materiel.use_cases.outbox import Letter, post


@dataclass(frozen=True, slots=True, kw_only=True)
class SignElectronically:
    """A document, what was done before the code was asked for, and the code as typed."""

    document_id: UUID
    intent: Intent
    code: str


async def document_to_sign(document_id: UUID, person: FamilyPerson) -> tuple[Document, Signature]:
    """A document of this person's own child on which they have a box, with that box.

    Raises:
        NotFound: `document.not_found`, for any other document, whether it exists or not.
    """
    unknown = NotFound("document.not_found", "Ce document n'existe pas, ou ne vous concerne pas.")
    try:
        document = await documents.get(document_id, person.pupil.service_id)
    except NotFound:
        raise unknown from None
    loan = await loans.get(document.loan_id, document.service_id)
    box = box_of(document, person)
    if loan.pupil_id != person.pupil.id or box is None:
        raise unknown
    return document, box


async def ask_code(document_id: UUID, *, person: FamilyPerson, base_url: str, now: datetime) -> OneTimeCode:
    """Send a code to the address of the link, for this document alone.

    Raises:
        NotFound: `document.not_found`.
        Conflict: `document.not_in_force`, `signature.already_signed`.
        RuleBroken: `signature.disagreement`, `code.too_soon`, `code.too_many`.
    """
    async with write_transaction():
        document, box = await document_to_sign(document_id, person)
        await _check_may_sign(document, box, person)
        new = await make_code(person.link, _purpose(document_id), now=now)
        service = await services.get(document.service_id)
        await post(
            Letter(
                purpose=Purpose.SIGNATURE_CODE,
                template="signature_code",
                to_address=person.link.email,
                service=service,
                values={"name": person.name, "digits": new.digits, "document": document},
                unique_key=f"code:{new.code.id}",
            ),
            base_url=base_url,
            now=now,
        )
    return new.code


async def code_sent(document_id: UUID, *, person: FamilyPerson) -> OneTimeCode | None:
    """The last code sent to this person for a document, without its digits, or None."""
    return await codes.latest(person.link.id, _purpose(document_id))


async def sign_electronically(
    command: SignElectronically, *, person: FamilyPerson, base_url: str, now: datetime
) -> Document:
    """Sign a document, keep the evidence and send the copies.

    Raises:
        NotFound: `document.not_found`.
        Conflict: `document.not_in_force`, `signature.already_signed`, `code.used`.
        RuleBroken: `signature.disagreement`, `code.wrong`, `code.expired`, `code.exhausted`.

    Source: règlement (UE) n° 910/2014, art. 25; Code civil, art. 372-2, 1366 and 1367.
    """
    async with write_transaction():
        document, box = await document_to_sign(command.document_id, person)
        await _check_may_sign(document, box, person)
        code = await spend_code(person.link, _purpose(document.id), command.code, now=now)
        if not isinstance(code, MaterielError):
            return await _sign(document, box, command.intent, code, person=person, base_url=base_url, now=now)
    raise code


async def declare_disagreement(*, person: FamilyPerson, base_url: str, now: datetime) -> None:
    """Note that the parents disagree: one signature no longer suffices, and the service takes it from there.

    Raises:
        RuleBroken: `disagreement.meaningless`, there are no two parents to agree.
        Conflict: `pupil.changed`.

    Source: Code civil, art. 372-2 and 373-2; E2.
    """
    if not may_disagree(person.pupil, now):
        raise RuleBroken(
            "disagreement.meaningless",
            "Ce signalement concerne les deux parents d'un élève mineur. Si vous ne voulez pas signer, "
            "ne signez pas et appelez le service.",
        )
    async with write_transaction():
        pupil = await pupils.get(person.pupil.id, person.pupil.service_id)
        if pupil.disagreement:
            return
        await pupils.save(replace(pupil, disagreement=True))
        await journal.append(
            pupil.service_id,
            at=now,
            actor=person.link.actor_id,
            action="pupil.disagreement_declared",
            subject_kind="pupil",
            subject_id=pupil.id,
            details={},
        )
        service = await services.get(pupil.service_id)
        if service.email:
            letter = Letter(
                purpose=Purpose.DISAGREEMENT,
                template="disagreement",
                to_address=service.email,
                service=service,
                values={"pupil_id": pupil.id, "home": base_url},
            )
            await post(letter, base_url=base_url, now=now)


async def evidence_of(document_id: UUID, *, actor: Actor) -> list[Evidence]:
    """What proves the electronic signatures of a document of the actor's service, in their order.

    Raises:
        NotFound: `document.not_found`.
    """
    actor.require(Permission.READ)
    document = await documents.get(document_id, actor.service_id)
    return await evidences.of_document(document.id)


async def _check_may_sign(document: Document, box: Signature, person: FamilyPerson) -> None:
    if box.status is SignatureStatus.SIGNED:
        raise Conflict("signature.already_signed", "Vous avez déjà signé ce document. Vous n'avez plus rien à faire.")
    check_in_force(document)
    # Read again: the other parent may have said so while this one was reading.
    check_no_disagreement(document, await pupils.get(person.pupil.id, person.pupil.service_id))


async def _sign(
    document: Document,
    box: Signature,
    intent: Intent,
    code: OneTimeCode,
    *,
    person: FamilyPerson,
    base_url: str,
    now: datetime,
) -> Document:
    signed = await sign_within(
        document,
        RecordSignature(
            document_id=document.id,
            signatory_id=box.id,
            signed_on=civil_date(now),
            channel=SignatureChannel.ELECTRONIC,
        ),
        recorded_by=person.link.actor_id,
        now=now,
    )
    await evidences.insert(
        Evidence(
            signature_id=box.id,
            document_id=document.id,
            link_id=person.link.id,
            sha256=document.sha256,
            typed_name=intent.typed_name,
            capacity=box.capacity,
            email=person.link.email,
            shown_at=intent.shown_at,
            consented_at=intent.consented_at,
            code_sent_at=code.created_at,
            code_checked_at=now,
            strokes=intent.strokes or None,
        )
    )
    service = await services.get(document.service_id)
    for letter in _copies(signed, box, service, person):
        await post(letter, base_url=base_url, now=now)
    return signed


def _copies(document: Document, box: Signature, service: ManagingService, person: FamilyPerson) -> list[Letter]:
    """A copy with the PDF to whoever signed, and one to each other person of the paper who has an address."""
    addresses = {box.id: (person.name, person.link.email)}
    for other in document.signatures:
        if other.party is not Party.BORROWER or other.id == box.id or is_pupils(other):
            continue
        representative = representative_of(other, person.pupil)
        if representative is not None and representative.email:
            addresses[other.id] = (representative.full_name, representative.email)
    return [
        Letter(
            purpose=Purpose.SIGNATURE_COPY,
            template="signature_copy",
            to_address=address,
            service=service,
            values={"name": name, "document": document, "signer": box.name, "is_signer": box_id == box.id},
            unique_key=f"copy:{box.id}:{box_id}",
            attachment_id=document.id,
        )
        for box_id, (name, address) in addresses.items()
    ]


def _purpose(document_id: UUID) -> str:
    return f"sign:{document_id}"
