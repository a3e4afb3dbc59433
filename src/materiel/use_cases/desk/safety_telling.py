"""Telling those who hold what a safety recall concerns: by e-mail with their link, or on a letter to print.

Each loan is told in a transaction of its own, so that a thousand holders block nobody. After the pupil's death nobody
is written to (E29): the service reaches them by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from materiel.documents.content import Content
from materiel.documents.kinds.cover_letter import CoverLetterFacts, compose_cover_letter
from materiel.domain.accounts.roles import Permission
from materiel.domain.accounts.service import check_complete
from materiel.domain.circuit.workshop.safety import SafetyCase, SafetyRecall, SafetyStage, check_open, may_tell, told
from materiel.domain.desk.safety_letter import called, safety_paragraphs, said
from materiel.domain.item.item import Item
from materiel.domain.loan.letter import FamilyReader, Reader, family_readers, has_depositary
from materiel.domain.papers.cover_letter import CoverLetterKind
from materiel.domain.people.death import is_silenced
from materiel.domain.work.outbox import Purpose
from materiel.errors import Conflict
from materiel.store.circuit.workshop import safety
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.papers import letterhead as letterheads
from materiel.use_cases.desk.addressee import LetterRecipient, letter_facts, recipients_of
from materiel.use_cases.desk.cover_letter import gathered
from materiel.use_cases.links.access_link import family_holder
from materiel.use_cases.loan.case import Case, load_case
from materiel.use_cases.loan.letter import depositary_of, write_about_loan
from materiel.use_cases.papers.issuer import Issuer

MOST_LOANS = 200
"""Told by one press: the page says how many are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyTold:
    """What was done: how many messages were written, who can only be told on paper, how many loans are left."""

    written: int = 0
    to_print: tuple[str, ...] = ()
    left: int = 0


async def tell_holders(recall_id: UUID, *, issuer: Issuer, again: bool = False) -> SafetyTold:
    """Write to those who hold what a recall concerns and were not told yet; `again`, to those who have not answered.

    Raises:
        NotFound: `safety_recall.not_found`.
        Conflict: `safety_recall.closed`.
    """
    issuer.actor.require(Permission.WRITE)
    recall = await safety.get(recall_id, issuer.actor.service_id)
    check_open(recall)
    waiting = [each for each in await safety.cases(recall) if may_tell(each, issuer.now, again=again)]
    loans = list(dict.fromkeys(each.held_by for each in waiting if each.held_by is not None))
    written, unreached = 0, list[str]()
    for loan_id in loans[:MOST_LOANS]:
        done = await _tell_loan(recall, loan_id, again, issuer)
        written += done.written
        unreached += done.to_print
    return SafetyTold(written=written, to_print=tuple(dict.fromkeys(unreached)), left=len(loans[MOST_LOANS:]))


@in_one_visit
async def _tell_loan(recall: SafetyRecall, loan_id: UUID, again: bool, issuer: Issuer) -> SafetyTold:
    async with write_transaction():
        held = await safety.cases_of_loan(recall, loan_id)
        waiting = [each for each in held if may_tell(each, issuer.now, again=again)]
        case = await load_case(loan_id, issuer.actor)
        if not waiting or is_silenced(case.pupil):
            return SafetyTold()
        found = [each.item for each in waiting]
        written, unreached = 0, list[str]()
        at_school = has_depositary(case.loan)
        for person in family_readers(case.pupil, issuer.today) if case.pupil else ():
            if await _to_family(recall, case, person, found, issuer):
                written += 1
            else:
                unreached.append(person.name)
        if at_school:
            if await _to_depositary(recall, case, found, issuer):
                written += 1
            else:
                unreached.append(case.place.custodian.name)
        if written:
            await _note_told(recall, waiting, loan_id, written, issuer)
    return SafetyTold(written=written, to_print=tuple(unreached))


async def _note_told(
    recall: SafetyRecall, cases: Sequence[SafetyCase], loan_id: UUID, letters: int, issuer: Issuer
) -> None:
    for each in cases:
        await safety.save_line(told(each.line, loan_id, issuer.now))
    facts = {"recall": str(recall.id), "letters": letters, "items": [str(each.item.id) for each in cases]}
    await journal.by(issuer.actor, issuer.now).note("loan.safety_told", loan_id, facts)


