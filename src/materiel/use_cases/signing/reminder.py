"""Reminding, once a week, those who were asked for a signature and have not given it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.calendar.working_day import working_day_from
from materiel.domain.links.access_link import AccessLink
from materiel.domain.loan.ahead import DayAhead
from materiel.domain.papers.document import Document, Signature
from materiel.domain.people.pupil import Pupil
from materiel.domain.signing.electronic_signature import awaited_of_family, email_of, needed
from materiel.domain.signing.order import check_not_before_state
from materiel.domain.signing.reminding import MOST_LETTERS, REMIND_AFTER, reminder_due
from materiel.domain.work.outbox import Impulse, Purpose
from materiel.domain.work.pause import LEAVES, may_leave
from materiel.errors import MaterielError, NotFound
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.links import access_link as links
from materiel.store.loan import loan as loans
from materiel.store.papers import awaited
from materiel.store.papers import document as documents
from materiel.store.work import pause as pauses
from materiel.use_cases.links.deposit import papers_of
from materiel.use_cases.links.institution import behind, place_of_link
from materiel.use_cases.links.institution_link import remind_institution
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.request import ask_person, boxes_to_ask, letters_about, pupil_to_ask


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DueReminder:
    """Who is to be written to again in one transaction: the people of a document, or an institution.

    `documents` are those that they have still to sign; `names`, those of a letter each. `sent` are the links of the
    institution, oldest first; none for people.
    """

    documents: tuple[Document, ...]
    names: tuple[str, ...]
    sent: tuple[AccessLink, ...] = ()

    @property
    def numbers(self) -> list[str]:
        """Of the documents."""
        return [each.number for each in self.documents]


async def due_reminders(*, issuer: Issuer) -> list[DueReminder]:
    """Who would be written to at an instant: families by document, then institutions. Nothing is written.

    Nobody in a pause of the service, nor about a loan that is paused.
    """
    issuer.actor.require(Permission.READ)
    service_id = issuer.actor.service_id
    if not await _reminds(service_id, None, issuer):
        return []
    found = [await _of_family(each, issuer) for each in await awaited.asked_of_families(service_id)]
    found += [await _of_institution(sent, issuer) for sent in _by_institution(await links.of_institutions(service_id))]
    return [each for each in found if each is not None]


@in_one_visit
async def remind(due: DueReminder, *, issuer: Issuer) -> int:
    """Write to those of a reminder who are still due; how many letters. Whoever signed meanwhile receives none."""
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        if due.sent:
            if await _of_institution(due.sent, issuer) is None:
                return 0
            await remind_institution(due.sent[-1], issuer=issuer, impulse=Impulse.MACHINE)
            return 1
        service = await services.get(issuer.actor.service_id)
        document, pupil, boxes = await _boxes(due.documents[0].id, issuer)
        if pupil is None:
            return 0
        return sum(
            [
                await ask_person(document, box, pupil, service, issuer, impulse=Impulse.MACHINE, reminder=True)
                for box in boxes
            ]
        )


async def remind_signatures(*, issuer: Issuer, dry_run: bool = False) -> ReminderReport:
    """Write again, once a week, to those who were sent a document and have not signed it.

    Nobody who was handed a print is written to, nor anybody after a pupil's death (E29) or under a disagreement (E2),
    nor whoever no longer acts for the pupil (E3-E7), nor an institution whose link the service closed.
    """
    issuer.actor.require(Permission.READ if dry_run else Permission.WRITE)
    report = ReminderReport(dry_run=dry_run)
    for due in await due_reminders(issuer=issuer):
        if letters := len(due.names) if dry_run else await remind(due, issuer=issuer):
            report.add(letters, due.numbers)
    return report


async def reminders_ahead(papers: Sequence[Document], *, actor: Actor) -> list[DayAhead]:
    """When those who were asked to sign these papers, and have not, are to be reminded: by itself, or by hand."""
    actor.require(Permission.READ)
    service = await services.get(actor.service_id)
    found = []
    for document in papers:
        for box in needed(awaited_of_family(document)):
            due = reminder_due(*await letters_about(box))
            if due is not None:
                day, who = actor.civil_date(due), f"{box.name} est à relancer"
                if service.reminds_daily:
                    day, who = working_day_from(day, service.departement), f"Rappel à {box.name}"
                found.append(DayAhead(day, f"{who}, si le document {document.number} n'est pas signé."))
    return found


async def _of_family(document_id: UUID, issuer: Issuer) -> DueReminder | None:
    document, pupil, boxes = await _boxes(document_id, issuer)
    if pupil is None or not boxes:
        return None
    return DueReminder(documents=(document,), names=tuple(box.name for box in boxes))


async def _boxes(document_id: UUID, issuer: Issuer) -> tuple[Document, Pupil | None, list[Signature]]:
    """The boxes of a document whose people are due, and their pupil; None when nobody of the family may be asked."""
    document = await documents.get(document_id, issuer.actor.service_id)
    loan = await loans.get(document.loan_id, issuer.actor.service_id)
    if not loan.is_open or loan.pupil_id is None or not awaited_of_family(document):
        return document, None, []
    if not await _reminds(loan.service_id, loan.id, issuer):
        return document, None, []
    try:
        pupil = await pupil_to_ask(document)
        check_not_before_state(document, (await services.get(document.service_id)).state_signs)
        asked = boxes_to_ask(document, pupil, issuer.today)
    except MaterielError:
        return document, None, []
    due = [box for box in needed(asked) if email_of(box, pupil) and await _is_due(box, issuer)]
    return document, pupil, due


async def _reminds(service_id: UUID, loan_id: UUID | None, issuer: Issuer) -> bool:
    """Whether a reminder may leave that day: asked of the rule that judges it once more when it leaves."""
    silences = await pauses.silences(service_id, loan_id=loan_id, pupil_id=None)
    return may_leave(Impulse.MACHINE, Purpose.SIGNATURE_REMINDER, silences, issuer.today) == LEAVES


async def _is_due(box: Signature, issuer: Issuer) -> bool:
    """By the day: a letter of a Monday at noon is followed by one of a Monday at seven, and not of a Tuesday."""
    due = reminder_due(*await letters_about(box))
    return due is not None and issuer.today >= issuer.actor.civil_date(due)


async def _of_institution(sent: Sequence[AccessLink], issuer: Issuer) -> DueReminder | None:
    """One letter for all that an institution has to sign and was already told of."""
    last = sent[-1]
    if last.revoked_at is not None or issuer.today < issuer.actor.civil_date(last.created_at + REMIND_AFTER):
        return None
    institution = await behind(last)
    if institution is None:
        return None
    paused = await pauses.paused_loans(issuer.actor.service_id, issuer.today)
    due = tuple(
        paper.document
        for paper in await papers_of(institution)
        if paper.to_sign
        and paper.document.loan_id not in paused
        and 0 < _letters_since(paper.document, sent, issuer.actor) < MOST_LETTERS
    )
    try:
        name = (await place_of_link(last)).name
    except NotFound:
        return None
    return DueReminder(documents=due, names=(name,), sent=tuple(sent)) if due else None


def _letters_since(document: Document, sent: Sequence[AccessLink], actor: Actor) -> int:
    """How many messages told an institution of a document: those of the day of its issue and since."""
    return sum(actor.civil_date(link.created_at) >= document.issued_on for link in sent)


def _by_institution(sent: Sequence[AccessLink]) -> list[list[AccessLink]]:
    """The links of each institution, oldest first."""
    found: dict[tuple[str | None, str | None, bool], list[AccessLink]] = {}
    for link in sent:
        found.setdefault((link.school_uai, link.municipality_insee, link.of_authority), []).append(link)
    return list(found.values())
