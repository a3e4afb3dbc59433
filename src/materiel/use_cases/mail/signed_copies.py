"""The signed copy that each party receives by mail: with the confirmation of a signature, and once all have signed.

A confirmation waits for the seal of its copy, an hour at most: whoever did not sign must learn of it all the same. Once
the last signature is given and its copy sealed, each party is sent the complete one: a person of the family the file
itself, an institution that may have dozens one message a day, which names the papers that it finds behind its link.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from materiel.domain.accounts.service import ManagingService
from materiel.domain.papers.document import Document, Party, Signature
from materiel.domain.people.death import is_silenced
from materiel.domain.people.pupil import Pupil
from materiel.domain.people.standing import may_be_written_to
from materiel.domain.signing.electronic_signature import email_of
from materiel.domain.visitors.institution import DEPOSITARIES
from materiel.domain.work.outbox import About, Impulse, Message, Purpose
from materiel.domain.work.pause import resumes_on
from materiel.errors import NotFound
from materiel.store.accounts import service as services
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.store.signing import signed_copy as copies
from materiel.store.work import outbox
from materiel.store.work import pause as pauses
from materiel.use_cases.links.institution import institution_named, institution_place
from materiel.use_cases.work.outbox import MessageText, post

LONGEST_WAIT = timedelta(hours=1)


async def waits_for_seal(message: Message, now: datetime) -> bool:
    """Whether a confirmation should not leave yet: the copy that it carries is about to be sealed."""
    if message.purpose is not Purpose.SIGNATURE_COPY or message.attachment_id is None:
        return False
    if now >= message.created_at + LONGEST_WAIT:
        return False
    copy = await copies.latest(message.attachment_id)
    return copy is not None and not copy.is_sealed


async def attached_to(message: Message, document: Document) -> bytes | None:
    """What a message that carries a document brings: its last signed copy if it confirms a signature, else the issued
    file; None for a copy that still waits.
    """
    if message.purpose not in (Purpose.SIGNATURE_COPY, Purpose.SIGNED_BY_ALL):
        return await documents.pdf(document.id)
    copy = await copies.latest(document.id)
    if copy is None or not copy.is_sealed:
        return None
    return await documents.pdf(document.id) + await copies.tail(copy.id)


async def send_complete_copy(document: Document, *, base_url: str, now: datetime) -> None:
    """Send the copy that bears every signature to each party, in the transaction that keeps its seal.

    Whoever was just written to about the last signature receives this very copy with that message. Nobody is written
    to once the pupil has died (E29).
    """
    service = await services.get(document.service_id)
    loan = await loans.get(document.loan_id, document.service_id)
    pupil = await pupils.get(loan.pupil_id, document.service_id) if loan.pupil_id is not None else None
    if is_silenced(pupil):
        # Nor the school: its letter names no loan, what judges it as it leaves could not tell.
        return
    confirmed = await outbox.addresses_told(document.id, Purpose.SIGNATURE_COPY)
    for box in document.signatures:
        if box.party is Party.BORROWER and pupil is not None:
            await _to_family(document, box, pupil, service, confirmed, base_url=base_url, now=now)
        elif box.party in DEPOSITARIES:
            await _to_institution(document, box, service, confirmed, base_url=base_url, now=now)


async def _to_family(
    document: Document,
    box: Signature,
    pupil: Pupil,
    service: ManagingService,
    confirmed: frozenset[str],
    *,
    base_url: str,
    now: datetime,
) -> None:
    address = email_of(box, pupil)
    may_be = may_be_written_to(box.signer_id, pupil, service.civil_date(now))
    if not address or not may_be or address.lower() in confirmed:
        return
    letter = MessageText(
        purpose=Purpose.SIGNED_BY_ALL,
        impulse=Impulse.MACHINE,
        template="signed_by_all",
        to_address=address,
        service=service,
        values={"name": box.name, "document": document, "check": f"{base_url}/v/{document.code}"},
        about=About(
            document_id=document.id,
            signature_id=box.id,
            loan_id=document.loan_id,
            pupil_id=pupil.id,
            person_id=box.signer_id if box.signer_id != pupil.id else None,
        ),
        unique_key=f"all:{document.id}:{box.id}",
        attachment_id=document.id,
    )
    await post(letter, base_url=base_url, now=now)


async def _to_institution(
    document: Document,
    box: Signature,
    service: ManagingService,
    confirmed: frozenset[str],
    *,
    base_url: str,
    now: datetime,
) -> None:
    if document.school_id is None:
        return
    try:
        uai = (await schools.get(document.school_id, document.service_id)).uai
        named = await institution_named(uai, box.party, document.service_id)
        place = await institution_place(named, document.service_id)
    except NotFound:
        return
    if not place.email or place.email.lower() in confirmed:
        return
    # One letter a day for all that was signed; in a pause of the service, one for all of it.
    today = service.civil_date(now)
    leaves_on = resumes_on(await pauses.of_service(service.id), today)
    is_paused = document.loan_id in await pauses.paused_loans(service.id, today)
    key = f"all:{service.id}:{document.loan_id if is_paused else leaves_on}:{place.email.lower()}"
    letter = MessageText(
        purpose=Purpose.SIGNED_BY_ALL,
        impulse=Impulse.MACHINE,
        template="signed_by_all_there",
        to_address=place.email,
        service=service,
        values={"name": place.name},
        about=About(loan_id=document.loan_id) if is_paused else About(),
        unique_key=key[:120],
    )
    await post(letter, base_url=base_url, now=now)
