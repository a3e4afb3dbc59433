"""What an attacker may try in a day, and how long a person waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from materiel.domain.accounts.attempt import CODE_STRANGERS, PAIR, STRANGERS, Limit, Slowdown, wait_in_french

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def tries_in_a_day(patience: Slowdown) -> int:
    """How many tries are allowed to whoever tries as soon as it may."""
    at, tries = NOW, 0
    while at < NOW + DAY:
        tries += 1
        at = patience.free_at(tries, NOW, at)
    return tries


@pytest.mark.parametrize(("patience", "most"), [(PAIR, 34), (STRANGERS, 198), (CODE_STRANGERS, 118)])
def test_what_may_be_guessed_in_a_day_is_as_decided(patience: Slowdown, most: int) -> None:
    assert tries_in_a_day(patience) == most


def test_waits_grow_from_half_a_minute_to_an_hour() -> None:
    waits = [(PAIR.free_at(tries, NOW, NOW) - NOW).total_seconds() for tries in range(1, 14)]
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert PAIR.free_at(10**6, NOW, NOW) == NOW + PAIR.longest


def test_a_limit_waits_for_the_end_of_its_window() -> None:
    limit = Limit(most=2, window=timedelta(hours=1))
    later = NOW + timedelta(minutes=10)
    assert limit.free_at(1, NOW, later) == later
    assert limit.free_at(2, NOW, later) == NOW + limit.window


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.2, "1 seconde"),
        (29.1, "30 secondes"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (3600, "1 heure"),
        (3601, "2 heures"),
    ],
)
def test_a_wait_is_told_in_the_unit_of_its_length(seconds: float, told: str) -> None:
    assert wait_in_french(timedelta(seconds=seconds)) == told
