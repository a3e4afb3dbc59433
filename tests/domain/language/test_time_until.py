from __future__ import annotations

from datetime import date, timedelta

import pytest

from materiel.domain.language.french import span, time_until

TODAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (0, "aujourd'hui"),
        (1, "demain"),
        (-1, "hier"),
        (2, "dans 2 jours"),
        (-6, "il y a 6 jours"),
        (59, "dans 59 jours"),
        (60, "dans 2 mois"),
        (275, "dans 9 mois"),
        (-729, "il y a 24 mois"),
        (730, "dans 2 ans"),
    ],
)
def test_a_day_is_told_by_how_far_it_is(days: int, told: str) -> None:
    assert time_until(TODAY + timedelta(days=days), TODAY) == told


@pytest.mark.parametrize(
    ("days", "told"), [(0, "0 jour"), (1, "1 jour"), (59, "59 jours"), (61, "2 mois"), (800, "2 ans")]
)
def test_how_long_it_lasts_is_told_in_the_unit_that_people_use(days: int, told: str) -> None:
    assert span(days) == told
