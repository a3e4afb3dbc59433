"""Signing several papers behind a link by one act: one code, all of them or none, one evidence each.

The papers may be those of several children: what makes them one lot is one person, who reads them in one mailbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from materiel.domain.links.access_link import FamilyPerson, is_same_reader
from materiel.domain.papers.document import Document, Signature
from materiel.domain.signing.electronic_signature import Intent
from materiel.domain.signing.evidence import Means
from materiel.domain.signing.identity import Identified, ProvidedIdentity
from materiel.domain.signing.lot import lot_purpose
from materiel.domain.signing.one_time_code import OneTimeCode
from materiel.domain.work.outbox import About, Impulse, Purpose
from materiel.errors import MaterielError, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.papers import document as documents
from materiel.store.signing import one_time_code as codes
from materiel.use_cases.signing.electronic_signature import (
    box_to_sign,
    copies_of,
    send_code,
    sign_box,
    signed_by_whom,
)
from materiel.use_cases.signing.telling_apart import Given, Signer, identified, tell_apart
from materiel.use_cases.work.outbox import MessageText, post


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenPaper:
    """A paper of a lot, and behind which link it is signed."""

    document_id: UUID
    signer: Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class SignLot:
    """Papers, each with what was done before, and what tells who signs: the code as typed, or an identity given."""

    papers: tuple[tuple[ChosenPaper, Intent], ...]
    code: str = ""
    identity: Identified | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    document: Document
    box: Signature
    intent: Intent
    signer: Signer


@in_one_visit
async def ask_lot_code(
    papers: Sequence[ChosenPaper], *, means: Means = Means.EMAIL, base_url: str, now: datetime
) -> OneTimeCode:
    """Send one code to the mailbox of the links, or to the mobile number on the record, for these papers together.

    Raises:
        NotFound: `document.not_found`, `signature.not_found`.
        Conflict: `document.not_in_force`, `signature.already_signed`.
        RuleBroken: `signature.disagreement`, `lot.not_one_signer`, `code.too_soon`, `code.too_many`,
            `code.too_many_sms`, `code.no_mobile`, `code.by_sms_only`.
    """
    signer = _one_signer(papers)
    async with write_transaction():
        chosen = [await box_to_sign(each.document_id, each.signer) for each in papers]
        purpose = lot_purpose([document for document, _ in chosen])
        return await send_code(chosen, signer, purpose, means=means, base_url=base_url, now=now)


async def identify_for_lot(papers: Sequence[ChosenPaper], identity: ProvidedIdentity, *, now: datetime) -> Identified:
    """Compare the identity that a provider gives with the person whose boxes these are; nothing is written.

    Raises:
        NotFound: `document.not_found`, `signature.not_found`.
        Conflict: `document.not_in_force`, `signature.already_signed`.
        RuleBroken: `signature.disagreement`, `lot.not_one_signer`, `identity.mismatch`.
    """
    signer = _one_signer(papers)
    chosen = [await box_to_sign(each.document_id, each.signer) for each in papers]
    return identified(identity, lot_purpose([document for document, _ in chosen]), signer, chosen, now)


async def lot_code_sent(papers: Sequence[ChosenPaper]) -> OneTimeCode | None:
    """The last code sent for exactly these papers, without its digits, or None."""
    signer = _one_signer(papers)
    chosen = await documents.get_many([each.document_id for each in papers], signer.link.service_id)
    return await codes.latest(signer.link.id, lot_purpose(chosen))


@in_one_visit
async def sign_lot(command: SignLot, *, base_url: str, now: datetime) -> list[Document]:
    """Sign every paper of a lot or none, keep an evidence of each, and send one copy to each mailbox and pupil.

    Raises:
        NotFound: `document.not_found`, `signature.not_found`.
        Conflict: `document.not_in_force`, `signature.already_signed`, `code.used`.
        RuleBroken: `signature.disagreement`, `lot.not_one_signer`, `code.wrong`, `code.never_sent`,
            `code.expired`, `code.exhausted`; `identity.expired`, `identity.elsewhere`.

    Source: règlement (UE) n° 910/2014, art. 25; Code civil, art. 372-2, 1366 and 1367.
    """
    signer = _one_signer([paper for paper, _ in command.papers])
    async with write_transaction():
        asked = []
        # In the order of issue: a paper that another of the lot replaces is signed before it goes.
        for paper, intent in sorted(command.papers, key=lambda each: each[0].document_id):
            document, box = await box_to_sign(paper.document_id, paper.signer)
            asked.append(_Given(document=document, box=box, intent=intent, signer=paper.signer))
        purpose = lot_purpose([each.document for each in asked])
        given = await tell_apart(signer, purpose, command.identity or command.code, now=now)
        if not isinstance(given, MaterielError):
            return await _sign_all(asked, given, base_url=base_url, now=now)
    raise given


async def _sign_all(asked: Sequence[_Given], proof: Given, *, base_url: str, now: datetime) -> list[Document]:
    lot_id = new_id()
    given = []
    for each in asked:
        # Signing one of them may bring another out of force: each is read again, and the whole is undone if one is.
        document, box = await box_to_sign(each.document.id, each.signer)
        signed = await sign_box(document, box, each.intent, proof, each.signer, lot_id=lot_id, now=now)
        given.append(_Given(document=signed, box=box, intent=each.intent, signer=each.signer))
    await send_copies(given, lot_id, base_url=base_url, now=now)
    return [each.document for each in given]


async def send_copies(given: Sequence[_Given], lot_id: UUID, *, base_url: str, now: datetime) -> None:
    """Tell whoever signed, and the other persons of each family, what was signed: one message a mailbox and a pupil.

    The papers are named with the page that says where each stands; none is attached.
    """
    service = await services.get(given[0].document.service_id)
    today = service.civil_date(now)
    letters: dict[tuple[str, UUID | None], list[tuple[_Given, UUID, str, UUID | None]]] = {}
    for each in given:
        for box_id, name, address, person_id in copies_of(each.document, each.box, each.signer, today):
            key = (address.lower(), each.signer.link.pupil_id)
            letters.setdefault(key, []).append((each, box_id, name, person_id))
    for (address, pupil_id), told in letters.items():
        first, box_id, name, person_id = told[0]
        papers = list({each.document.id: each.document for each, *_ in told}.values())
        is_signer = box_id == first.box.id
        letter = MessageText(
            purpose=Purpose.SIGNATURE_COPY,
            impulse=Impulse.ASKED,
            template="lot_copy",
            to_address=address,
            service=service,
            values=signed_by_whom(first.box, first.intent, first.signer, today)
            | {
                "name": name,
                "is_signer": is_signer,
                "papers": [(paper, f"{base_url}/v/{paper.code}") for paper in papers],
            },
            about=About(pupil_id=pupil_id, person_id=person_id, link_id=first.signer.link.id if is_signer else None),
            unique_key=f"lot:{lot_id}:{box_id}",
        )
        await post(letter, base_url=base_url, now=now)


def _one_signer(papers: Sequence[ChosenPaper]) -> Signer:
    """Whoever signs a lot: the same institution, or the same parent in the same mailbox, behind each link.

    Raises:
        RuleBroken: `lot.not_one_signer`.
    """
    signers = [each.signer for each in papers]
    if not signers or not all(_is_one(one, other) for one, other in pairwise(signers)):
        raise RuleBroken(
            "lot.not_one_signer",
            "Ces documents ne se signent pas ensemble : choisissez-en au moins un, et d'une seule personne dans une "
            "seule boîte aux lettres.",
        )
    return signers[0]


def _is_one(one: Signer, other: Signer) -> bool:
    if isinstance(one, FamilyPerson) and isinstance(other, FamilyPerson):
        return one.id == other.id or is_same_reader(one, other)
    return one.link.id == other.link.id
