"""A loan of the cast that runs, all its papers signed and sent: what may follow its items to another service."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor
from materiel.domain.item.item import Condition
from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.document import Document, SignatureChannel, SignatureStatus
from materiel.store.loan import loan as loans
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.papers.document import mark_sent
from materiel.use_cases.signing.recording import RecordSignature, record_signature


async def sign(document: Document, *, actor: Actor = cast.MANAGER, now: datetime = cast.NOW) -> Document:
    """Record every signature that a document awaits, on paper."""
    for box in document.signatures:
        if box.status is SignatureStatus.PENDING:
            on = actor.civil_date(now)
            command = RecordSignature(
                document_id=document.id, signatory_id=box.id, signed_on=on, channel=SignatureChannel.PAPER
            )
            document = await record_signature(command, actor=actor, now=now)
    return document


async def running(*, settled: bool = True, **asked: object) -> UUID:
    """Zoé has the laptop at home; every paper is signed and sent unless told otherwise."""
    loan_id = await cast.a_draft(**{"items": (cast.LAPTOP, cast.BRAILLE), **asked})
    made = list((await issue_loan(loan_id, issuer=cast.ISSUER)).made)
    lines = tuple(
        HandedItem(item_id=each.item_id, condition=Condition.GOOD)
        for each in (await loans.get(loan_id, cast.SERVICE)).items
    )
    made += (
        await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=lines), issuer=cast.ISSUER)
    ).made
    for document in made if settled else ():
        await sign(document)
        if document.recipients:
            await mark_sent(document.id, actor=cast.MANAGER, now=cast.NOW)
    return loan_id
