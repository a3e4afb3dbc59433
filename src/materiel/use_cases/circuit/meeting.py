"""What a loan does to the need that it is to meet; each runs in the transaction of the loan's own act."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.need import check_takes
from materiel.domain.loan.loan import Loan, LoanStatus
from materiel.store.circuit import need as needs
from materiel.store.history import journal


async def take_need(need_id: UUID, loan: Loan, *, actor: Actor, now: datetime) -> None:
    """Say of a need that a loan is prepared for it.

    Raises:
        NotFound: `need.not_found`.
        Conflict: `need.over`, `need.loan_prepared`, `need.changed`.
        RuleBroken: `need.other_pupil`.
    """
    need = await needs.get(need_id, actor.service_id)
    check_takes(need, loan.pupil_id)
    await needs.save(replace(need, loan_id=loan.id))
    await journal.by(actor, now).note("need.loan_prepared", need.id, {"loan": str(loan.id)})


async def settle_needs(before: Loan, after: Loan, *, actor: Actor, now: datetime) -> None:
    """Meet the needs of a loan by its first hand-over; let them wait again if that is taken back, or the loan given up.

    Source: domain § 8.2 (a need is met by the hand-over, not by the agreement).
    """
    if after.status is LoanStatus.CANCELLED:
        action, settled = "need.waits_again", await needs.release(after.id)
    elif before.handed_over_on is None and after.handed_over_on is not None:
        action, settled = "need.met", await needs.meet(after.id, after.handed_over_on)
    elif before.handed_over_on is not None and after.handed_over_on is None:
        action, settled = "need.not_met", await needs.reopen(after.id)
    else:
        return
    for need_id in settled:
        await journal.by(actor, now).note(action, need_id, {"loan": str(after.id)})
