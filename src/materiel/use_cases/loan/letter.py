"""Telling the parties of a loan that its return is asked for, no longer asked for, or that the loan is cancelled.

Each person of the family who acts for the pupil that day is written to, and the depositary at its mailbox on file, each
with a link of their own; whoever has no address is named, and has the same letter on a page to print. After the pupil's
death nobody is written to (E29).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.loan.letter import FamilyReader, Reader, family_readers, has_depositary, paragraphs
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.papers.document import Document, DocumentKind, Party, Recipient, SignatureStatus
from materiel.domain.people.death import is_silenced
from materiel.domain.work.outbox import About, Impulse, MessageState, Purpose
from materiel.errors import Conflict
from materiel.store.work import outbox
from materiel.use_cases.links.access_link import LinkHolder, family_holder, link_url, make_link
from materiel.use_cases.links.institution import InstitutionPlace, institution_named, institution_place
from materiel.use_cases.links.institution_link import institution_url
from materiel.use_cases.loan.applying import Letters
from materiel.use_cases.loan.case import Case, load_case
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.work.outbox import MessageText, post

MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedLetter:
    """The letter of one party, to print: `lines` are the address to write on the envelope, empty when unknown."""

    name: str
    email: str
    lines: tuple[str, ...]
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedLetters:
    """The letters of a claim or of a cancellation, and whose service writes."""

    case: Case
    purpose: Purpose
    letters: tuple[PrintedLetter, ...]

    @property
    def service(self) -> ManagingService:
        """Who writes."""
        return self.case.service


async def tell_parties(
    case: Case, purpose: Purpose, *, issuer: Issuer, only: frozenset[UUID | None] | None = None
) -> Letters:
    """Write to the parties of a loan; in the write transaction of what it tells.

    Args:
        case: as it is once the act is done.
        only: the persons to tell, by id, None for the depositary; everybody when it is None.
    """
    if is_silenced(case.pupil):
        return Letters()
    written: list[str] = []
    unreached: list[str] = []
    for person in family_readers(case.pupil, issuer.today) if case.pupil else ():
        if only is not None and _key(person, case) not in only:
            continue
        (written if await _to_family(case, purpose, person, issuer) else unreached).append(person.name)
    if has_depositary(case.loan) and (only is None or None in only):
        place = await depositary_of(case)
        (written if await _to_depositary(case, purpose, place, issuer) else unreached).append(place.name)
    return Letters(written_to=tuple(written), to_print=tuple(unreached))


async def tell_notified(case: Case, *, issuer: Issuer) -> Letters:
    """Tell whoever was sent a notice of a loan that it is cancelled: by e-mail, or on a letter to print. In the write
    transaction of the cancellation, with the case as it was before.
    """
    if is_silenced(case.pupil):
        return Letters()
    written: list[str] = []
    unreached: list[str] = []
    for notice, told in _notified(case):
        place = await _place(case, told.party)
        body = _told_notified(case, notice, issuer.today)
        done = await _to_institution(case, Purpose.LOAN_CANCELLED, place, body, issuer)
        (written if done else unreached).append(place.name)
    return Letters(written_to=tuple(written), to_print=tuple(unreached))


def signed_by_a_party(case: Case) -> bool:
    """Whether somebody else than the lender has signed a paper that the loan made."""
    return any(
        box.status is SignatureStatus.SIGNED and box.party is not Party.MANAGING_SERVICE
        for paper in case.documents
        for box in paper.signatures
    )


def _notified(case: Case) -> list[tuple[Document, Recipient]]:
    """Who was sent the notices of the school where the loan is, each once."""
    found = [
        (paper, each)
        for paper in case.documents
        if paper.kind is DocumentKind.NOTICE and paper.school_id == case.place.school.id
        for each in paper.recipients
        if each.sent_at is not None
    ]
    return list({each.party: (paper, each) for paper, each in found}.values())


def _told_notified(case: Case, notice: Document, on: date) -> tuple[str, ...]:
    return paragraphs(
        Purpose.LOAN_CANCELLED, Reader.NOTIFIED, case.loan, number=notice.number, service=case.service, on=on
    )


async def told_of_recall(case: Case) -> frozenset[UUID | None]:
    """Who was sent that the return is asked for, and not yet that it no longer is; None is the depositary.

    A letter that still waits tells nothing: it is cancelled when it would leave.
    """
    told: dict[UUID | None, Purpose] = {}
    for message in await outbox.about("loan", case.loan.id, case.service.id, limit=MOST):
        gone = message.state in (MessageState.SENT, MessageState.SENDING)
        if gone and message.purpose in (Purpose.RECALL, Purpose.RECALL_WITHDRAWN):
            told.setdefault(message.about.person_id or message.about.pupil_id, message.purpose)
    return frozenset(who for who, purpose in told.items() if purpose is Purpose.RECALL)


async def recall_letters(loan_id: UUID, *, actor: Actor, today: date) -> PrintedLetters:
    """The letters of a claim under way, or of a cancellation, to print: those who have no address first.

    Raises:
        NotFound: `loan.not_found`.
        Conflict: `loan.not_recalled`.
    """
    actor.require(Permission.WRITE)
    case = await load_case(loan_id, actor)
    is_cancelled = case.loan.status is LoanStatus.CANCELLED
    purpose = Purpose.LOAN_CANCELLED if is_cancelled else Purpose.RECALL
    on = case.loan.closed_on if is_cancelled else case.loan.recalled_on
    if on is None or case.loan.is_draft or not (is_cancelled or case.loan.is_open) or is_silenced(case.pupil):
        raise Conflict("loan.not_recalled", "Le retour de ce prêt n'est pas demandé : il n'y a pas de lettre.")
    letters = await _notified_letters(case, on) if is_cancelled else []
    if not is_cancelled or signed_by_a_party(case):
        letters += await _letters_of_parties(case, purpose, on, today)
    letters.sort(key=lambda each: bool(each.email))
    return PrintedLetters(case=case, purpose=purpose, letters=tuple(letters))


async def _notified_letters(case: Case, on: date) -> list[PrintedLetter]:
    letters = []
    for notice, told in _notified(case):
        place = await _place(case, told.party)
        letters.append(
            PrintedLetter(name=told.name, email=place.email, lines=(), paragraphs=_told_notified(case, notice, on))
        )
    return letters


async def _letters_of_parties(case: Case, purpose: Purpose, on: date, today: date) -> list[PrintedLetter]:
    letters = [
        PrintedLetter(
            name=person.name,
            email=person.email,
            lines=_address_of(person, case),
            paragraphs=_body(case, purpose, Reader.FAMILY, on, person),
        )
        for person in (family_readers(case.pupil, today) if case.pupil else ())
    ]
    if has_depositary(case.loan):
        place = await depositary_of(case)
        custodian = case.place.custodian
        letters.append(
            PrintedLetter(
                name=place.name,
                email=place.email,
                lines=(*custodian.address.lines, *custodian.address.place),
                paragraphs=_body(case, purpose, Reader.DEPOSITARY, on),
            )
        )
    return letters


def _key(person: FamilyReader, case: Case) -> UUID:
    assert case.pupil is not None
    return person.person_id or case.pupil.id


def _address_of(person: FamilyReader, case: Case) -> tuple[str, ...]:
    assert case.pupil is not None
    representative = next((each for each in case.pupil.representatives if each.id == person.person_id), None)
    home = representative.home if representative else 0
    if home is None or home >= len(case.pupil.homes):
        return ()
    address = case.pupil.homes[home].address
    return (*address.lines, *address.place)


def _body(
    case: Case, purpose: Purpose, reader: Reader, on: date, person: FamilyReader | None = None
) -> tuple[str, ...]:
    child = case.pupil.first_name if person and not person.is_pupil and case.pupil else ""
    return paragraphs(purpose, reader, case.loan, number=case.reference, service=case.service, on=on, child=child)


async def depositary_of(case: Case) -> InstitutionPlace:
    """Who keeps the items of a loan that stay at school, or of a deposit."""
    return await _place(case, case.place.custodian.party)


async def _place(case: Case, party: Party) -> InstitutionPlace:
    service_id = case.service.id
    return await institution_place(await institution_named(case.place.school.uai, party, service_id), service_id)


async def _to_family(case: Case, purpose: Purpose, person: FamilyReader, issuer: Issuer) -> bool:
    if not person.email:
        return False
    assert case.pupil is not None
    body = _body(case, purpose, Reader.FAMILY, issuer.today, person)
    return await write_about_loan(case, purpose, family_holder(case.pupil, person), body, issuer)


async def _to_depositary(case: Case, purpose: Purpose, place: InstitutionPlace, issuer: Issuer) -> bool:
    body = _body(case, purpose, Reader.DEPOSITARY, issuer.today)
    return await _to_institution(case, purpose, place, body, issuer)


async def _to_institution(
    case: Case, purpose: Purpose, place: InstitutionPlace, body: tuple[str, ...], issuer: Issuer
) -> bool:
    if not place.email:
        return False
    return await write_about_loan(case, purpose, place.holder(case.service.id), body, issuer)


async def write_about_loan(
    case: Case, purpose: Purpose, holder: LinkHolder, body: tuple[str, ...], issuer: Issuer, *, alone: bool = True
) -> bool:
    """Send what a person of the service has to say about a loan, with a link; tells whether it is on its way.

    Args:
        alone: False when other loans of the same mailbox are in it too: the end of this one does not stop it.
    """
    new = await make_link(holder, actor_id=issuer.actor.id, now=issuer.now)
    url = link_url if holder.pupil_id is not None else institution_url
    return await post(
        MessageText(
            purpose=purpose,
            impulse=Impulse.HAND,
            template=purpose.value,
            to_address=holder.email,
            service=case.service,
            values={
                "name": holder.name,
                "paragraphs": body,
                "link": url(issuer.base_url, new.token),
                "expires_on": case.service.civil_date(new.link.expires_at),
            },
            about=About(
                loan_id=case.loan.id if alone else None,
                pupil_id=holder.pupil_id,
                person_id=holder.representative_id,
                link_id=new.link.id,
            ),
            unique_key=f"{purpose.value}:{new.link.id}",
        ),
        base_url=issuer.base_url,
        now=issuer.now,
    )