async def _to_family(
    recall: SafetyRecall, case: Case, person: FamilyReader, found: Sequence[Item], issuer: Issuer
) -> bool:
    if not person.email or case.pupil is None:
        return False
    body = safety_paragraphs(
        recall,
        Reader.FAMILY,
        found,
        case.service,
        child="" if person.is_pupil else case.pupil.first_name,
        at_school=has_depositary(case.loan),
    )
    return await write_about_loan(case, Purpose.SAFETY_RECALL, family_holder(case.pupil, person), body, issuer)


async def _to_depositary(recall: SafetyRecall, case: Case, found: Sequence[Item], issuer: Issuer) -> bool:
    place = await depositary_of(case)
    if not place.email:
        return False
    body = safety_paragraphs(recall, Reader.DEPOSITARY, found, case.service)
    return await write_about_loan(case, Purpose.SAFETY_RECALL, place.holder(case.service.id), body, issuer)


async def print_safety_letters(recall_id: UUID, *, issuer: Issuer) -> bytes:
    """The letters to those without e-mail who have not answered, as one PDF; what they hold counts as told.

    Raises:
        NotFound: `safety_recall.not_found`.
        Conflict: `safety_recall.closed`; `letter.nothing_to_say`, everybody has an e-mail, or no address is known.
        RuleBroken: `service.incomplete`.
    """
    issuer.actor.require(Permission.WRITE)
    recall = await safety.get(recall_id, issuer.actor.service_id)
    check_open(recall)
    by_loan: dict[UUID, list[SafetyCase]] = {}
    for each in await safety.cases(recall):
        if each.held_by is not None and each.stage in (SafetyStage.TO_TELL, SafetyStage.TOLD):
            by_loan.setdefault(each.held_by, []).append(each)
    contents: list[Content] = []
    told_now: list[tuple[UUID, list[SafetyCase], int]] = []
    letterhead = None
    for loan_id, held in by_loan.items():
        case = await load_case(loan_id, issuer.actor)
        check_complete(case.service)
        letterhead = case.service.letterhead
        made = await _letters_of(recall, case, [each.item for each in held], issuer)
        contents += made
        if made:
            told_now.append((loan_id, held, len(made)))
    if not contents:
        raise Conflict(
            "letter.nothing_to_say",
            "Aucune lettre n'est à imprimer : chacun a une adresse électronique, a déjà répondu, ou n'a pas d'adresse "
            "postale sur sa fiche.",
        )
    pdf = await asyncio.to_thread(gathered, contents, await letterheads.find(letterhead))
    for loan_id, held, letters in told_now:
        await _tell_on_paper(recall, held, loan_id, letters, issuer)
    return pdf


@in_one_visit
async def _tell_on_paper(
    recall: SafetyRecall, held: Sequence[SafetyCase], loan_id: UUID, letters: int, issuer: Issuer
) -> None:
    async with write_transaction():
        await _note_told(recall, held, loan_id, letters, issuer)


async def _letters_of(recall: SafetyRecall, case: Case, found: Sequence[Item], issuer: Issuer) -> list[Content]:
    if is_silenced(case.pupil):
        return []
    keeper_email = (await depositary_of(case)).email if has_depositary(case.loan) else ""
    return [
        _letter(recall, case, each, found, issuer)
        for each in recipients_of(case, issuer.today)
        if each.lines and not (keeper_email if each.is_institution else each.email)
    ]


def _letter(recall: SafetyRecall, case: Case, to: LetterRecipient, found: Sequence[Item], issuer: Issuer) -> Content:
    elsewhere = has_depositary(case.loan) and not to.is_institution
    letter = CoverLetterFacts(
        kind=CoverLetterKind.SAFETY,
        recipient=to.lines,
        sections=frozenset(
            {
                "to_institution" if to.is_institution else "to_family",
                "danger",
                "at_school" if elsewhere else "at_home",
            }
        ),
        lines=tuple(called(each) for each in found),
        values={"danger": said(recall.title), "to_do": said(recall.to_do)},
    )
    return compose_cover_letter(letter_facts(case, to_institution=to.is_institution, on=issuer.today), letter)
