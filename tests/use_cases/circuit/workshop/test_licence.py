"""Licences: seats counted, never more than were bought, freed by an attested uninstall; a key that is masked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.circuit.workshop.licence import (
    Licence,
    LicenceFilter,
    LicenceSeat,
    LicenceStage,
    SeatEnd,
    SeatStage,
    UninstallWitness,
)
from materiel.domain.desk.dashboard import Concern
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.item.preparation import ChecksDone
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.errors import BadInput, Conflict, MaterielError, NotFound, PermissionDenied, RuleBroken, Unavailable
from materiel.store.circuit.workshop import licence as stored
from materiel.store.engine.database import write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history.search import search
from materiel.store.item import item as items
from materiel.use_cases.circuit.workshop.licence import (
    AddLicence,
    CorrectLicence,
    add_licence,
    correct_licence,
    count_licences,
    list_licences,
    read_key,
    read_licence,
)
from materiel.use_cases.circuit.workshop.seat import (
    EndSeat,
    TakeSeat,
    end_seat,
    keep_seat,
    seats_of_item,
    take_seat,
)
from materiel.use_cases.desk.today import read_today
from materiel.use_cases.item.item import SetItemStatus, set_item_status
from materiel.use_cases.item.preparation import prepare_item, software_on
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.steps import HandOver, TakeBack, cancel_loan, hand_over, issue_loan, take_back

BOUGHT = date(2026, 9, 1)
SECRET = "secret-key-of-the-tests"
KEY = "VH9-ABCD-EFGH-1234"
BUYING = AddLicence(software="Voix Haute", publisher="Éditions Fictives", bought_on=BOUGHT, key=KEY)
CHECKED = ChecksDone(done_on=cast.TODAY, condition=Condition.GOOD, erased=True)


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()
    await items.save(replace(await items.get(cast.LAPTOP, cast.SERVICE), family=ItemFamily.COMPUTER))


async def bought(**changes: object) -> Licence:
    command = replace(BUYING, **changes)  # type: ignore[arg-type]
    return await add_licence(command, secret_key=SECRET, actor=cast.MANAGER, now=cast.NOW)


async def installed(licence: Licence, item_id: UUID = cast.LAPTOP) -> LicenceSeat:
    command = TakeSeat(licence_id=licence.id, item_id=item_id, taken_on=cast.TODAY)
    return await take_seat(command, actor=cast.MANAGER, now=cast.NOW)


async def ended(seat: LicenceSeat, how: SeatEnd = SeatEnd.UNINSTALLED) -> LicenceSeat:
    command = EndSeat(
        licence_id=seat.licence_id, seat_id=seat.id, end=how, on=cast.TODAY, witness=UninstallWitness.FAMILY
    )
    return await end_seat(command, actor=cast.MANAGER, now=cast.NOW)


async def stages(licence: Licence) -> list[SeatStage]:
    return [each.stage for each in (await read_licence(licence.id, actor=cast.READER)).cases]


async def left(licence: Licence) -> int:
    return (await read_licence(licence.id, actor=cast.READER)).line.left


async def lent(item_id: UUID = cast.LAPTOP) -> UUID:
    loan_id = await cast.a_draft(items=(item_id,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = HandOver(loan_id=loan_id, items=(HandedItem(item_id=item_id),), handed_over_on=cast.TODAY)
    await hand_over(handed, issuer=cast.ISSUER)
    return loan_id


async def back(loan_id: UUID, item_id: UUID = cast.LAPTOP) -> None:
    returned = ReturnedItem(item_id=item_id, condition=Condition.GOOD)
    await take_back(TakeBack(loan_id=loan_id, items=(returned,), returned_on=cast.TODAY), issuer=cast.ISSUER)


async def actions() -> list[str]:
    return [each.action for each in await search(cast.SERVICE, limit=50) if "licence" in each.action]


async def test_a_seat_is_taken_and_the_last_one_is_refused_by_what_holds_it() -> None:
    licence = await bought()
    seat = await installed(licence)
    assert (await left(licence), await stages(licence)) == (0, [SeatStage.INSTALLED])
    with refused(Conflict, "licence.no_seat_left") as raised:
        await installed(licence, cast.SPARE)
    assert "35-2026-00001" in str(raised.value)
    await ended(seat)
    assert await left(licence) == 1
    await installed(licence, cast.SPARE)
    with refused(Conflict, "licence.already_installed"):
        await installed(licence, cast.SPARE)
    assert await actions() == [
        *("item.licence_taken", "item.licence_ended", "item.licence_taken"),
        "licence.added",
    ]


async def test_two_managers_do_not_take_the_last_seat() -> None:
    licence = await bought(seats=2)
    wanted = (cast.LAPTOP, cast.SPARE, cast.LAST, cast.BRAILLE, cast.FM)
    answers = await asyncio.gather(*(installed(licence, each) for each in wanted), return_exceptions=True)
    refusals = [each for each in answers if isinstance(each, MaterielError)]
    assert [each.code for each in refusals] == ["licence.no_seat_left"] * 3
    assert len((await read_licence(licence.id, actor=cast.READER)).cases) == 2


async def test_the_return_marks_it_and_the_checks_free_it_without_holding_the_receipt() -> None:
    licence = await bought()
    await installed(licence)
    loan_id = await lent()
    assert await stages(licence) == [SeatStage.INSTALLED]
    await back(loan_id)
    assert (await stages(licence), await left(licence)) == ([SeatStage.TO_UNINSTALL], 0)
    assert await software_on(cast.LAPTOP, actor=cast.READER) == ["Voix Haute"]
    await prepare_item(cast.LAPTOP, replace(CHECKED, uninstalled=True), issuer=cast.ISSUER)
    (case,) = (await read_licence(licence.id, actor=cast.READER)).cases
    assert (case.stage, case.seat.ended_on, case.seat.witness) == (
        SeatStage.FREED,
        cast.TODAY,
        UninstallWitness.SERVICE,
    )
    assert await left(licence) == 1


async def test_what_nobody_attests_stays_to_uninstall_or_is_kept_for_the_next() -> None:
    licence = await bought()
    seat = await installed(licence)
    await back(await lent())
    with refused(Conflict, "licence.not_left_over"):
        await keep_seat(licence.id, seat.id, actor=cast.MANAGER, now=cast.NOW)
    await prepare_item(cast.LAPTOP, CHECKED, issuer=cast.ISSUER)
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.IN_STOCK
    assert await stages(licence) == [SeatStage.TO_UNINSTALL]
    await keep_seat(licence.id, seat.id, actor=cast.MANAGER, now=cast.NOW)
    assert await stages(licence) == [SeatStage.INSTALLED]
    assert (await actions())[0] == "item.licence_kept"
    with refused(NotFound, "licence.seat_not_found"):
        await keep_seat(licence.id, new_id(), actor=cast.MANAGER, now=cast.NOW)


@pytest.mark.parametrize("status", [ItemStatus.LOST, ItemStatus.STOLEN, ItemStatus.WRITTEN_OFF])
async def test_what_is_lost_keeps_its_seat_until_somebody_says_what_became_of_it(status: ItemStatus) -> None:
    licence = await bought(seats=2)
    seat = await installed(licence)
    item = await items.get(cast.LAPTOP, cast.SERVICE)
    change = SetItemStatus(item_id=item.id, status=status, reason="Vol", version=item.version)
    await set_item_status(change, actor=cast.MANAGER, now=cast.NOW)
    assert (await stages(licence), await left(licence)) == ([SeatStage.TO_UNINSTALL], 1)
    with refused(Conflict, "licence.item_gone"):
        await installed(await bought())
    await ended(seat, SeatEnd.GONE)
    assert (await stages(licence), await left(licence)) == ([SeatStage.SPENT], 1)
    with refused(Conflict, "licence.seat_over"):
        await ended(seat)


async def test_an_item_transferred_leaves_its_seat_to_the_service_that_bought_it() -> None:
    licence = await bought()
    seat = await installed(licence)
    async with write_transaction():
        item = await items.get(cast.LAPTOP, cast.SERVICE)
        await items.save(replace(item, status=ItemStatus.TRANSFERRED))
    assert await stages(licence) == [SeatStage.TO_UNINSTALL]
    await ended(seat, SeatEnd.DEACTIVATED)
    assert await left(licence) == 1


async def test_a_licence_lent_with_a_loan_is_to_uninstall_once_it_is_over() -> None:
    licence = await bought()
    loan_id = await lent()
    command = TakeSeat(licence_id=licence.id, loan_id=loan_id, taken_on=cast.TODAY)
    seat = await take_seat(command, actor=cast.MANAGER, now=cast.NOW)
    (case,) = await stored.of_loan(loan_id, cast.SERVICE)
    assert case.holder.startswith("prêt du 7 septembre 2026, ")
    await back(loan_id)
    assert (await get_loan(loan_id, actor=cast.READER)).loan.status == "returned"
    assert await stages(licence) == [SeatStage.TO_UNINSTALL]
    with refused(Conflict, "licence.loan_over"):
        await take_seat(replace(command, licence_id=(await bought()).id), actor=cast.MANAGER, now=cast.NOW)
    await ended(seat)
    assert await left(licence) == 1
    given_up = await cast.a_draft(items=(cast.SPARE,))
    await take_seat(replace(command, loan_id=given_up), actor=cast.MANAGER, now=cast.NOW)
    await cancel_loan(given_up, reason="Erreur", issuer=cast.ISSUER)
    assert await stages(licence) == [SeatStage.FREED, SeatStage.TO_UNINSTALL]
    with refused(BadInput, "licence.one_holder"):
        await take_seat(replace(command, item_id=cast.SPARE), actor=cast.MANAGER, now=cast.NOW)


async def test_a_licence_that_may_not_be_moved_serves_its_item_again() -> None:
    licence = await bought(is_transferable=False)
    await ended(await installed(licence))
    assert await left(licence) == 0
    with refused(Conflict, "licence.no_seat_left"):
        await installed(licence, cast.SPARE)
    await installed(licence)
    assert await stages(licence) == [SeatStage.FREED, SeatStage.INSTALLED]
    assert await left(licence) == 0


async def test_a_key_is_encrypted_masked_and_its_reading_noted() -> None:
    licence = await bought()
    kept = (await stored.line(licence.id, cast.SERVICE)).licence
    assert KEY not in kept.sealed_key
    assert kept.masked_key == "…1234"
    assert await read_key(licence.id, secret_key=SECRET, actor=cast.MANAGER, now=cast.NOW) == KEY
    assert (await actions())[0] == "licence.key_read"
    with refused(PermissionDenied, "actor.forbidden"):
        await read_key(licence.id, secret_key=SECRET, actor=cast.READER, now=cast.NOW)
    with refused(Unavailable, "licence.key_lost"):
        await read_key(licence.id, secret_key="another-secret", actor=cast.MANAGER, now=cast.NOW)
    with refused(NotFound, "licence.no_key"):
        await read_key((await bought(key="")).id, secret_key=SECRET, actor=cast.MANAGER, now=cast.NOW)
    for entry in await search(cast.SERVICE, limit=50):
        assert KEY not in str(entry.details)


async def test_it_is_corrected_and_never_below_what_is_taken() -> None:
    licence = await bought(seats=2)
    await installed(licence)
    await installed(licence, cast.SPARE)
    asked = CorrectLicence(licence_id=licence.id, version=1, software="Voix Haute 10", seats=3, bought_on=BOUGHT)
    saved = await correct_licence(asked, secret_key=SECRET, actor=cast.MANAGER, now=cast.NOW)
    assert (saved.software, saved.key_tail, saved.version) == ("Voix Haute 10", "1234", 2)
    with refused(Conflict, "licence.changed"):
        await correct_licence(asked, secret_key=SECRET, actor=cast.MANAGER, now=cast.NOW)
    fewer = replace(asked, version=2, seats=1)
    with refused(Conflict, "licence.no_seat_left"):
        await correct_licence(fewer, secret_key=SECRET, actor=cast.MANAGER, now=cast.NOW)
    again = replace(asked, version=2, key="AUTRE-CLE-ENTIERE-9876")
    assert (await correct_licence(again, secret_key=SECRET, actor=cast.MANAGER, now=cast.NOW)).key_tail == "9876"
    with refused(RuleBroken, "licence.invalid"):
        await bought(software="")


async def test_the_list_and_today_tell_what_asks_for_a_hand() -> None:
    full, soon = await bought(), await bought(ends_on=cast.TODAY + timedelta(days=30), seats=5)
    over = await bought(software="Ancien", ends_on=cast.TODAY - timedelta(days=1))
    await bought(software="Libre", seats=9)
    await installed(full)
    with refused(Conflict, "licence.ended"):
        await installed(over)

    async def found(**asked: object) -> list[UUID]:
        wanted = LicenceFilter(today=cast.TODAY, **asked)  # type: ignore[arg-type]
        listed = await list_licences(wanted, actor=cast.READER, limit=10)
        assert await count_licences(wanted, actor=cast.READER) == len(listed)
        return [each.licence.id for each in listed]

    async def told() -> list[UUID]:
        groups = (await read_today(actor=cast.READER, now=cast.NOW)).groups
        return [each.licence.id for group in groups if group.tally.concern is Concern.LICENCE for each in group.things]

    assert await found(stage=LicenceStage.FULL) == [full.id]
    assert await found(stage=LicenceStage.ENDS_SOON) == [soon.id]
    assert await found(stage=LicenceStage.ENDED) == [over.id]
    assert len(await found(stage=LicenceStage.OPEN)) == 1
    assert await found(q="libre") == await found(stage=LicenceStage.OPEN)
    assert await found(with_uninstalls=True) == []
    assert await told() == [soon.id]
    await back(await lent())
    assert await found(with_uninstalls=True) == [full.id]
    assert await told() == [full.id, soon.id]


async def test_another_service_finds_nothing_and_a_reader_writes_nothing() -> None:
    licence = await bought()
    seat = await installed(licence)
    with refused(NotFound, "licence.not_found"):
        await read_licence(licence.id, actor=cast.STRANGER)
    with refused(NotFound, "licence.not_found"):
        await read_key(licence.id, secret_key=SECRET, actor=cast.STRANGER, now=cast.NOW)
    with refused(NotFound, "licence.not_found"):
        await keep_seat(licence.id, seat.id, actor=cast.STRANGER, now=cast.NOW)
    assert await seats_of_item(cast.LAPTOP, actor=cast.STRANGER) == []
    taking = TakeSeat(licence_id=licence.id, item_id=cast.SPARE, taken_on=cast.TODAY)
    with refused(PermissionDenied, "actor.forbidden"):
        await take_seat(taking, actor=cast.READER, now=cast.NOW)
    with refused(PermissionDenied, "actor.forbidden"):
        await add_licence(BUYING, secret_key=SECRET, actor=cast.READER, now=cast.NOW)
