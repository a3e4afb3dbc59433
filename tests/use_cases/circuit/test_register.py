"""Registers of a day before a service began to use the product: what it had then is in them all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor
from materiel.domain.papers.old_paper import OldPaper
from materiel.domain.usage import Custody, Usage
from materiel.store.engine.database import write_transaction
from materiel.store.item import item as items
from materiel.use_cases.circuit.register import held_on, inventory_on
from materiel.use_cases.loan.elsewhere.accepting import AcceptTransfer, accept_transfer
from materiel.use_cases.loan.elsewhere.asking import AskTransfer, ask_transfer
from materiel.use_cases.loan.takeover import TakeOverLoan, take_over_loan

SPRING = date(2026, 3, 1)
"""Half a year before the cast is registered."""
OLD = UUID(int=0x77)
THEM = Actor(id="tests", role=cast.MANAGER.role, service_id=cast.OTHER_SERVICE)


@pytest.fixture(autouse=True)
async def _before(db: object) -> None:
    """A laptop that the collège has had since September 2025, its date of purchase unknown; one bought in 2023."""
    await cast.set_up()
    async with write_transaction():
        bought = replace(
            await items.get(cast.SPARE, cast.SERVICE),
            id=OLD,
            inventory_number="35-2023-00001",
            public_code="ABCDEFGHJKM77",
            acquired_on=date(2023, 5, 2),
        )
        await items.insert(bought, cast.NOW)
    command = TakeOverLoan(
        usage=Usage.INDIVIDUAL,
        custody=Custody.HOME,
        school=cast.BAULON,
        items=(cast.LAPTOP,),
        handed_over_on=date(2025, 9, 4),
        paper=OldPaper(reference="Conv. 12/2025", ends_on=date(2027, 8, 31)),
        unsigned=True,
        pupil=cast.CHILD,
    )
    await take_over_loan(command, actor=cast.MANAGER, now=cast.NOW)


async def rows(register: object, day: date, actor: Actor = cast.READER) -> list[str]:
    later = cast.NOW + timedelta(days=30)
    text = b"".join([piece async for piece in register(day, actor=actor, now=later)])  # type: ignore[operator]
    return text.decode("utf-8-sig").splitlines()[1:]


async def test_what_was_bought_or_in_hands_before_is_in_the_inventory_of_that_day() -> None:
    assert len(await rows(held_on, SPRING)) == 1
    found = {row.split(";")[0]: row for row in await rows(inventory_on, SPRING)}
    assert set(found) == {"35-2026-00001", "35-2023-00001"}
    assert "Prêté" in found["35-2026-00001"]
    assert "Au service" in found["35-2023-00001"]
    # Before it was bought, and before it was handed over, nobody knows of either.
    assert await rows(inventory_on, date(2023, 5, 1)) == []
    assert [row.split(";")[0] for row in await rows(inventory_on, date(2025, 9, 3))] == ["35-2023-00001"]
    assert len(await rows(inventory_on, cast.TODAY)) == 9


async def test_what_came_from_another_service_was_not_ours_before() -> None:
    asked = await ask_transfer(
        AskTransfer(items=(OLD,), to="DSDEN29", reason="Regroupement"), actor=cast.MANAGER, now=cast.NOW
    )
    theirs = replace(cast.ISSUER, actor=THEM)
    await accept_transfer(AcceptTransfer(transfer_id=asked.transfer.id, leave_out=()), issuer=theirs)
    assert await rows(inventory_on, SPRING, THEM) == []
    assert [row.split(";")[0] for row in await rows(inventory_on, cast.TODAY, THEM)] == ["35-2023-00001"]
    assert "35-2023-00001" in {row.split(";")[0] for row in await rows(inventory_on, SPRING)}
