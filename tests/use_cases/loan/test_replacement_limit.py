"""The local « one replacement » rule (E26): off by default, and never before a fault is found."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.loan.loan import RemovalReason
from materiel.domain.loan.plan import Fault, Removal
from materiel.domain.loan.steps import HandedItem
from materiel.errors import RuleBroken
from materiel.store.accounts import service as services
from materiel.use_cases.loan.changes import Amend, amend_loan
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan


@pytest.fixture
async def loan_id(db: object) -> UUID:
    """A loan of a laptop, handed over."""
    await cast.set_up()
    found = await cast.a_draft()
    await issue_loan(found, issuer=cast.ISSUER)
    handed = (HandedItem(item_id=cast.LAPTOP),)
    await hand_over(HandOver(loan_id=found, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    return found


async def limited(most: int = 1) -> None:
    await services.save(replace(await services.get(cast.SERVICE), replacement_limit=most))


async def replaced(loan_id: UUID, old: UUID, new: UUID, fault: Fault = Fault.USER) -> None:
    lost = Removal(item_id=old, reason=RemovalReason.LOST, fault=fault, description="Introuvable")
    await amend_loan(Amend(loan_id=loan_id, effective_on=cast.TODAY, add=(new,), remove=(lost,)), issuer=cast.ISSUER)


async def test_without_a_limit_everything_is_replaced(loan_id: UUID) -> None:
    await replaced(loan_id, cast.LAPTOP, cast.BRAILLE)
    await replaced(loan_id, cast.BRAILLE, cast.KEYBOARD)
    await replaced(loan_id, cast.KEYBOARD, cast.SPARE)


async def test_once_and_no_more_after_a_fault(loan_id: UUID) -> None:
    await limited()
    await replaced(loan_id, cast.LAPTOP, cast.BRAILLE)
    with refused(RuleBroken, "loan.replacement_limit"):
        await replaced(loan_id, cast.BRAILLE, cast.KEYBOARD)
    await limited(2)
    await replaced(loan_id, cast.BRAILLE, cast.KEYBOARD)


@pytest.mark.parametrize("fault", [Fault.NONE, Fault.UNDECIDED])
async def test_what_is_lost_without_a_fault_is_always_replaced(loan_id: UUID, fault: Fault) -> None:
    await limited()
    await replaced(loan_id, cast.LAPTOP, cast.BRAILLE)
    await replaced(loan_id, cast.BRAILLE, cast.KEYBOARD, fault)
    await replaced(loan_id, cast.KEYBOARD, cast.SPARE, fault)


async def test_faults_that_were_none_count_for_nothing(loan_id: UUID) -> None:
    await limited()
    await replaced(loan_id, cast.LAPTOP, cast.BRAILLE, Fault.NONE)
    await replaced(loan_id, cast.BRAILLE, cast.KEYBOARD)


async def test_what_leaves_without_being_replaced_is_not_held_back(loan_id: UUID) -> None:
    await limited()
    await replaced(loan_id, cast.LAPTOP, cast.BRAILLE)
    lost = Removal(item_id=cast.BRAILLE, reason=RemovalReason.LOST, fault=Fault.USER, description="Perdu")
    await amend_loan(Amend(loan_id=loan_id, effective_on=cast.TODAY, remove=(lost,)), issuer=cast.ISSUER)


async def test_what_is_lost_without_a_fault_is_replaced_beside_what_is_not(loan_id: UUID) -> None:
    """Two things leave by one amendment, one by a fault: what comes instead of the other is never held back."""
    await replaced(loan_id, cast.LAPTOP, cast.BRAILLE)
    await amend_loan(Amend(loan_id=loan_id, effective_on=cast.TODAY, add=(cast.KEYBOARD,)), issuer=cast.ISSUER)
    await limited()
    lost = tuple(
        Removal(item_id=each, reason=RemovalReason.LOST, fault=fault, description="Introuvable")
        for each, fault in ((cast.BRAILLE, Fault.USER), (cast.KEYBOARD, Fault.NONE))
    )
    command = Amend(loan_id=loan_id, effective_on=cast.TODAY, add=(cast.SPARE,), remove=lost)
    await amend_loan(command, issuer=cast.ISSUER)


async def test_two_things_lost_by_a_fault_at_once_count_for_two(loan_id: UUID) -> None:
    await amend_loan(Amend(loan_id=loan_id, effective_on=cast.TODAY, add=(cast.BRAILLE,)), issuer=cast.ISSUER)
    await limited()
    lost = tuple(
        Removal(item_id=each, reason=RemovalReason.LOST, fault=Fault.USER, description="Introuvable")
        for each in (cast.LAPTOP, cast.BRAILLE)
    )
    twice = Amend(loan_id=loan_id, effective_on=cast.TODAY, add=(cast.KEYBOARD, cast.SPARE), remove=lost)
    with refused(RuleBroken, "loan.replacement_limit"):
        await amend_loan(twice, issuer=cast.ISSUER)
    await amend_loan(replace(twice, add=(cast.KEYBOARD,)), issuer=cast.ISSUER)
