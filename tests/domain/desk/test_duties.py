"""How the age of what waits weighs, and what each concern asks for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from materiel.domain.accounts.delays import Delays
from materiel.domain.desk.dashboard import DUTIES, Concern, Weight, weight, weight_of_loan
from materiel.domain.language.french import short_date
from materiel.domain.loan.alerts import Alert

TODAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("concern", "days", "expected"),
    [
        (Concern.UNSIGNED, 0, Weight.CALM),
        (Concern.UNSIGNED, 2, Weight.CALM),
        (Concern.UNSIGNED, 3, Weight.CARE),
        (Concern.UNSIGNED, 20, Weight.CARE),
        (Concern.UNSIGNED, 21, Weight.BAD),
        (Concern.RETURN, 21, Weight.CARE),
        (Concern.ENDING, -40, Weight.CALM),
        (Concern.SIGNATURE, 90, Weight.CALM),
        (Concern.IDLE, 400, Weight.CALM),
    ],
)
def test_red_is_a_legal_risk_and_what_others_hold_weighs_nothing(concern: Concern, days: int, expected: Weight) -> None:
    assert weight(concern, TODAY - timedelta(days=days), TODAY, Delays()) is expected


@pytest.mark.parametrize(("days", "expected"), [(0, Weight.CARE), (20, Weight.CARE), (21, Weight.BAD)])
def test_a_line_of_loans_reddens_when_the_home_page_does(days: int, expected: Weight) -> None:
    since = TODAY - timedelta(days=days)
    unsigned = Alert(code="handed_over_unsigned", detail="Une phrase.", since=since, days=days)
    other = Alert(code="signature_awaited", detail="Une phrase.", since=since, days=days)
    assert weight_of_loan([other, unsigned], TODAY, Delays()) is expected
    assert weight_of_loan([other], TODAY, Delays()) is Weight.CARE
    assert weight_of_loan([], TODAY, Delays()) is Weight.CALM


def test_each_service_waits_as_long_as_it_says() -> None:
    hurried, patient = Delays(1, 2), Delays(30, 60)
    since = TODAY - timedelta(days=2)
    unsigned = Alert(code="handed_over_unsigned", detail="Une phrase.", since=since, days=2)
    for delays, waiting, risk in ((hurried, Weight.CARE, Weight.BAD), (patient, Weight.CALM, Weight.CALM)):
        assert weight(Concern.RETURN, since, TODAY, delays) is waiting
        assert weight(Concern.UNSIGNED, since, TODAY, delays) is risk
    assert weight_of_loan([unsigned], TODAY, hurried) is Weight.BAD
    assert weight_of_loan([unsigned], TODAY, patient) is Weight.CARE


def test_everything_that_waits_has_its_act_but_what_sleeps() -> None:
    assert set(DUTIES) == set(Concern) - {Concern.IDLE}
    assert [concern for concern, duty in DUTIES.items() if duty.theirs] == [Concern.SIGNATURE]
    assert next(iter(DUTIES)) is Concern.UNSIGNED


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2026, 10, 19), "19 oct."),
        (date(2026, 3, 1), "1er mars"),
        (date(2026, 8, 5), "5 août"),
        (date(2025, 12, 31), "31 déc. 2025"),
        (date(2026, 2, 28), "28 févr."),
        (date(2026, 7, 14), "14 juil."),
    ],
)
def test_a_day_is_short_beside_its_age(day: date, told: str) -> None:
    assert short_date(day, TODAY) == told
