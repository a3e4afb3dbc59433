"""Sending a document to those who have to sign it, and reminding those who have not.

Both homes are written to, each person by a link of their own, and the institution that keeps the items at its mailbox;
whoever has no address is named, to be handed a print.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from materiel.domain.accounts.roles import Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.calendar.waiting import is_too_soon
from materiel.domain.links.mailbox import shared_mailbox_warnings
from materiel.domain.papers.document import Document, Party, Signature, SignatureStatus
from materiel.domain.people.death import is_silenced
from materiel.domain.people.pupil import Pupil
from materiel.domain.signing.electronic_signature import (
    awaited_of_family,
    check_awaited,
    check_no_disagreement,
    email_of,
    is_pupils,
    may_be_asked,
    needed,
    representative_of,
)
from materiel.domain.signing.order import check_not_before_state
from materiel.domain.visitors.institution import awaited_of_depositary
from materiel.domain.work.outbox import About, Impulse, Purpose
from materiel.errors import Conflict, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.store.work import outbox
from materiel.store.work import pause as pauses
from materiel.use_cases.links.access_link import LinkHolder, link_url, make_link
from materiel.use_cases.links.institution import InviteInstitution, institution_named
from materiel.use_cases.links.institution_link import ask_depositary
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.work.outbox import MessageText, post

AGAIN_AFTER = timedelta(minutes=2)
"""A second click on the button sends nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendForSignature:
    """A document in force; with a `party`, only its side is written to, and reminded if it was before.

    `in_number`: as one of many, so that a loan that is paused is left out.
    """

    document_id: UUID
    party: Party | None = None
    in_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SentForSignature:
    """Who was written to and who must be handed a print, by the names printed in the boxes.

    `shared`: what to tell the service of the mailboxes that several of them read.
    """

    written_to: tuple[str, ...]
    to_print: tuple[str, ...]
    shared: tuple[str, ...] = ()


def asks_somebody(document: Document, pupil: Pupil | None, on: date) -> bool:
    """Whether a document awaits a signature that may be asked for by e-mail, that day."""
    family = any(
        box.status is SignatureStatus.PENDING and pupil is not None and may_be_asked(box, pupil, on)
        for box in awaited_of_family(document)
    )
    return family or awaited_of_depositary(document) is not None


