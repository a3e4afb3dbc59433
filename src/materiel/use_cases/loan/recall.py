"""Claiming the items of a loan back, with its letters, and going back on it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from materiel.domain.accounts.roles import Permission
from materiel.domain.history.correction import Correction, CorrectionKind, CorrectionSubject, checked_reason
from materiel.domain.loan.recall import plan_recall, plan_undo_recall
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.people.death import check_living
from materiel.domain.work.outbox import Purpose
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.papers import correction as corrections
from materiel.use_cases.loan.applying import Applied, apply_plan
from materiel.use_cases.loan.case import load_case
from materiel.use_cases.loan.elsewhere.liaison import owe_contact, owe_no_contact
from materiel.use_cases.loan.letter import tell_parties, told_of_recall
from materiel.use_cases.papers.issuer import Issuer


@in_one_visit
async def recall_loan(loan_id: UUID, *, reason: str, ground: RecallGround | None = None, issuer: Issuer) -> Applied:
    """Claim items back, and write it to the parties: a deposit at any time, an individual loan on a stated ground.

    Raises:
        NotFound: `loan.not_found`.
        Conflict, RuleBroken: see `plan_recall`; `pupil.deceased`, nothing is claimed from a mourning family (E29).

    Source: Code civil, art. 1888, 1889, 1944 (E30).
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        case = await load_case(loan_id, issuer.actor)
        check_living(case.pupil)
        applied = await apply_plan(
            case, plan_recall(case.loan, reason=reason, ground=ground, today=issuer.today), issuer
        )
        await owe_contact(case, ground, issuer)
        return replace(applied, letters=await tell_parties(applied.case, Purpose.RECALL, issuer=issuer))


@in_one_visit
async def undo_recall(loan_id: UUID, *, reason: str, issuer: Issuer) -> Applied:
    """Go back on a claim: the items are lent as before, letters that wait will not leave, those who read one are told.

    It may be done after a death too: nobody is then written to.

    Raises:
        NotFound: `loan.not_found`.
        RuleBroken: `correction.invalid`, no reason.
        Conflict: see `plan_undo_recall`.
    """
    issuer.actor.require(Permission.WRITE)
    kept = checked_reason(reason)
    async with write_transaction():
        case = await load_case(loan_id, issuer.actor)
        statuses = {item.id: item.status for item in case.items}
        told = await told_of_recall(case)
        applied = await apply_plan(case, plan_undo_recall(case.loan, statuses, today=issuer.today), issuer)
        await corrections.insert(
            Correction(
                id=new_id(),
                service_id=case.service.id,
                subject_kind=CorrectionSubject.LOAN,
                subject_id=loan_id,
                kind=CorrectionKind.RECALL,
                reason=kept,
                corrected_by=issuer.actor.id,
                corrected_at=issuer.now,
            )
        )
        await owe_no_contact(case, case.loan.recall_ground, issuer)
        letters = await tell_parties(applied.case, Purpose.RECALL_WITHDRAWN, issuer=issuer, only=told)
        return replace(applied, letters=letters)
