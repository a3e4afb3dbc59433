"""The signing folder (« parapheur »): what awaits the State, sorted and checked; sending some of it back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from materiel.documents.content import Content
from materiel.documents.content_json import content_from_json
from materiel.documents.wording import wording_on
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.bounds import filled, several
from materiel.domain.papers.document import Document, DocumentStatus
from materiel.domain.signing.folder import (
    MOST_AT_ONCE,
    Folder,
    FolderPaper,
    Known,
    folder_of,
    looked_at,
    state_box,
)
from materiel.errors import Conflict, FieldError
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.papers import awaited
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.store.signing import folder as store
from materiel.store.signing.folder import ReturnedPaper


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBack:
    """Papers that the signatory sends back to the service, and why, in words that the service alone reads."""

    document_ids: Annotated[tuple[UUID, ...], several(MOST_AT_ONCE, least=1)]
    reason: Annotated[str, filled(1000)]


async def read_folder(*, actor: Actor, now: datetime) -> Folder:
    """What awaits the State in the actor's service and may be signed now, the oldest papers, each one checked."""
    actor.require(Permission.READ)
    found = await awaited.oldest(actor.service_id, own=True, limit=MOST_AT_ONCE + 1)
    papers = await documents.get_many(found[:MOST_AT_ONCE], actor.service_id)
    return folder_of(await look_at(papers, actor=actor, now=now), more=len(found) > MOST_AT_ONCE)


async def read_folder_paper(document_id: UUID, *, actor: Actor, now: datetime) -> tuple[FolderPaper, Content]:
    """A paper of the actor's service as the signatory opens it: what sets it apart, and its words as issued.

    Raises:
        NotFound: `document.not_found`.
    """
    actor.require(Permission.READ)
    document = await documents.get(document_id, actor.service_id)
    (paper,) = await look_at([document], actor=actor, now=now)
    return paper, content_from_json(document.content)


async def look_at(papers: Sequence[Document], *, actor: Actor, now: datetime) -> list[FolderPaper]:
    """Papers of the actor's service with all that is on file about them, in their order."""
    actor.require(Permission.READ)
    today, service_id = actor.civil_date(now), actor.service_id
    loan_ids = list({each.loan_id for each in papers})
    of_loans = {each.id: each for each in await loans.get_many(loan_ids, service_id)}
    pupil_ids = {each.pupil_id for each in of_loans.values() if each.pupil_id is not None}
    of_pupils = await pupils.get_many(pupil_ids, service_id)
    of_schools = await schools.by_uais({each.school_uai for each in of_loans.values()}, service_id)
    lent = list({line.item_id for loan in of_loans.values() for line in loan.open_items})
    prices = {each.id: each.purchase_price_cents or 0 for each in await items.get_many(lent, service_id)}
    ranks = await store.amendment_ranks(loan_ids)
    remarked = await store.with_remarks([each.id for each in papers])
    kinds = {(each.kind, day) for each in papers for day in (today, each.issued_on)}
    wordings = {(kind, day): wording_on(kind, day).in_force_from for kind, day in kinds}
    looked = []
    for paper in papers:
        loan = of_loans[paper.loan_id]
        known = Known(
            loan=loan,
            school=of_schools[loan.school_uai],
            pupil=of_pupils[loan.pupil_id] if loan.pupil_id is not None else None,
            amendment=ranks.get(paper.id, 0),
            wording=wordings[paper.kind, paper.issued_on],
            latest=wordings[paper.kind, today],
            digest=await _digest(paper.id),
            has_remarks=paper.id in remarked,
            value_cents=sum(prices.get(line.item_id, 0) for line in loan.open_items),
        )
        looked.append(looked_at(paper, known, today))
    return looked


async def returned_papers(*, actor: Actor, loan_id: UUID | None = None) -> list[ReturnedPaper]:
    """What the signatory sent back and the service has not dealt with: of one loan, or of all."""
    actor.require(Permission.READ)
    return await store.returned(actor.service_id, loan_id)


@in_one_visit
async def send_back(command: SendBack, *, actor: Actor, now: datetime) -> int:
    """Send papers back to the service with a reason; they leave the folder until it has dealt with them. How many.

    Raises:
        NotFound: `document.not_found`.
        Conflict: `state_signature.changed`, one does not await the State any more: nothing is sent back.
    """
    actor.require(Permission.SIGN)
    chosen = list(dict.fromkeys(command.document_ids))
    async with write_transaction():
        papers = [await documents.get(each, actor.service_id) for each in chosen]
        check_still_awaited(papers)
        for paper in papers:
            await store.send_back(paper.id, command.reason, by=actor.id, on=actor.civil_date(now))
            await journal.by(actor, now).note("document.sent_back", paper.id, {"loan": str(paper.loan_id)})
    return len(papers)


@in_one_visit
async def settle_returned(document_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Say that what the signatory sent a paper back for is dealt with: it comes again to the folder; twice is once.

    Raises:
        NotFound: `document.not_found`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        document = await documents.get(document_id, actor.service_id)
        if await store.settle(document.id):
            await journal.by(actor, now).note("document.back_to_sign", document.id, {"loan": str(document.loan_id)})


def check_still_awaited(papers: Sequence[Document]) -> None:
    """Refuse the whole when a paper no longer awaits the State: signed, replaced, or over since the page was shown.

    Raises:
        Conflict: `state_signature.changed`, one error for each paper.
    """
    gone = [each for each in papers if each.status is not DocumentStatus.IN_FORCE or state_box(each) is None]
    if gone:
        raise changed(gone)


def changed(papers: Sequence[Document]) -> Conflict:
    """What to say of papers that are not as the page showed them."""
    numbers = ", ".join(each.number for each in papers)
    which = "ce papier a" if len(papers) == 1 else "ces papiers ont"
    return Conflict(
        "state_signature.changed",
        f"Rien n'est fait : depuis que la page est affichée, {which} été signé, remplacé ou renvoyé : {numbers}. "
        "La liste ci-dessous est à jour.",
        errors=tuple(FieldError(f"/documents/{each.id}", each.number) for each in papers),
    )


async def _digest(document_id: UUID) -> str:
    pdf = await documents.pdf(document_id)
    # So much reading is not the business of the loop for long.
    await asyncio.sleep(0)
    return hashlib.sha256(pdf).hexdigest()
