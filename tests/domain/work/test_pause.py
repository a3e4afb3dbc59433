"""Which days a pause holds, when a service sends again, and what may leave on such a day: one rule, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.work.outbox import Impulse, Purpose
from materiel.domain.work.pause import (
    DIED,
    LEAVES,
    PAUSED,
    LoanPause,
    MessageFate,
    PauseReason,
    ServicePause,
    Silences,
    checked_loan_pause,
    checked_pause,
    may_leave,
    pause_on,
    resumes_on,
)
from materiel.errors import RuleBroken

ID = UUID(int=1)
TODAY = date(2026, 7, 20)
SUMMER = ServicePause(
    id=ID, service_id=ID, name="Vacances d'été", starts_on=date(2026, 7, 10), ends_on=date(2026, 8, 20), yearly=True
)
WINTER = replace(SUMMER, name="Noël", starts_on=date(2025, 12, 20), ends_on=date(2026, 1, 4))
DISAGREEMENT = LoanPause(loan_id=ID, reason=PauseReason.SERVICE, starts_on=date(2026, 7, 1), ends_on=date(2026, 9, 1))


@pytest.mark.parametrize(
    ("pause", "day", "holds"),
    [
        (SUMMER, date(2026, 7, 9), False),
        (SUMMER, date(2026, 7, 10), True),
        (SUMMER, date(2026, 8, 20), True),
        (SUMMER, date(2026, 8, 21), False),
        (SUMMER, date(2028, 7, 15), True),
        (SUMMER, date(2025, 7, 15), False),
        (replace(SUMMER, yearly=False), date(2027, 7, 15), False),
        (WINTER, date(2026, 1, 2), True),
        (WINTER, date(2027, 1, 2), True),
        (WINTER, date(2026, 12, 20), True),
        (replace(SUMMER, starts_on=date(2028, 2, 29), ends_on=date(2028, 3, 3)), date(2029, 2, 28), True),
    ],
)
def test_the_days_of_a_pause_are_both_included_and_may_come_back(pause: ServicePause, day: date, holds: bool) -> None:
    assert (pause.covering(day) is not None) is holds
    assert (pause_on([pause], day) is not None) is holds


def test_a_service_sends_again_the_day_after_the_last_of_pauses_that_meet() -> None:
    more = replace(SUMMER, name="Pont", starts_on=date(2026, 8, 21), ends_on=date(2026, 8, 24), yearly=False)
    assert resumes_on([], TODAY) == TODAY
    assert resumes_on([SUMMER], TODAY) == date(2026, 8, 21)
    assert resumes_on([more, SUMMER], TODAY) == date(2026, 8, 25)
    whole_year = [replace(SUMMER, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))]
    assert resumes_on(whole_year, TODAY) > TODAY


@pytest.mark.parametrize("impulse", list(Impulse))
def test_a_death_stops_all_but_what_the_service_tells_itself(impulse: Impulse) -> None:
    found = may_leave(impulse, Purpose.SIGNED_BY_ALL, Silences(died=True), TODAY)
    if impulse is Impulse.OWN:
        assert found == LEAVES
    else:
        assert (found.fate, found.why) == (MessageFate.FALLS, DIED)


@pytest.mark.parametrize("silences", [Silences(service=[SUMMER]), Silences(loan=DISAGREEMENT)])
def test_a_pause_stops_the_machine_alone(silences: Silences) -> None:
    for impulse in (Impulse.HAND, Impulse.ASKED, Impulse.OWN):
        assert may_leave(impulse, Purpose.SIGNATURE_REMINDER, silences, TODAY) == LEAVES
    reminder = may_leave(Impulse.MACHINE, Purpose.SIGNATURE_REMINDER, silences, TODAY)
    assert (reminder.fate, reminder.why) == (MessageFate.FALLS, PAUSED)
    assert may_leave(Impulse.MACHINE, Purpose.SIGNED_BY_ALL, silences, TODAY).fate is MessageFate.WAITS
    assert may_leave(Impulse.MACHINE, Purpose.SIGNED_BY_ALL, silences, date(2026, 10, 1)) == LEAVES


def test_what_waits_leaves_once_nothing_keeps_it_back() -> None:
    def until(silences: Silences) -> date | None:
        return may_leave(Impulse.MACHINE, Purpose.SIGNED_BY_ALL, silences, TODAY).until

    assert until(Silences(service=[SUMMER])) == date(2026, 8, 21)
    assert until(Silences(loan=DISAGREEMENT)) == date(2026, 9, 2)
    assert until(Silences(loan=DISAGREEMENT, service=[SUMMER])) == date(2026, 9, 2)
    # Without an end it is asked again each day.
    assert until(Silences(loan=replace(DISAGREEMENT, ends_on=None))) == date(2026, 7, 21)


@pytest.mark.parametrize(
    ("changes", "others", "pointer"),
    [
        ({"name": " "}, 0, "/name"),
        ({"name": "x" * 61}, 0, "/name"),
        ({"ends_on": date(2026, 7, 9)}, 0, "/ends_on"),
        ({"ends_on": date(2026, 11, 7)}, 0, "/ends_on"),
        ({"starts_on": date(2026, 1, 1), "ends_on": date(2026, 1, 2), "yearly": False}, 0, "/ends_on"),
        ({}, 12, "/name"),
    ],
)
def test_what_is_no_pause_is_refused(changes: dict[str, object], others: int, pointer: str) -> None:
    with refused(RuleBroken, "pause.invalid") as caught:
        checked_pause(replace(SUMMER, **changes), [WINTER] * others, TODAY)  # type: ignore[arg-type]
    assert [each.pointer for each in caught.value.errors] == [pointer]
    assert checked_pause(SUMMER, [WINTER], TODAY) == SUMMER


def test_a_disagreement_ends_after_today() -> None:
    with refused(RuleBroken, "pause.invalid"):
        checked_loan_pause(replace(DISAGREEMENT, ends_on=date(2026, 7, 19)), TODAY)
    assert checked_loan_pause(DISAGREEMENT, TODAY) == DISAGREEMENT


def test_no_reason_speaks_of_health() -> None:
    said = " ".join(each.label for each in PauseReason).lower()
    assert not [word for word in ("santé", "malad", "handicap", "hospital", "médic") if word in said]
