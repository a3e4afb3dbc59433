"""Reminding, once a week, those who were asked for a signature and have not given it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.links.access_link import AccessLink
from materiel.domain.loan.ahead import DayAhead
from materiel.domain.loan.loan import Loan
from materiel.domain.papers.document import Document, Signature
from materiel.domain.signing.electronic_signature import awaited_of_family, needed
from materiel.domain.signing.reminding import MOST_LETTERS, REMIND_AFTER, reminder_due
from materiel.errors import MaterielError
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.links import access_link as links
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.use_cases.links.deposit import papers_of
from materiel.use_cases.links.institution import behind
from materiel.use_cases.links.institution_link import remind_institution
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.request import ask_person, boxes_to_ask, letters_about, pupil_to_ask

PAGE = 200


@dataclass(slots=True, kw_only=True)
class ReminderReport:
    """How many were reminded, people and mailboxes, and the numbers of the documents; a dry run writes nothing."""

    dry_run: bool
    reminded: int = 0
    documents: list[str] = field(default_factory=list)

    def add(self, letters: int, numbers: Sequence[str]) -> None:
        """Count letters and the documents that they are about."""
        self.reminded += letters
        self.documents += [number for number in numbers if number not in self.documents]


async def remind_signatures(*, issuer: Issuer, dry_run: bool = False) -> ReminderReport:
    """Write again, once a week, to those who were sent a document and have not signed it.

    Nobody who was handed a print is written to, nor anybody after a pupil's death (E29) or under a disagreement (E2),
    nor whoever no longer acts for the pupil (E3-E7), nor an institution whose link the service closed.
    """
    issuer.actor.require(Permission.READ if dry_run else Permission.WRITE)
    report = ReminderReport(dry_run=dry_run)
    service = await services.get(issuer.actor.service_id)
    async for loan in _open_loans(issuer.actor):
        for document in await documents.of_loan(loan.id):
            if not awaited_of_family(document):
                continue
            if reminded := await _remind(document, service, issuer, dry_run=dry_run):
                report.add(reminded, [document.number])
    for sent in _by_institution(await links.of_institutions(service.id)):
        if numbers := await _remind_institution(sent, issuer, dry_run=dry_run):
            report.add(1, numbers)
    return report


async def reminders_ahead(papers: Sequence[Document], *, actor: Actor) -> list[DayAhead]:
    """When those who were asked to sign these papers, and have not, are to be reminded."""
    actor.require(Permission.READ)
    found = []
    for document in papers:
        for box in needed(awaited_of_family(document)):
            due = reminder_due(*await letters_about(box))
            if due is not None:
                told = f"Rappel à {box.name}, si {document.kind.label.lower()} {document.number} n'est pas signé."
                found.append(DayAhead(actor.civil_date(due), told))
    return found


@in_one_visit
async def _remind(document: Document, service: ManagingService, issuer: Issuer, *, dry_run: bool) -> int:
    async with write_transaction():
        try:
            pupil = await pupil_to_ask(document)
            asked = boxes_to_ask(document, pupil, issuer.today)
        except MaterielError:
            return 0
        due = [box for box in needed(asked) if await _is_due(box, issuer.now)]
        if dry_run:
            return len(due)
        return sum([await ask_person(document, box, pupil, service, issuer, reminder=True) for box in due])


async def _is_due(box: Signature, now: datetime) -> bool:
    due = reminder_due(*await letters_about(box))
    return due is not None and now >= due


@in_one_visit
async def _remind_institution(sent: Sequence[AccessLink], issuer: Issuer, *, dry_run: bool) -> list[str]:
    """One letter for all that an institution has to sign; the numbers of what it was already told of, or nothing."""
    last = sent[-1]
    if last.revoked_at is not None or issuer.now - last.created_at < REMIND_AFTER:
        return []
    async with write_transaction():
        institution = await behind(last)
        if institution is None:
            return []
        due = [
            paper.document.number
            for paper in await papers_of(institution)
            if paper.to_sign and 0 < _letters_since(paper.document, sent, issuer.actor) < MOST_LETTERS
        ]
        if due and not dry_run:
            await remind_institution(last, issuer=issuer)
    return due


def _letters_since(document: Document, sent: Sequence[AccessLink], actor: Actor) -> int:
    """How many messages told an institution of a document: those of the day of its issue and since."""
    return sum(actor.civil_date(link.created_at) >= document.issued_on for link in sent)


def _by_institution(sent: Sequence[AccessLink]) -> list[list[AccessLink]]:
    """The links of each institution, oldest first."""
    found: dict[tuple[str | None, str | None, bool], list[AccessLink]] = {}
    for link in sent:
        found.setdefault((link.school_uai, link.municipality_insee, link.of_authority), []).append(link)
    return list(found.values())


async def _open_loans(actor: Actor) -> AsyncIterator[Loan]:
    """The open loans of pupils, a page in memory at a time."""
    after: UUID | None = None
    while page := await loans.page(actor.service_id, limit=PAGE, after=after):
        for loan in page:
            if loan.is_open and loan.pupil_id is not None:
                yield loan
        after = page[-1].id
