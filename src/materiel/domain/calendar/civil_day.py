"""The civil day of an instant, which is that of the territory of the managing service.

An act of 29 November at 00:36 in Nouméa is still the 28th in Paris; one of 31 August at 23:30 in Fort-de-France is
already 1 September there. A day counts in law where the act is done (Code civil, art. 1): no other module turns an
instant into a day, and a test forbids it. Pure: the instant and the zone are parameters.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from materiel.domain.academies import departement_code

MAINLAND = ZoneInfo("Europe/Paris")
"""Mainland France and Corsica, and whatever belongs to no managing service."""

OVERSEAS = {
    "971": ZoneInfo("America/Guadeloupe"),
    "972": ZoneInfo("America/Martinique"),
    "973": ZoneInfo("America/Cayenne"),
    "974": ZoneInfo("Indian/Reunion"),
    "975": ZoneInfo("America/Miquelon"),
    "976": ZoneInfo("Indian/Mayotte"),
    "977": ZoneInfo("America/Guadeloupe"),  # Saint-Barthélemy and Saint-Martin keep the time of Guadeloupe.
    "978": ZoneInfo("America/Guadeloupe"),
    "986": ZoneInfo("Pacific/Wallis"),
    "987": ZoneInfo("Pacific/Tahiti"),
    "988": ZoneInfo("Pacific/Noumea"),
}
"""Zones by département or collectivité, as the codes of `academies` name them."""


def zone_of(departement: str) -> ZoneInfo:
    """The time zone of a département written with one, two or three characters."""
    return OVERSEAS.get(departement_code(departement), MAINLAND)


def civil_date(instant: datetime, zone: ZoneInfo) -> date:
    """The date of an instant in a zone. Raises `ValueError` for an instant without a time zone."""
    return local_time(instant, zone).date()


def local_time(instant: datetime, zone: ZoneInfo) -> datetime:
    """An instant as a clock on the wall shows it in a zone.

    Raises:
        ValueError: the instant has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant has a time zone")
    return instant.astimezone(zone)


def first_instant(day: date, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which a day begins in a zone; the first day of all begins with time itself."""
    if day == date.min:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def instant_after(day: date, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which a day is over in a zone; the last day that can be written never is."""
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return first_instant(day + timedelta(days=1), zone)
