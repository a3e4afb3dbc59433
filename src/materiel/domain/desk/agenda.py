"""What a calendar shows of a service: how many returns, endings and appointments a day has, with the numbers of their
agreements; the deliveries that are expected, the stocktakes that end, the pauses.

A calendar is read over a shoulder, copied to telephones and to servers of others: it holds neither a name, nor a
school, nor the nature of anything lent. Nothing is told of the loans of a pupil who has died (E29).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from materiel.domain.calendar.ics import CalendarDay
from materiel.domain.work.pause import ServicePause

BEFORE = timedelta(days=31)
AFTER = timedelta(days=400)
"""What a calendar shows around today: a month back, a school year ahead."""

LENT_BETWEEN = ("prêt entre services à rendre", "prêts entre services à rendre")

NAMED = 30
"""Numbers told of one day; a rentrée ends hundreds of loans on one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingLoan:
    """A loan that ends some day; `number` of its agreement, empty without one; `is_out`: something is to come back."""

    ends_on: date
    number: str
    is_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A day on which somebody was given an appointment about a loan; `number` of its agreement, empty without one."""

    meets_on: date
    number: str


def agenda_of(
    service_id: UUID,
    loans: Iterable[EndingLoan],
    deliveries: Iterable[date],
    pauses: Sequence[ServicePause],
    today: date,
    *,
    meetings: Iterable[Meeting] = (),
    stocktakes: Iterable[date] = (),
    lent_until: Iterable[date] = (),
) -> list[CalendarDay]:
    """The days of a service, in order.

    Args:
        deliveries: the days on which what was ordered for a need is expected; none for whoever only reads.
        stocktakes: the last days of the stocktakes under way.
        lent_until: the days on which something lent between services is to be given back, to it or by it.
    """
    found = [
        *_endings(service_id, loans),
        *_meetings(service_id, meetings),
        *_counts(service_id, "livraisons", deliveries, "livraison attendue", "livraisons attendues"),
        *_counts(service_id, "recolements", stocktakes, "récolement à clore", "récolements à clore"),
        *_counts(service_id, "prets-entre-services", lent_until, *LENT_BETWEEN),
        *_pauses(pauses, today),
    ]
    return sorted(found, key=lambda each: (each.starts_on, each.uid))


def _endings(service_id: UUID, loans: Iterable[EndingLoan]) -> Iterator[CalendarDay]:
    by_day: dict[tuple[date, bool], list[str]] = {}
    for loan in loans:
        by_day.setdefault((loan.ends_on, loan.is_out), []).append(loan.number)
    for (on, is_out), numbers in by_day.items():
        one, several = ("retour attendu", "retours attendus") if is_out else ("fin de prêt", "fins de prêts")
        yield CalendarDay(
            uid=_uid("retours" if is_out else "fins", on, service_id),
            starts_on=on,
            title=_counted(len(numbers), one, several),
            details=_numbers(sorted(each for each in numbers if each)),
        )


def _meetings(service_id: UUID, meetings: Iterable[Meeting]) -> Iterator[CalendarDay]:
    """Neither with whom, nor where, nor at what hour: the letter says it, and nothing else does."""
    by_day: dict[date, list[str]] = {}
    for each in meetings:
        by_day.setdefault(each.meets_on, []).append(each.number)
    for on, numbers in by_day.items():
        yield CalendarDay(
            uid=_uid("rendez-vous", on, service_id),
            starts_on=on,
            title=f"{len(numbers)} rendez-vous",
            details=_numbers(sorted(each for each in numbers if each)),
        )


def _counts(service_id: UUID, kind: str, days: Iterable[date], one: str, several: str) -> Iterator[CalendarDay]:
    for on, count in Counter(days).items():
        yield CalendarDay(uid=_uid(kind, on, service_id), starts_on=on, title=_counted(count, one, several))


def _pauses(pauses: Sequence[ServicePause], today: date) -> Iterator[CalendarDay]:
    """The occurrences that the calendar shows; what the service calls them stays in the service."""
    for pause in pauses:
        seen = {pause.covering(today + timedelta(days=ahead)) for ahead in range(-BEFORE.days, AFTER.days + 1)}
        for found in sorted(each for each in seen if each is not None):
            uid = _uid("pause", found[0], pause.id)
            yield CalendarDay(uid=uid, starts_on=found[0], ends_on=found[1], title="Pause du service")


def _numbers(numbers: Sequence[str]) -> str:
    if len(numbers) <= NAMED:
        return ", ".join(numbers)
    return f"{', '.join(numbers[:NAMED])} et {len(numbers) - NAMED} autres"


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _uid(kind: str, on: date, of: UUID) -> str:
    return f"{kind}-{on:%Y%m%d}-{of}@materiel"
