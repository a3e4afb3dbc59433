"""How long is kept, to the day; the visa of a list; the reason of a hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.calendar.civil_day import MAINLAND
from materiel.domain.loan.loan import Loan, LoanItem, LoanStatus
from materiel.domain.retention.retention import (
    Elimination,
    InventoryLine,
    Nature,
    checked_hold_reason,
    checked_visa,
    ended_on,
    first_day_kept,
    last_day_kept,
)
from materiel.domain.usage import Custody, Usage
from materiel.errors import Conflict, RuleBroken

ID = UUID("0193a000-0000-7000-8000-000000000001")
PREPARED_AT = datetime(2033, 1, 10, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ended", "years", "last"),
    [
        (date(2027, 6, 30), 5, date(2032, 6, 30)),
        (date(2028, 2, 29), 5, date(2033, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 29)),
        (date(2027, 12, 31), 1, date(2028, 12, 31)),
    ],
)
def test_a_loan_is_kept_until_the_same_day_years_later(ended: date, years: int, last: date) -> None:
    assert last_day_kept(ended, years) == last


@pytest.mark.parametrize("years", [1, 4, 5, 30])
def test_what_is_over_on_a_day_is_what_ended_before_the_first_day_kept(years: int) -> None:
    every = [date(2027, 2, 20) + timedelta(days=rank) for rank in range(400)]
    for day in every:
        first = first_day_kept(day, years)
        assert last_day_kept(first, years) >= day
        assert last_day_kept(first - timedelta(days=1), years) < day


def a_loan(*lines: LoanItem, closed_on: date | None = date(2027, 9, 1)) -> Loan:
    return Loan(
        id=ID,
        service_id=ID,
        usage=Usage.SHARED,
        custody=Custody.SCHOOL,
        school_uai="0350122T",
        pupil_id=None,
        status=LoanStatus.CLOSED,
        starts_on=date(2026, 9, 7),
        ends_on=None,
        purpose="",
        items=lines,
        created_at=PREPARED_AT,
        closed_on=closed_on,
    )


def test_years_count_from_the_last_return_else_from_the_end() -> None:
    back = [LoanItem(item_id=ID, added_on=date(2026, 9, 7), returned_on=date(2027, month, 1)) for month in (6, 3)]
    never = LoanItem(item_id=ID, added_on=date(2026, 9, 7))
    assert ended_on(a_loan(*back, never)) == date(2027, 6, 1)
    assert ended_on(a_loan(never)) == date(2027, 9, 1)
    assert ended_on(a_loan(never, closed_on=None)) is None


def a_list() -> Elimination:
    line = InventoryLine(
        nature=Nature.LOAN,
        year=2027,
        first_on=date(2026, 9, 7),
        last_on=date(2027, 6, 30),
        files=3,
        documents=12,
        size=1_000_000,
    )
    return Elimination(
        id=ID,
        service_id=ID,
        due_on=date(2033, 1, 10),
        loan_years=5,
        pupil_years=1,
        inventory=(line, replace(line, nature=Nature.PUPIL, files=2)),
        prepared_by="user:1",
        prepared_at=PREPARED_AT,
    )


def test_a_visa_is_given_once_after_the_list_and_with_its_reference() -> None:
    asked = {"recorded_by": "user:1", "now": PREPARED_AT + timedelta(days=20), "zone": MAINLAND}
    visa = checked_visa(a_list(), on=date(2033, 1, 20), reference=" AD35  n° 7 ", **asked)  # type: ignore[arg-type]
    assert (visa.reference, visa.on, a_list().files) == ("AD35 n° 7", date(2033, 1, 20), 5)
    for on in (None, date(2033, 1, 9), date(2033, 1, 31)):
        with refused(RuleBroken, "elimination.invalid") as wrong:
            checked_visa(a_list(), on=on, reference="", **asked)  # type: ignore[arg-type]
        assert [each.pointer for each in wrong.value.errors] == ["/visa_on", "/visa_reference"]
    with refused(Conflict, "elimination.already_visaed"):
        checked_visa(replace(a_list(), visa=visa), on=visa.on, reference="2", **asked)  # type: ignore[arg-type]


def test_a_hold_has_its_reason() -> None:
    assert checked_hold_reason("  Vol,  enquête en cours ") == "Vol, enquête en cours"
    with refused(RuleBroken, "loan_hold.invalid"):
        checked_hold_reason(" ")
