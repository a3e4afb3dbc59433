"""Sending a document to the family for signature, and reminding those who have not signed.

Both homes are written to, each person by a link of their own; whoever has no address is named, to be handed a print.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from materiel.domain.document import Document, Signature, SignatureStatus
from materiel.domain.electronic_signature import (
    awaited_of_family,
    check_awaited,
    check_no_disagreement,
    is_pupils,
    representative_of,
)
from materiel.domain.fields import Fields
from materiel.domain.loan import Loan
from materiel.domain.outbox import Purpose
from materiel.domain.party import ManagingService, Pupil
from materiel.domain.roles import Actor, Permission
from materiel.domain.school_year import civil_date
from materiel.errors import Conflict, MaterielError, RuleBroken
from materiel.store import access_link as links
from materiel.store import document as documents
from materiel.store import journal, outbox
from materiel.store import loan as loans
from materiel.store import pupil as pupils
from materiel.store import service as services
from materiel.store.engine import write_transaction
from materiel.use_cases.access_link import Holder, link_url, make_link
from materiel.use_cases.issuing import Issuer
from materiel.use_cases.outbox import Letter, post

AGAIN_AFTER = timedelta(minutes=2)
"""A second click on the button sends nothing more."""

REMIND_AFTER = timedelta(days=7)
MOST_LETTERS = 6
"""About one box, the first one included; beyond, a telephone call is worth more."""

PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SendForSignature:
    """A document in force. `pupil_email` is the address of an adult pupil, who has none on file; empty to keep
    the address of his last link.
    """

    document_id: UUID
    pupil_email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentForSignature:
    """Who was written to and who must be handed a print, by the names printed in the boxes."""

    written_to: tuple[str, ...]
    to_print: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class ReminderReport:
    """How many people were reminded, and the numbers of the documents; nothing is written in a dry run."""

    dry_run: bool
    reminded: int = 0
    documents: list[str] = field(default_factory=list)


async def send_for_signature(command: SendForSignature, *, issuer: Issuer) -> SentForSignature:
    """Write to each person of the family whose signature is awaited or welcome, with a link to read and sign.

    Raises:
        NotFound: `document.not_found`.
        Conflict: `document.not_in_force`, `signature.already_signed`.
        RuleBroken: `signature.nobody_to_ask`, a paper that no family signs; `signature.disagreement`,
            `pupil.deceased`, `signature.email_invalid`.
    """
    issuer.actor.require(Permission.WRITE)
    fields = Fields("signature.email_invalid")
    pupil_email = fields.email("/pupil_email", command.pupil_email)
    fields.check()
    async with write_transaction():
        document = await documents.get(command.document_id, issuer.actor.service_id)
        pupil = await _pupil_to_ask(document)
        service = await services.get(document.service_id)
        sent = [
            (box.name, await _ask(document, box, pupil, service, issuer, pupil_email=pupil_email))
            for box in awaited_of_family(document)
        ]
        await journal.append(
            chain=document.service_id,
            at=issuer.now,
            actor=issuer.actor.id,
            action="document.sent_for_signature",
            subject_kind="document",
            subject_id=document.id,
            details={"loan": str(document.loan_id), "letters": sum(written for _, written in sent)},
        )
    return SentForSignature(
        written_to=tuple(name for name, written in sent if written),
        to_print=tuple(name for name, written in sent if not written),
    )


async def remind_signatures(*, issuer: Issuer, dry_run: bool = False) -> ReminderReport:
    """Write again, once a week, to those who were sent a document and have not signed it.

    Nobody who was handed a print is written to, nor anybody after a pupil's death (E29) or under a disagreement (E2).
    """
    issuer.actor.require(Permission.READ if dry_run else Permission.WRITE)
    report = ReminderReport(dry_run=dry_run)
    service = await services.get(issuer.actor.service_id)
    async for loan in _open_loans(issuer.actor):
        for document in await documents.of_loan(loan.id):
            if not awaited_of_family(document):
                continue
            reminded = await _remind(document, service, issuer, dry_run=dry_run)
            report.reminded += reminded
            report.documents += [document.number] if reminded else []
    return report


async def _remind(document: Document, service: ManagingService, issuer: Issuer, *, dry_run: bool) -> int:
    async with write_transaction():
        try:
            pupil = await _pupil_to_ask(document)
        except MaterielError:
            return 0
        due = [box for box in awaited_of_family(document) if await _is_due(box, issuer.now)]
        if dry_run:
            return len(due)
        return sum([await _ask(document, box, pupil, service, issuer, reminder=True) for box in due])


async def _is_due(box: Signature, now: datetime) -> bool:
    if box.status is not SignatureStatus.PENDING:
        return False
    letters, last = await _letters_about(box)
    return 0 < letters < MOST_LETTERS and last is not None and now - last >= REMIND_AFTER


async def _pupil_to_ask(document: Document) -> Pupil:
    """The pupil whose family is to be asked, once nothing stands in the way of asking."""
    check_awaited(document)
    loan = await loans.get(document.loan_id, document.service_id)
    if loan.pupil_id is None:
        raise LookupError("a borrower's box is on the paper of a loan without a pupil")
    pupil = await pupils.get(loan.pupil_id, document.service_id)
    if pupil.died_on is not None:
        raise RuleBroken(
            "pupil.deceased",
            "Le décès de l'élève est enregistré : aucun message automatique ne part à sa famille.",
        )
    check_no_disagreement(document, pupil)
    return pupil


async def _ask(
    document: Document,
    box: Signature,
    pupil: Pupil,
    service: ManagingService,
    issuer: Issuer,
    *,
    pupil_email: str = "",
    reminder: bool = False,
) -> bool:
    """Write to the person of a box; False when there is no address, and they must be handed a print."""
    holder = await _holder(box, pupil, pupil_email)
    if holder is None:
        return False
    letters, last = await _letters_about(box)
    if last is not None and issuer.now - last < AGAIN_AFTER:
        return True
    awaited = awaited_of_family(document)
    new = await make_link(holder, actor_id=issuer.actor.id, now=issuer.now)
    written = await post(
        Letter(
            purpose=Purpose.SIGNATURE_REMINDER if reminder else Purpose.SIGNATURE_REQUEST,
            template="signature_request",
            to_address=holder.email,
            service=service,
            values={
                "name": holder.name,
                "child": "" if is_pupils(box) else pupil.first_name,
                "document": document,
                "optional": box.status is SignatureStatus.OPTIONAL,
                "several": len(awaited) > 1,
                "both_needed": sum(each.status is SignatureStatus.PENDING for each in awaited) > 1,
                "reminder": reminder,
                "link": link_url(issuer.base_url, new.token, document.code),
                "expires_on": civil_date(new.link.expires_at),
            },
            unique_key=_key(box, letters + 1),
        ),
        base_url=issuer.base_url,
        now=issuer.now,
    )
    if not written:
        raise Conflict("document.changed", "La demande vient de partir d'une autre fenêtre. Rechargez la page.")
    return True


async def _holder(box: Signature, pupil: Pupil, pupil_email: str) -> Holder | None:
    if is_pupils(box):
        former = [link for link in await links.of_pupil(pupil.id) if link.representative_id is None]
        email = pupil_email or (former[-1].email if former else "")
        name, representative_id = pupil.full_name, None
    else:
        person = representative_of(box, pupil)
        if person is None:
            return None
        email, name, representative_id = person.email, person.full_name, person.id
    if not email:
        return None
    return Holder(
        service_id=pupil.service_id,
        email=email,
        name=name,
        pupil_id=pupil.id,
        representative_id=representative_id,
    )


async def _letters_about(box: Signature) -> tuple[int, datetime | None]:
    """How many times the person of a box was written to about it, and when the last time was."""
    count, last = 0, None
    while (written := await outbox.written_at(_key(box, count + 1))) is not None:
        count, last = count + 1, written
    return count, last


def _key(box: Signature, number: int) -> str:
    return f"sign:{box.id}:{number}"


async def _open_loans(actor: Actor) -> AsyncIterator[Loan]:
    """The open loans of pupils, a page in memory at a time."""
    after: UUID | None = None
    while page := await loans.page(actor.service_id, limit=PAGE, after=after):
        for loan in page:
            if loan.is_open and loan.pupil_id is not None:
                yield loan
        after = page[-1].id
