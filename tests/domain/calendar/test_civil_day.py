from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from tests.domain.cast import a_service

from materiel.domain.academies import ACADEMIES
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.calendar.civil_day import MAINLAND, OVERSEAS, civil_date, first_instant, instant_after, zone_of


def test_the_day_is_that_of_the_territory() -> None:
    # 29 November, 00:36 in Nouméa; 31 August, 23:30 in Fort-de-France.
    noumea, martinique = datetime(2026, 11, 28, 13, 36, tzinfo=UTC), datetime(2027, 9, 1, 3, 30, tzinfo=UTC)
    assert civil_date(noumea, zone_of("988")) == date(2026, 11, 29)
    assert civil_date(noumea, zone_of("35")) == date(2026, 11, 28)
    assert civil_date(martinique, zone_of("972")) == date(2027, 8, 31)
    assert civil_date(martinique, zone_of("075")) == date(2027, 9, 1)


@pytest.mark.parametrize(
    ("departement", "hour"),
    [
        ("971", 8),
        ("972", 8),
        ("973", 9),
        ("974", 16),
        ("975", 9),
        ("976", 15),
        ("977", 8),
        ("978", 8),
        ("986", 24),
        ("987", 2),
        ("988", 23),
        ("02A", 13),
        ("35", 13),
        ("1", 13),
    ],
)
def test_noon_of_london_in_winter_is_an_hour_of_each_territory(departement: str, hour: int) -> None:
    there = datetime(2026, 1, 15, 12, tzinfo=UTC).astimezone(zone_of(departement))
    assert there.hour == hour % 24


def test_every_territory_overseas_has_its_zone() -> None:
    overseas = {each for academie in ACADEMIES.values() for each in academie.departements if each[:2] in {"97", "98"}}
    assert overseas == set(OVERSEAS)


def test_the_mainland_counts_its_days_in_paris() -> None:
    assert civil_date(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), MAINLAND) == date(2027, 1, 1)
    assert civil_date(datetime(2026, 7, 1, 22, 0, tzinfo=UTC), MAINLAND) == date(2026, 7, 2)
    assert civil_date(datetime(2026, 7, 1, 21, 59, tzinfo=UTC), MAINLAND) == date(2026, 7, 1)


def test_a_day_begins_where_the_service_is() -> None:
    assert first_instant(date(2026, 11, 29), zone_of("988")) == datetime(2026, 11, 28, 13, tzinfo=UTC)
    assert first_instant(date(2026, 11, 29), zone_of("972")) == datetime(2026, 11, 29, 4, tzinfo=UTC)


def test_an_instant_without_a_zone_has_no_date() -> None:
    with pytest.raises(ValueError, match="time zone"):
        civil_date(datetime(2026, 7, 1), MAINLAND)  # noqa: DTZ001


def test_a_service_and_who_acts_for_it_live_the_same_day() -> None:
    service = a_service(academie="40", departement="988")
    instant = datetime(2026, 11, 28, 13, 36, tzinfo=UTC)
    actor = Actor("cli", Role.ADMIN, UUID(int=1), service.zone)
    assert service.civil_date(instant) == actor.civil_date(instant) == date(2026, 11, 29)


@pytest.mark.parametrize("zone", [MAINLAND, zone_of("988"), zone_of("987")])
def test_the_first_and_the_last_day_that_can_be_written_are_days(zone: ZoneInfo) -> None:
    assert first_instant(date.min, zone) < first_instant(date(1, 1, 3), zone)
    assert instant_after(date(9999, 12, 29), zone) < instant_after(date.max, zone)
    assert instant_after(date(2026, 11, 28), zone) == first_instant(date(2026, 11, 29), zone)
