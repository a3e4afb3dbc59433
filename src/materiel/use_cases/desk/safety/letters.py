"""The letters of a safety recall to those who have no e-mail, to print; what they hold then counts as told.

After the pupil's death nobody is written to (E29): the service reaches them by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from materiel.documents.content import Content
from materiel.documents.kinds.cover_letter import CoverLetterFacts, compose_cover_letter
from materiel.domain.accounts.roles import Permission
from materiel.domain.accounts.service import check_complete
from materiel.domain.circuit.workshop.safety import SafetyCase, SafetyRecall, SafetyStage, check_open
from materiel.domain.desk.safety_letter import called, said
from materiel.domain.item.item import Item
from materiel.domain.loan.letter import has_depositary
from materiel.domain.papers.cover_letter import CoverLetterKind
from materiel.domain.people.death import is_silenced
from materiel.errors import Conflict
from materiel.store.circuit.workshop import safety
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.papers import letterhead as letterheads
from materiel.use_cases.desk.addressee import LetterRecipient, letter_facts, recipients_of
from materiel.use_cases.desk.cover_letter import gathered
from materiel.use_cases.desk.safety.holders import note_told
from materiel.use_cases.loan.case import Case, load_case
from materiel.use_cases.loan.letter import depositary_of
from materiel.use_cases.papers.issuer import Issuer

NEVER = datetime.min.replace(tzinfo=UTC)
MOST_LOANS = 200
"""Whose letters are printed by one press: those never told first, then those told longest ago."""


async def print_safety_letters(recall_id: UUID, *, issuer: Issuer) -> bytes:
    """The letters to those without e-mail who have not answered, as one PDF; what they hold counts as told.

    Of `MOST_LOANS` loans at most: printed, they come last, so that printing again takes those that are left.

    Raises:
        NotFound: `safety_recall.not_found`.
        Conflict: `safety_recall.closed`; `letter.nothing_to_say`, everybody has an e-mail, or no address is known.
        RuleBroken: `service.incomplete`.
    """
    issuer.actor.require(Permission.WRITE)
    recall = await safety.get(recall_id, issuer.actor.service_id)
    check_open(recall)
    by_loan = _silent(await safety.cases(recall))
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
        if len(told_now) == MOST_LOANS:
            break
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


def _silent(cases: Sequence[SafetyCase]) -> dict[UUID, list[SafetyCase]]:
    """What has had no answer, by the loan that holds it, what was never told first."""
    waiting = [each for each in cases if each.awaits_answer]
    waiting.sort(key=lambda each: (each.stage is SafetyStage.TOLD and each.line.told_at) or NEVER)
    found: dict[UUID, list[SafetyCase]] = {}
    for each in waiting:
        if each.held_by is not None:
            found.setdefault(each.held_by, []).append(each)
    return found


@in_one_visit
async def _tell_on_paper(
    recall: SafetyRecall, held: Sequence[SafetyCase], loan_id: UUID, letters: int, issuer: Issuer
) -> None:
    async with write_transaction():
        await note_told(recall, held, loan_id, letters, issuer)


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
