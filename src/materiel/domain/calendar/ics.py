"""Whole days written as iCalendar, for the calendar programs of those who follow the days of a service. Pure.

Source: RFC 5545, § 3.1 (lines of 75 octets, CRLF), § 3.3.11 (escapes), § 3.6.1 (a day: DTSTART;VALUE=DATE, and DTEND
the day after the last), § 3.8.4.7 (a UID never changes); RFC 7986, § 5.7 (how often to ask again).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LINE = 75
"""Octets of a line, its end left out."""

_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """One day, or several up to `ends_on` included. `uid` is the same at each reading."""

    uid: str
    starts_on: date
    title: str
    details: str = ""
    ends_on: date | None = None


def written(name: str, days: Iterable[CalendarDay], *, now: datetime) -> str:
    """A calendar of whole days: they have no hour, hence no time zone."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//materiel//agenda//FR", "CALSCALE:GREGORIAN"]
    lines += [f"X-WR-CALNAME:{_text(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT6H", "X-PUBLISHED-TTL:PT6H"]
    for day in days:
        last = day.ends_on or day.starts_on
        lines += ["BEGIN:VEVENT", f"UID:{day.uid}", f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"]
        lines += [f"DTSTART;VALUE=DATE:{day.starts_on:%Y%m%d}", f"DTEND;VALUE=DATE:{last + timedelta(days=1):%Y%m%d}"]
        lines += [f"SUMMARY:{_text(day.title)}"]
        lines += [f"DESCRIPTION:{_text(day.details)}"] if day.details else []
        lines += ["CLASS:PRIVATE", "TRANSP:TRANSPARENT", "END:VEVENT"]
    return "".join(f"{part}\r\n" for line in (*lines, "END:VCALENDAR") for part in _folded(line))


def _text(value: str) -> str:
    return value.translate(_ESCAPED)


def _folded(line: str) -> Iterator[str]:
    """The parts of a line, none of which cuts a character; all but the first begin with a space."""
    part = ""
    for character in line:
        if len((part + character).encode()) > LINE:
            yield part
            part = " "
        part += character
    yield part
