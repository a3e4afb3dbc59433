"""The ends of life of the demonstration: one to decide, one decided for the Domaine, one done for an association."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.circuit.disposal.disposal import AppraisedItem, AssociationKind, DisposalOutcome, DisposalPaper
from materiel.domain.item.item import Condition
from materiel.store.accounts import user as users
from materiel.use_cases.circuit.disposal import (
    AttestErasure,
    FinishDisposal,
    ProposeDisposal,
    attest_erasure,
    decide_disposal,
    file_disposal_paper,
    finish_disposal,
    propose_disposal,
)
from materiel.use_cases.circuit.disposal_paper import disposal_act, disposal_commitment
from materiel.use_cases.item.item import find_item


async def tell_disposals(*, actor: Actor, now: datetime) -> None:
    """Propose three, as of the last days; the account that signs for the State has decided two of them."""
    signatory = next(each for each in await users.of_service(actor.service_id) if each.role is Role.SIGNATORY)
    signs = Actor(f"user:{signatory.id}", Role.SIGNATORY, actor.service_id, actor.zone)
    given = await _proposed("DEMO-IMP-004", DisposalOutcome.ASSOCIATION, 40_00, actor=actor, now=now - _days(9))
    await decide_disposal(given, actor=signs, now=now - _days(7))
    left = now - _days(2)
    papers = {
        DisposalPaper.ACT: await disposal_act(given, actor=actor, now=left),
        DisposalPaper.COMMITMENT: await disposal_commitment(given, actor=actor, now=left),
    }
    for kind, paper in papers.items():
        await file_disposal_paper(given, kind, paper, actor=actor, now=left)
    done = FinishDisposal(
        disposal_id=given, done_on=_day(actor, left), labels_off=True, reference="Reçu n° 7 (exemple)"
    )
    await finish_disposal(done, actor=actor, now=left)
    sold = await _proposed("DEMO-EMT-004", DisposalOutcome.DOMAINE, 250_00, actor=actor, now=now - _days(6))
    await decide_disposal(sold, actor=signs, now=now - _days(3))
    waits = await _proposed("DEMO-BRS-002", DisposalOutcome.DESTRUCTION, 0, actor=actor, now=now - _days(1))
    erased = AttestErasure(
        disposal_id=waits,
        erased_on=_day(actor, now - _days(1)),
        erased_by="Service informatique fictif",
        erased_how="Rien à effacer : aucune mémoire (exemple)",
    )
    await attest_erasure(erased, actor=actor, now=now - _days(1))


_TO = {
    DisposalOutcome.ASSOCIATION: "Parents d'élèves d'Exemple (fictif)",
    DisposalOutcome.DOMAINE: "Service du Domaine (exemple)",
    DisposalOutcome.DESTRUCTION: "Éco-organisme fictif",
}


async def _proposed(number: str, outcome: DisposalOutcome, cents: int, *, actor: Actor, now: datetime) -> UUID:
    item = await find_item(number, actor=actor)
    command = ProposeDisposal(
        outcome=outcome,
        reason="Ne sert plus, trop coûteux à réparer (exemple).",
        beneficiary=_TO[outcome],
        association=AssociationKind.PARENTS if outcome is DisposalOutcome.ASSOCIATION else None,
        items=(AppraisedItem(item_id=item.id, value_cents=cents, condition=Condition.WORN),),
    )
    return (await propose_disposal(command, actor=actor, now=now)).id


def _days(number: int) -> timedelta:
    return timedelta(days=number)


def _day(actor: Actor, instant: datetime) -> date:
    return actor.civil_date(instant)
