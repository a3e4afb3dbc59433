"""« Signatures attendues »: grouped by who is awaited, receipts apart, each group with its act on the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.papers.document import (
    RECEIPTS,
    Document,
    Party,
    Signature,
    SignatureChannel,
    SignatureStatus,
    awaited,
)
from materiel.domain.people.death import is_silenced
from materiel.domain.people.pupil import Pupil
from materiel.domain.signing.electronic_signature import check_no_disagreement, email_of, may_be_asked
from materiel.domain.signing.in_person import may_sign_here
from materiel.domain.work.outbox import Message
from materiel.errors import BadInput, MaterielError, RuleBroken
from materiel.store.desk import dashboard
from materiel.store.desk.dashboard import LoanPlace
from materiel.store.engine.database import enclosing_transaction, undone_alone
from materiel.store.loan import loan as loans
from materiel.store.papers import awaited as store
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.store.work import outbox
from materiel.store.work import pause as pauses
from materiel.use_cases.links.institution import institution_named, institution_place, links_to
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.request import SendForSignature, send_for_signature
from materiel.use_cases.work.pause import pause_today

MOST = 100
"""Of each group, the oldest: what one print holds. The others come once these are signed."""

PARTIES = (Party.MANAGING_SERVICE, Party.BORROWER, Party.MUNICIPALITY, Party.HEAD_OF_SCHOOL)
PAUSED = "Messages en pause : rien ne part en nombre."
BY_HAND = "Aucune adresse électronique : à imprimer."


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedLine:
    """A document that a party has still to sign; `message` is the last that asked for it, sent or not.

    `to_print`, in French, says why nobody can be written to; empty when somebody can, and for the service itself.
    `here`: who is asked to sign in person, and may today.
    """

    document: Document
    place: LoanPlace
    message: Message | None
    to_print: str
    here: tuple[Signature, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedGroup:
    """What one party has still to sign, receipts apart, oldest first; `more` when there are more than shown."""

    party: Party
    receipts: bool
    lines: tuple[AwaitedLine, ...]
    more: bool

    @property
    def may_send(self) -> bool:
        """Whether somebody of the group may be written to."""
        return self.party is not Party.MANAGING_SERVICE and any(not line.to_print for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalReminder:
    """A loan some papers of which nobody can be written to about by e-mail: a letter reminds of them."""

    place: LoanPlace
    documents: tuple[Document, ...]

    @property
    def loan_id(self) -> UUID:
        """The loan that the letter is about."""
        return self.documents[0].loan_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AskGroup:
    """Documents whose signature is asked of one party, families or institutions."""

    document_ids: tuple[UUID, ...]
    party: Party


@dataclass(slots=True, kw_only=True)
class AskedGroup:
    """How many documents somebody was written to about; the number of each other one, with why."""

    asked: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)


async def awaited_groups(*, actor: Actor, now: datetime) -> list[AwaitedGroup]:
    """Every group that awaits something: the service's own first, agreements and amendments before receipts."""
    actor.require(Permission.READ)
    groups = []
    paused = await pauses.paused_loans(actor.service_id, actor.civil_date(now))
    for party in PARTIES:
        for receipts in (False, True):
            found = await store.awaiting(actor.service_id, party, receipts=receipts, limit=MOST + 1)
            if found:
                lines = [_held_back(each, paused) for each in await _lines(found[:MOST], party, actor, now)]
                groups.append(AwaitedGroup(party=party, receipts=receipts, lines=tuple(lines), more=len(found) > MOST))
    return groups


async def reminded_by_post(*, actor: Actor, now: datetime) -> list[PostalReminder]:
    """The loans whose signatures are awaited of somebody without e-mail, in the order of the groups: nobody in a
    pause of the service.
    """
    if await pause_today(actor=actor, now=now) is not None:
        return []
    found: dict[UUID, tuple[LoanPlace, dict[UUID, Document]]] = {}
    for group in await awaited_groups(actor=actor, now=now):
        for line in group.lines:
            if line.to_print == BY_HAND:
                _, papers = found.setdefault(line.document.loan_id, (line.place, {}))
                papers[line.document.id] = line.document
    return [PostalReminder(place=place, documents=tuple(papers.values())) for place, papers in found.values()]


