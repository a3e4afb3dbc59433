"""A seat lent with a loan outlives it: still to uninstall, and leading to nobody."""

from __future__ import annotations

import pytest
from tests.stage import retention_cast as old
from tests.use_cases import loan_cast as cast

from materiel.domain.circuit.workshop.licence import LicenceSeat, SeatEnd, SeatStage
from materiel.store.circuit.workshop import licence as stored
from materiel.store.engine.database import write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history.search import search
from materiel.use_cases.circuit.workshop.licence import AddLicence, add_licence
from materiel.use_cases.circuit.workshop.seat import EndSeat, end_seat


@pytest.fixture(autouse=True)
async def people(db: object) -> None:
    await old.set_up()


async def test_a_seat_stays_to_uninstall_without_its_loan() -> None:
    loan_id = await old.an_old_loan()
    buying = AddLicence(software="Voix Haute", bought_on=cast.TODAY)
    licence = await add_licence(buying, secret_key="secret", actor=cast.MANAGER, now=cast.NOW)
    lent = LicenceSeat(id=new_id(), licence_id=licence.id, loan_id=loan_id, taken_on=cast.TODAY)
    async with write_transaction():
        await stored.add_seat(lent)
    await old.eliminated()
    (case,) = await stored.cases(licence.id, cast.SERVICE)
    assert (case.stage, case.seat.loan_id, case.holder) == (SeatStage.TO_UNINSTALL, None, "ancien prêt")
    command = EndSeat(licence_id=licence.id, seat_id=lent.id, end=SeatEnd.UNINSTALLED, on=cast.TODAY)
    await end_seat(command, actor=cast.MANAGER, now=cast.NOW)
    assert (await stored.line(licence.id, cast.SERVICE)).left == 1
    assert (await search(cast.SERVICE, limit=1))[0].action == "licence.seat_ended"
