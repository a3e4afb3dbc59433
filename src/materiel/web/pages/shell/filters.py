"""What templates need to write French: dates, plurals, spaces that do not break."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from zoneinfo import ZoneInfo

from materiel.domain.calendar.civil_day import civil_date, local_time
from materiel.domain.language.french import enumeration, long_date, of_place, short_date, span, time_until
from materiel.domain.language.typography import NBSP, bound, count, money

_ZONE: ContextVar[ZoneInfo] = ContextVar("zone of the page")


@contextmanager
def clocks_of(zone: ZoneInfo) -> Iterator[None]:
    """Write the instants of a page as the clocks of its service show them; without it, no instant can be written."""
    token = _ZONE.set(zone)
    try:
        yield
    finally:
        _ZONE.reset(token)


def day(value: date | datetime | None) -> str:
    """« 21 novembre 2026 »; the civil date of an instant where the service is; empty for None."""
    if value is None:
        return ""
    return unbroken_date(civil_date(value, _ZONE.get()) if isinstance(value, datetime) else value)


def short(value: date | datetime | None, today: date) -> str:
    """« 21 nov. », with its year when it is not that of `today`; where the service is, on one line; empty for None."""
    if value is None:
        return ""
    on = civil_date(value, _ZONE.get()) if isinstance(value, datetime) else value
    return short_date(on, today).replace(" ", NBSP)


def until(value: date, today: date) -> str:
    """« dans 9 mois », « il y a 6 jours », on one line."""
    return time_until(value, today).replace(" ", NBSP)


def lasting(since: date, today: date) -> str:
    """« 9 mois »: for how long, on one line."""
    return span((today - since).days).replace(" ", NBSP)


def moment(value: datetime | None) -> str:
    """« 21 novembre 2026 à 10 h 05 », where the service is; empty for None."""
    if value is None:
        return ""
    there = local_time(value, _ZONE.get())
    return f"{unbroken_date(there)} à {there.hour}{NBSP}h{NBSP}{there.minute:02}"


def unbroken_date(value: date) -> str:
    """A long date whose day never stays alone at the end of a line."""
    return long_date(value).replace(" ", NBSP, 1)


def millimetres(length: float) -> str:
    """« 63,5 »: a length as people write it, to the hundredth."""
    return f"{round(length, 2):g}".replace(".", ",").replace("-", "−")


def plural(number: int, one: str, several: str = "") -> str:
    """« 0 prêt », « 1 prêt », « 2 prêts »: the number and its noun; `several` when an s is not enough.

    In a noun of several words each takes its s: `plural(2, "prêt terminé")` is « 2 prêts terminés ».
    """
    return f"{count(number)}{NBSP}{inflected(number, one, several)}"


def inflected(number: int, one: str, several: str = "") -> str:
    """The noun alone, in the number of `number`: zero is singular in French."""
    if abs(number) < 2:
        return one
    return several or " ".join(f"{word}s" for word in one.split())


def listed(words: Iterable[str], last: str = "et") -> str:
    """« a, b et c »."""
    return enumeration(list(words), last)


def iso(value: date | datetime | None) -> str:
    """The `datetime` attribute of a `<time>`, or the value of a date field."""
    return "" if value is None else value.isoformat()


def field_id(name: str) -> str:
    """The HTML id of a form's field: `address/lines/0` is `f-address-lines-0`."""
    return "f-" + re.sub(r"[^A-Za-z0-9_]+", "-", name)


FILTERS: dict[str, Callable[..., object]] = {
    "day": day,
    "moment": moment,
    "short": short,
    "until": until,
    "lasting": lasting,
    "count_fr": count,
    "money": money,
    "millimetres": millimetres,
    "plural": plural,
    "inflected": inflected,
    "of_place": of_place,
    "spaced": bound,
    "listed": listed,
    "iso": iso,
    "field_id": field_id,
}