async def ask_group(command: AskGroup, *, issuer: Issuer) -> AskedGroup:
    """Write to those whose signature is awaited on these documents, of that party alone; the others are told apart.

    An institution receives one message for all that it has to sign. Each document is a step of its own: one that is
    refused stops no other.

    Raises:
        NotFound: `document.not_found`, before anything leaves.
        BadInput: `signature.party`, the service does not write to itself.
    """
    issuer.actor.require(Permission.WRITE)
    check_others(command.party)
    done = AskedGroup()
    chosen = [await documents.get(each, issuer.actor.service_id) for each in dict.fromkeys(command.document_ids)]
    for document in chosen:
        await _ask(document, command.party, done, issuer)
    return done


def check_others(party: Party | None) -> None:
    """Refuse to write to the service itself, or to nobody that is known.

    Raises:
        BadInput: `signature.party`.
    """
    if party not in PARTIES[1:]:
        raise BadInput(
            "signature.party", "Demandez la signature des familles, des communes ou des chefs d'établissement."
        )


async def _ask(document: Document, party: Party, done: AskedGroup, issuer: Issuer) -> None:
    try:
        async with enclosing_transaction(), undone_alone():
            sent = await send_for_signature(
                SendForSignature(document_id=document.id, party=party, in_number=True), issuer=issuer
            )
    except MaterielError as refusal:
        done.left.append((document.number, refusal.message))
        return
    done.asked += bool(sent.written_to)
    if sent.to_print:
        done.left.append((document.number, BY_HAND))


async def ask_again(document_ids: Sequence[UUID], *, issuer: Issuer) -> AskedGroup:
    """Write to everybody whose signature these documents await, but the service itself; the others are told apart.

    Raises:
        BadInput: `signature.too_many`, more than `MOST`.
        NotFound: `document.not_found`, before anything leaves.
    """
    issuer.actor.require(Permission.WRITE)
    if len(document_ids) > MOST:
        raise BadInput("signature.too_many", f"Relancez pour {MOST} documents à la fois au plus : choisissez-en moins.")
    done = AskedGroup()
    for document in [await documents.get(each, issuer.actor.service_id) for each in dict.fromkeys(document_ids)]:
        # One that is no longer in force is refused by name, and not left out.
        parties = {box.party for box in document.signatures if box.status is SignatureStatus.PENDING}
        for party in (each for each in PARTIES[1:] if each in parties):
            await _ask(document, party, done, issuer)
    return done


async def papers_to_sign(loan_ids: Sequence[UUID], *, actor: Actor) -> list[UUID]:
    """The documents in force of these loans that somebody else than the service has still to sign, receipts apart."""
    actor.require(Permission.READ)
    found = []
    for start in range(0, len(loan_ids), MOST):
        some = await loans.get_many(loan_ids[start : start + MOST], actor.service_id)
        papers = await documents.of_loans([each.id for each in some])
        found += [
            paper.id
            for listed in papers.values()
            for paper in listed
            if paper.kind not in RECEIPTS
            and any(box.party is not Party.MANAGING_SERVICE for _, box in awaited([paper]))
        ]
    return found


async def _lines(ids: Sequence[UUID], party: Party, actor: Actor, now: datetime) -> list[AwaitedLine]:
    papers = await documents.get_many(ids, actor.service_id)
    places = await dashboard.places(actor.service_id, list({paper.loan_id for paper in papers}))
    if party is Party.MANAGING_SERVICE:
        return [AwaitedLine(document=each, place=places[each.loan_id], message=None, to_print="") for each in papers]
    if party is Party.BORROWER:
        return await _of_families(papers, places, actor, now)
    return await _of_institutions(papers, places, party, actor)


