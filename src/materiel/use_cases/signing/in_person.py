"""Signing in person (« sur place »), on a device that an agent hands over: who may, what they read, and signing it.

No link and no code: an agent of the service attests who is before them. All the papers are signed, or none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.papers.document import Document, Signature, SignatureChannel, find_box
from materiel.domain.people.death import is_silenced
from materiel.domain.people.pupil import Pupil, Representative
from materiel.domain.people.standing import may_be_written_to
from materiel.domain.signing.electronic_signature import Intent, email_of
from materiel.domain.signing.evidence import Evidence, Means
from materiel.domain.signing.in_person import check_here, is_same_person, may_sign_here
from materiel.errors import NotFound, RuleBroken
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.engine.search import words_of
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.people import search
from materiel.use_cases.signing.electronic_signature import Copy, copies_to_others, send_copy
from materiel.use_cases.signing.recording import RecordSignature, sign_within

MOST_NAMESAKES = 50
"""Of the people who bear the name of a representative, among whom those of other children are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperHere:
    """A paper that somebody may sign in person, with their box and the pupil whom it is about."""

    document: Document
    box: Signature
    pupil: Pupil


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerHere:
    """Somebody of the family of a loan, and what they may sign: the papers of that loan first."""

    id: UUID
    name: str
    capacity: str
    papers: tuple[PaperHere, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadHere:
    """A paper that was read in person: the box to sign, the digest of the file shown, what was typed."""

    document_id: UUID
    signatory_id: UUID
    sha256: str
    intent: Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPerson:
    """Papers that one person signs before an agent, whose account and attestation are kept with each."""

    papers: tuple[ReadHere, ...]
    account_id: UUID
    identity_seen: str


async def signers_here(loan_id: UUID, *, actor: Actor, now: datetime) -> list[SignerHere]:
    """Who may sign papers of a loan in person today; nobody for a deposit, nor after the pupil's death.

    To the papers of the loan are added the others that the same person may sign in the service, for other children too.

    Raises:
        NotFound: `loan.not_found`.
    """
    actor.require(Permission.WRITE)
    loan = await loans.get(loan_id, actor.service_id)
    if loan.pupil_id is None:
        return []
    pupil = await pupils.get(loan.pupil_id, actor.service_id)
    today = actor.civil_date(now)
    if is_silenced(pupil):
        return []
    mine = await _of_pupil(pupil, today)
    signers = []
    for signer_id in dict.fromkeys(each.box.signer_id for each in mine if each.document.loan_id == loan_id):
        assert signer_id is not None, "whoever may be written to is known"
        theirs = [each for each in mine if each.box.signer_id == signer_id]
        person = next((each for each in pupil.representatives if each.id == signer_id), None)
        if person is not None:
            theirs += await _of_other_children(person, pupil, today)
        theirs.sort(key=lambda each: (each.document.loan_id != loan_id, each.pupil.id != pupil.id))
        box = theirs[0].box
        signers.append(SignerHere(id=signer_id, name=box.name, capacity=box.capacity, papers=tuple(theirs)))
    return signers


async def papers_here(boxes: Sequence[tuple[UUID, UUID]], *, actor: Actor) -> list[PaperHere]:
    """Papers of the actor's service with one box of each, in the order asked, for whoever is about to read them.

    Raises:
        NotFound: `document.not_found`, `signature.not_found`.
    """
    actor.require(Permission.WRITE)
    return [await _paper(document_id, box_id, actor) for document_id, box_id in boxes]


@in_one_visit
async def sign_in_person(command: SignInPerson, *, actor: Actor, base_url: str, now: datetime) -> list[Document]:
    """Sign every paper or none, keep an evidence of each, and send its copy to whoever has an address.

    Raises:
        NotFound: `document.not_found`, `signature.not_found`.
        Conflict: `document.not_in_force`, `signature.already_signed`, `signature.other_file`, `document.changed`.
        RuleBroken: `signature.disagreement`, `signature.not_here`, `in_person.no_paper`.

    Source: règlement (UE) n° 910/2014, art. 25; Code civil, art. 372-2, 1366 and 1367.
    """
    actor.require(Permission.WRITE)
    if not command.papers:
        raise RuleBroken("in_person.no_paper", "Choisissez au moins un document à signer.")
    lot_id = new_id() if len(command.papers) > 1 else None
    signed = []
    async with write_transaction():
        # In the order of issue: a paper that another of them replaces is signed before it goes.
        for read in sorted(command.papers, key=lambda each: each.document_id):
            paper = await _paper(read.document_id, read.signatory_id, actor)
            check_here(paper.document, paper.box, paper.pupil, read.sha256, actor.civil_date(now))
            document = await _sign(paper, read, command, actor, lot_id, now)
            await _send_copies(document, paper, actor.civil_date(now), base_url=base_url, now=now)
            signed.append(document)
    return signed


async def _sign(
    paper: PaperHere, read: ReadHere, command: SignInPerson, actor: Actor, lot_id: UUID | None, now: datetime
) -> Document:
    today = actor.civil_date(now)
    return await sign_within(
        paper.document,
        RecordSignature(
            document_id=paper.document.id,
            signatory_id=paper.box.id,
            signed_on=today,
            channel=SignatureChannel.IN_PERSON,
        ),
        recorded_by=actor.id,
        now=now,
        today=today,
        evidence=Evidence(
            signature_id=paper.box.id,
            document_id=paper.document.id,
            link_id=None,
            sha256=paper.document.sha256,
            typed_name=read.intent.typed_name,
            capacity=read.intent.capacity,
            email="",
            shown_at=read.intent.shown_at,
            consented_at=read.intent.consented_at,
            code_sent_at=None,
            code_checked_at=now,
            strokes=read.intent.strokes or None,
            means=Means.IN_PERSON,
            account_id=command.account_id,
            lot_id=lot_id,
            remarks=read.intent.remarks,
            identity_seen=command.identity_seen,
        ),
    )


async def _send_copies(document: Document, paper: PaperHere, on: date, *, base_url: str, now: datetime) -> None:
    said = {"signer": paper.box.name, "on_behalf_of": "", "signed_on": on}
    for copy in (*_own_copy(paper), *copies_to_others(document, paper.box, paper.pupil, on)):
        await send_copy(document, paper.box, copy, said, paper.pupil.id, None, base_url=base_url, now=now)


def _own_copy(paper: PaperHere) -> Iterator[Copy]:
    if address := email_of(paper.box, paper.pupil):
        signer_id = paper.box.signer_id
        yield paper.box.id, paper.box.name, address, signer_id if signer_id != paper.pupil.id else None


async def _paper(document_id: UUID, box_id: UUID, actor: Actor) -> PaperHere:
    document = await documents.get(document_id, actor.service_id)
    loan = await loans.get(document.loan_id, actor.service_id)
    box = find_box(document, box_id)
    if loan.pupil_id is None:
        raise NotFound("document.not_found", "Aucune famille ne signe ce document : relisez la liste du prêt.")
    return PaperHere(document=document, box=box, pupil=await pupils.get(loan.pupil_id, actor.service_id))


async def _of_pupil(pupil: Pupil, on: date) -> list[PaperHere]:
    found = await loans.page(pupil.service_id, pupil_id=pupil.id, limit=loans.MOST)
    papers = await documents.of_loans([each.id for each in found])
    return [
        PaperHere(document=document, box=box, pupil=pupil)
        for loan in reversed(found)
        for document in papers[loan.id]
        for box in document.signatures
        if may_sign_here(document, box, pupil, on)
    ]


async def _of_other_children(person: Representative, pupil: Pupil, on: date) -> list[PaperHere]:
    """What the same person may sign for other pupils of the service."""
    words = words_of(person.full_name)
    named = await search.representatives(pupil.service_id, words, limit=MOST_NAMESAKES) if words else []
    others = await pupils.get_many({each for each, _ in named if each != pupil.id}, pupil.service_id)
    more: list[PaperHere] = []
    for other in others.values():
        same = {each.id for each in other.representatives if is_same_person(person, pupil, each, other)}
        acting = {each for each in same if may_be_written_to(each, other, on)}
        if acting:
            more += [each for each in await _of_pupil(other, on) if each.box.signer_id in acting]
    return more
