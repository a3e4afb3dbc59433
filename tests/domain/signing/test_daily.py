"""When a service reminds by itself."""

from __future__ import annotations

from datetime import date, time

from materiel.domain.signing.daily import is_due, next_day

FRIDAY, SATURDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 30)
NOON = time(12)


def test_once_each_working_day_from_seven() -> None:
    assert not is_due(FRIDAY, time(6, 59), None, "35")
    assert is_due(FRIDAY, time(7), None, "35")
    assert is_due(FRIDAY, time(23, 59), date(2026, 11, 26), "35")
    assert not is_due(FRIDAY, NOON, FRIDAY, "35")
    assert not is_due(SATURDAY, NOON, FRIDAY, "35")


def test_a_day_ahead_was_noted_by_another_clock() -> None:
    assert is_due(FRIDAY, NOON, date(2030, 1, 1), "35")


def test_the_next_time_is_today_until_it_is_done() -> None:
    assert next_day(FRIDAY, None, "35") == FRIDAY
    assert next_day(FRIDAY, FRIDAY, "35") == MONDAY
    assert next_day(SATURDAY, FRIDAY, "35") == MONDAY
