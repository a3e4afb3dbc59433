"""Licences: what is left, what holds a seat, what frees it, what is shown of a key."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.circuit.workshop.licence import (
    ENDS_SOON,
    NAMED,
    Licence,
    LicenceLine,
    LicenceSeat,
    LicenceStage,
    SeatCase,
    SeatEnd,
    SeatStage,
    UninstallWitness,
    checked_key,
    checked_licence,
    ended_seat,
    kept_seat,
    taken_seat,
)
from materiel.domain.item.item import ItemStatus
from materiel.domain.item.masking import masked
from materiel.errors import Conflict, RuleBroken

TODAY = date(2026, 9, 7)
LICENCE = Licence(
    id=UUID(int=1),
    service_id=UUID(int=2),
    software="Voix Haute",
    seats=1,
    bought_on=date(2026, 9, 1),
    created_at=datetime(2026, 9, 1, 9, 0, tzinfo=UTC),
)
SEAT = LicenceSeat(id=UUID(int=3), licence_id=LICENCE.id, item_id=UUID(int=4), taken_on=TODAY)
CASE = SeatCase(seat=SEAT, software="Voix Haute", item_number="35-2026-00001", item_status=ItemStatus.ON_LOAN)
ANOTHER = replace(SEAT, id=UUID(int=5), item_id=UUID(int=6))


def end(case: SeatCase, how: SeatEnd, licence: Licence = LICENCE) -> LicenceSeat:
    return ended_seat(case, licence, how, UninstallWitness.FAMILY, TODAY, today=TODAY)


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        *((each, SeatStage.INSTALLED) for each in (ItemStatus.ON_LOAN, ItemStatus.IN_STOCK, ItemStatus.IN_REPAIR)),
        *((each, SeatStage.TO_UNINSTALL) for each in (ItemStatus.TO_PREPARE, ItemStatus.LOST, ItemStatus.STOLEN)),
        *((each, SeatStage.TO_UNINSTALL) for each in (ItemStatus.WRITTEN_OFF, ItemStatus.TRANSFERRED)),
    ],
)
def test_what_comes_back_or_leaves_is_to_uninstall(status: ItemStatus, stage: SeatStage) -> None:
    case = replace(CASE, item_status=status)
    assert case.stage is stage
    assert case.is_taken


def test_what_a_finished_loan_was_lent_with_is_to_uninstall() -> None:
    lent = SeatCase(seat=replace(SEAT, item_id=None, loan_id=UUID(int=9)), software="Voix Haute")
    assert lent.stage is SeatStage.INSTALLED
    assert replace(lent, loan_is_over=True).stage is SeatStage.TO_UNINSTALL
    assert lent.holder == "ancien prêt"
    assert replace(lent, loan_starts_on=TODAY, loan_place="École").holder == "prêt du 7 septembre 2026, École"


def test_an_attested_uninstall_frees_and_what_went_does_not() -> None:
    for how in (SeatEnd.UNINSTALLED, SeatEnd.DEACTIVATED):
        freed = replace(CASE, seat=end(CASE, how))
        assert (freed.stage, freed.is_taken) == (SeatStage.FREED, False)
    gone = replace(CASE, seat=end(CASE, SeatEnd.GONE))
    assert (gone.stage, gone.is_taken) == (SeatStage.SPENT, True)
    with refused(Conflict, "licence.seat_over"):
        end(gone, SeatEnd.UNINSTALLED)
    with refused(RuleBroken, "licence.invalid"):
        ended_seat(CASE, LICENCE, SeatEnd.GONE, UninstallWitness.SERVICE, TODAY - timedelta(days=1), today=TODAY)


def test_a_seat_that_may_not_be_moved_serves_its_item_again_and_no_other() -> None:
    bound = replace(LICENCE, is_transferable=False)
    spent = replace(CASE, seat=end(CASE, SeatEnd.UNINSTALLED, bound))
    assert spent.stage is SeatStage.SPENT
    again = replace(SEAT, id=UUID(int=7))
    assert taken_seat(again, bound, [spent], TODAY) == again
    with refused(Conflict, "licence.no_seat_left"):
        taken_seat(ANOTHER, bound, [spent], TODAY)
    gone = replace(CASE, seat=end(CASE, SeatEnd.GONE, bound))
    with refused(Conflict, "licence.no_seat_left"):
        taken_seat(again, bound, [gone], TODAY)


def test_a_refusal_says_what_holds_the_seats() -> None:
    with refused(Conflict, "licence.no_seat_left") as raised:
        taken_seat(ANOTHER, LICENCE, [replace(CASE, item_status=ItemStatus.TO_PREPARE)], TODAY)
    assert "La seule place de « Voix Haute » est prise : 35-2026-00001 (à désinstaller)." in str(raised.value)
    many = [replace(CASE, item_number=f"N{rank}") for rank in range(NAMED + 2)]
    with refused(Conflict, "licence.no_seat_left") as raised:
        taken_seat(ANOTHER, replace(LICENCE, seats=NAMED + 2), many, TODAY)
    assert "Les 7 places" in str(raised.value)
    assert "N4 et 2 autres" in str(raised.value)


def test_one_seat_is_enough_and_an_ended_licence_gives_none() -> None:
    two = replace(LICENCE, seats=2)
    with refused(Conflict, "licence.already_installed"):
        taken_seat(replace(SEAT, id=UUID(int=8)), two, [CASE], TODAY)
    with refused(Conflict, "licence.ended"):
        taken_seat(ANOTHER, replace(two, ends_on=TODAY - timedelta(days=1)), [], TODAY)
    with refused(RuleBroken, "licence.invalid"):
        taken_seat(replace(ANOTHER, taken_on=TODAY + timedelta(days=1)), two, [], TODAY)


def test_software_is_kept_on_an_item_back_in_the_stock_alone() -> None:
    left = replace(CASE, seat=replace(SEAT, left_over=True), item_status=ItemStatus.IN_STOCK)
    assert left.stage is SeatStage.TO_UNINSTALL
    assert replace(left, seat=kept_seat(left)).stage is SeatStage.INSTALLED
    for wrong in (CASE, replace(left, item_status=ItemStatus.TO_PREPARE)):
        with refused(Conflict, "licence.not_left_over"):
            kept_seat(wrong)


def test_where_a_licence_stands() -> None:
    line = LicenceLine(licence=LICENCE)
    assert (line.stage(TODAY), line.left) == (LicenceStage.OPEN, 1)
    assert replace(line, taken=1).stage(TODAY) is LicenceStage.FULL
    soon = replace(line, licence=replace(LICENCE, ends_on=TODAY + ENDS_SOON), taken=1)
    assert soon.stage(TODAY) is LicenceStage.ENDS_SOON
    assert soon.stage(TODAY - timedelta(days=1)) is LicenceStage.FULL
    assert soon.stage(TODAY + ENDS_SOON + timedelta(days=1)) is LicenceStage.ENDED


@pytest.mark.parametrize(("key", "shown"), [("", ""), ("ABCD", "…"), ("ABCD-EFGH-I", "…"), ("ABCD-EFGH-IJ", "…H-IJ")])
def test_a_key_shows_its_end_and_a_short_one_nothing(key: str, shown: str) -> None:
    assert masked(key) == shown


def test_what_lacks_is_told_at_once() -> None:
    wrong = replace(
        LICENCE, software=" ", seats=0, bought_on=TODAY + timedelta(days=1), ends_on=TODAY - timedelta(days=9)
    )
    with refused(RuleBroken, "licence.invalid") as raised:
        checked_licence(wrong, TODAY)
    assert [each.pointer for each in raised.value.errors] == ["/software", "/seats", "/bought_on", "/ends_on"]
    with refused(RuleBroken, "licence.invalid"):
        checked_key("\x07" * 3)
    with refused(Conflict, "licence.no_seat_left"):
        checked_licence(LICENCE, TODAY, held=[CASE, CASE])