def _held_back(line: AwaitedLine, paused: frozenset[UUID]) -> AwaitedLine:
    """A line about a loan that is paused: nothing leaves in number."""
    return replace(line, to_print=PAUSED) if line.document.loan_id in paused else line


async def _of_families(
    papers: Sequence[Document], places: dict[UUID, LoanPlace], actor: Actor, now: datetime
) -> list[AwaitedLine]:
    boxes = {paper.id: [box for box in paper.signatures if _is_familys(box)] for paper in papers}
    last = await outbox.last_requests([box.id for each in boxes.values() for box in each], actor.service_id)
    known: dict[UUID, Pupil] = {}
    lines = []
    for paper in papers:
        place = places[paper.loan_id]
        if place.pupil_id is not None and place.pupil_id not in known:
            known[place.pupil_id] = await pupils.get(place.pupil_id, actor.service_id)
        pupil = known[place.pupil_id] if place.pupil_id is not None else None
        told = [last[box.id] for box in boxes[paper.id] if box.id in last]
        lines.append(
            AwaitedLine(
                document=paper,
                place=place,
                message=max(told, key=lambda each: each.created_at, default=None),
                to_print=_why_by_hand(paper, boxes[paper.id], pupil, actor, now),
                here=() if pupil is None else _asked_here(paper, pupil, actor.civil_date(now)),
            )
        )
    return lines


def _is_familys(box: Signature) -> bool:
    return box.party is Party.BORROWER and box.status is not SignatureStatus.SIGNED


def _asked_here(paper: Document, pupil: Pupil, on: date) -> tuple[Signature, ...]:
    asked = (box for box in paper.signatures if box.asked_channel is SignatureChannel.IN_PERSON)
    return tuple(box for box in asked if may_sign_here(paper, box, pupil, on))


def _why_by_hand(paper: Document, boxes: Sequence[Signature], pupil: Pupil | None, actor: Actor, now: datetime) -> str:
    if pupil is None or is_silenced(pupil):
        return "Personne à qui écrire : à imprimer."
    try:
        check_no_disagreement(paper, pupil)
    except RuleBroken:
        return "Désaccord entre les parents : rien ne part."
    asked = [box for box in boxes if may_be_asked(box, pupil, actor.civil_date(now))]
    if not asked and _asked_here(paper, pupil, actor.civil_date(now)):
        return "À faire signer sur place."
    if not asked:
        return "Personne ne peut signer en ligne : à imprimer."
    return "" if any(email_of(box, pupil) for box in asked) else BY_HAND


async def _of_institutions(
    papers: Sequence[Document], places: dict[UUID, LoanPlace], party: Party, actor: Actor
) -> list[AwaitedLine]:
    known: dict[UUID, tuple[str, Message | None]] = {}
    lines = []
    for paper in papers:
        mailbox, last = "", None
        if paper.school_id is not None:
            if paper.school_id not in known:
                known[paper.school_id] = await _mailbox(paper.school_id, party, actor.service_id)
            mailbox, last = known[paper.school_id]
        # A message tells of what awaited on its day; one that is older asked for something else.
        told = last if last is not None and actor.civil_date(last.created_at) >= paper.issued_on else None
        place = places[paper.loan_id]
        lines.append(AwaitedLine(document=paper, place=place, message=told, to_print="" if mailbox else BY_HAND))
    return lines


async def _mailbox(school_id: UUID, party: Party, service_id: UUID) -> tuple[str, Message | None]:
    """The mailbox of whoever signs for a school, and the last message that went there."""
    uai = (await schools.get(school_id, service_id)).uai
    place = await institution_place(await institution_named(uai, party, service_id), service_id)
    sent = await links_to(place, service_id)
    messages = await outbox.by_links([link.id for link in sent], service_id, limit=1)
    return place.email, messages[0] if messages else None