@in_one_visit
async def send_for_signature(command: SendForSignature, *, issuer: Issuer) -> SentForSignature:
    """Write to each person of the family whose signature is awaited or welcome, with a link to read and sign, and to
    the institution that keeps the items, when its own is awaited.

    Raises:
        NotFound: `document.not_found`.
        Conflict: `document.not_in_force`, `signature.already_signed`.
        RuleBroken: `signature.nobody_to_ask`, a paper that neither signs; `signature.disagreement`,
            `pupil.deceased`, `signature.signers_changed`, `signature.state_first`.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        document = await documents.get(command.document_id, issuer.actor.service_id)
        service = await services.get(document.service_id)
        if command.in_number:
            await _check_not_paused(document, issuer)
        check_not_before_state(document, service.state_signs)
        sent: list[tuple[str, bool]] = []
        written_boxes: list[str] = []
        shared: tuple[str, ...] = ()
        depositary = awaited_of_depositary(document)
        if command.party is not None and depositary is not None and depositary.party is not command.party:
            depositary = None
        asks_family = command.party in (None, Party.BORROWER) and bool(awaited_of_family(document))
        if depositary is None and command.party not in (None, Party.BORROWER):
            raise RuleBroken("signature.nobody_to_ask", "La signature demandée n'est pas attendue sur ce document.")
        if depositary is None or asks_family:
            pupil = await pupil_to_ask(document)
            shared = shared_mailbox_warnings(pupil)
            for box in boxes_to_ask(document, pupil, issuer.today, or_nobody=depositary is not None):
                again = command.party is not None and bool((await letters_about(box))[0])
                asked = await ask_person(document, box, pupil, service, issuer, reminder=again)
                sent.append((box.name, asked))
                written_boxes += [str(box.id)] * asked
        if depositary is not None:
            where = await _institution_of(document, depositary)
            name = await ask_depositary(where, issuer=issuer, document=document) if where else None
            sent.append((name or depositary.name, name is not None))
            written_boxes += [str(depositary.id)] * (name is not None)
        await journal.by(issuer.actor, issuer.now).note(
            "document.sent_for_signature",
            document.id,
            {
                "loan": str(document.loan_id),
                "letters": sum(written for _, written in sent),
                "signatories": written_boxes,
            },
        )
    return SentForSignature(
        written_to=tuple(name for name, written in sent if written),
        to_print=tuple(name for name, written in sent if not written),
        shared=shared,
    )


async def _check_not_paused(document: Document, issuer: Issuer) -> None:
    """What is sent in number is not sent on purpose to each: a loan that is paused is left out, and told.

    Raises:
        RuleBroken: `loan.paused`.
    """
    if document.loan_id in await pauses.paused_loans(document.service_id, issuer.today):
        raise RuleBroken(
            "loan.paused",
            "Les messages de ce prêt sont en pause : rien ne part en nombre. Envoyez-le depuis sa page, "
            "si vous le voulez.",
        )


async def _institution_of(document: Document, box: Signature) -> InviteInstitution | None:
    """Whose mailbox receives what a depositary has to sign: the school's, the town hall's, or the body's (E35).

    None for a paper so old that nobody knows which school it was about.
    """
    if document.school_id is None:
        return None
    uai = (await schools.get(document.school_id, document.service_id)).uai
    return await institution_named(uai, box.party, document.service_id)


async def pupil_to_ask(document: Document) -> Pupil:
    """The pupil whose family is to be asked, once nothing stands in the way of asking."""
    check_awaited(document)
    loan = await loans.get(document.loan_id, document.service_id)
    if loan.pupil_id is None:
        raise LookupError("a borrower's box is on the paper of a loan without a pupil")
    pupil = await pupils.get(loan.pupil_id, document.service_id)
    if is_silenced(pupil):
        raise RuleBroken(
            "pupil.deceased",
            "Le décès de l'élève est enregistré : aucun message automatique ne part à sa famille.",
        )
    check_no_disagreement(document, pupil)
    return pupil


def boxes_to_ask(document: Document, pupil: Pupil, on: date, *, or_nobody: bool = False) -> tuple[Signature, ...]:
    """The boxes of the family still to sign whose persons act for the pupil today.

    Raises:
        RuleBroken: `signature.signers_changed`, nobody that the document names acts today, unless `or_nobody`.
    """
    boxes = tuple(box for box in awaited_of_family(document) if may_be_asked(box, pupil, on))
    if not boxes and not or_nobody:
        raise RuleBroken(
            "signature.signers_changed",
            "Aucune des personnes que ce document désigne ne peut aujourd'hui le signer en ligne pour l'élève "
            "(majorité, autorité parentale, mesure de protection, personne encore à nommer) : rien ne part. "
            "Faites-le signer sur papier, ou renouvelez ou modifiez le prêt : le nouveau document désignera qui "
            "signe aujourd'hui.",
        )
    return boxes


async def ask_person(
    document: Document,
    box: Signature,
    pupil: Pupil,
    service: ManagingService,
    issuer: Issuer,
    *,
    impulse: Impulse = Impulse.HAND,
    reminder: bool = False,
) -> bool:
    """Write to the person of a box, who acts for the pupil today; False when there is no address, and they must be
    handed a print.
    """
    holder = _holder(box, pupil)
    if holder is None:
        return False
    letters, told = await outbox.requests_for(box.id)
    if told and is_too_soon(told[-1], issuer.now, AGAIN_AFTER):
        return True
    awaited = awaited_of_family(document)
    must = needed([each for each in awaited if may_be_asked(each, pupil, issuer.today)])
    new = await make_link(holder, actor_id=issuer.actor.id, now=issuer.now)
    await outbox.settle_requests(box.id, issuer.now)
    written = await post(
        MessageText(
            purpose=Purpose.SIGNATURE_REMINDER if reminder else Purpose.SIGNATURE_REQUEST,
            impulse=impulse,
            template="signature_request",
            to_address=holder.email,
            service=service,
            values={
                "name": holder.name,
                "child": "" if is_pupils(box) else pupil.first_name,
                "document": document,
                "optional": box not in must,
                "several": len(awaited) > 1,
                "both_needed": len(must) > 1 and all(each.status is SignatureStatus.PENDING for each in must),
                "reminder": reminder,
                "link": link_url(issuer.base_url, new.token, document.code),
                "expires_on": service.civil_date(new.link.expires_at),
            },
            about=About(
                document_id=document.id,
                signature_id=box.id,
                loan_id=document.loan_id,
                pupil_id=pupil.id,
                person_id=holder.representative_id,
                link_id=new.link.id,
            ),
            unique_key=f"sign:{box.id}:{letters + 1}",
        ),
        base_url=issuer.base_url,
        now=issuer.now,
    )
    if not written:
        raise Conflict("document.changed", "La demande vient de partir d'une autre fenêtre. Rechargez la page.")
    return True


def _holder(box: Signature, pupil: Pupil) -> LinkHolder | None:
    email = email_of(box, pupil)
    if not email:
        return None
    person = representative_of(box, pupil)
    return LinkHolder(
        service_id=pupil.service_id,
        email=email,
        name=person.full_name if person else pupil.full_name,
        pupil_id=pupil.id,
        representative_id=person.id if person else None,
    )


async def letters_about(box: Signature) -> tuple[int, datetime | None]:
    """How many times the person of a box was written to about it, and when the last time was; what was refused or
    cancelled told them nothing.
    """
    told = await outbox.requests_for(box.id)
    return len(told[1]), told[1][-1] if told[1] else None
