"""What a calendar says of a day, and how it is written for calendar programs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from materiel.domain.calendar.ics import LINE, CalendarDay, written
from materiel.domain.desk.agenda import EndingLoan, Meeting, agenda_of
from materiel.domain.work.pause import ServicePause

ID = UUID(int=5)
TODAY = date(2026, 11, 30)
NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
DAY = CalendarDay(uid="retours-20270703-5@materiel", starts_on=date(2027, 7, 3), title="3 retours attendus")


def ending(day: int, number: str = "35-2026-00001", *, is_out: bool = True) -> EndingLoan:
    return EndingLoan(ends_on=date(2027, 7, day), number=number, is_out=is_out)


def test_a_day_counts_its_returns_and_names_its_agreements() -> None:
    loans = [ending(3, "B-2"), ending(3, "B-1"), ending(3, ""), ending(3, "C-1", is_out=False), ending(4)]
    found = agenda_of(ID, loans, [date(2027, 1, 4)] * 2, [], TODAY)
    assert [(each.starts_on, each.title, each.details) for each in found] == [
        (date(2027, 1, 4), "2 livraisons attendues", ""),
        (date(2027, 7, 3), "1 fin de prêt", "C-1"),
        (date(2027, 7, 3), "3 retours attendus", "B-1, B-2"),
        (date(2027, 7, 4), "1 retour attendu", "35-2026-00001"),
    ]
    again = agenda_of(ID, [*loans, ending(3, "B-3")], [date(2027, 1, 4)], [], TODAY)
    assert [each.uid for each in again] == [each.uid for each in found]
    assert len({each.uid for each in found}) == 4
    assert {each.uid for each in agenda_of(UUID(int=6), loans, [], [], TODAY)}.isdisjoint(each.uid for each in found)


def test_appointments_and_stocktakes_are_counted_and_say_nothing_else() -> None:
    meetings = [Meeting(meets_on=date(2026, 12, 4), number=number) for number in ("B-2", "", "B-1")]
    found = agenda_of(
        ID,
        [],
        [],
        [],
        TODAY,
        meetings=[*meetings, Meeting(meets_on=date(2026, 12, 7), number="")],
        stocktakes=[date(2026, 12, 18), date(2026, 12, 18), date(2026, 12, 19)],
    )
    assert [(each.starts_on, each.title, each.details) for each in found] == [
        (date(2026, 12, 4), "3 rendez-vous", "B-1, B-2"),
        (date(2026, 12, 7), "1 rendez-vous", ""),
        (date(2026, 12, 18), "2 récolements à clore", ""),
        (date(2026, 12, 19), "1 récolement à clore", ""),
    ]
    assert len({each.uid for each in found}) == 4


def test_a_rentree_is_told_by_its_first_numbers() -> None:
    (found,) = agenda_of(ID, [ending(3, f"N-{rank:03}") for rank in range(200)], [], [], TODAY)
    assert found.title == "200 retours attendus"
    assert found.details.endswith("N-029 et 170 autres")


def test_a_pause_is_shown_whole_without_its_name() -> None:
    pause = ServicePause(
        id=ID, service_id=ID, name="Secret", starts_on=date(2025, 12, 20), ends_on=date(2026, 1, 4), yearly=True
    )
    found = agenda_of(ID, [], [], [pause], TODAY)
    assert [(each.starts_on, each.ends_on, each.title) for each in found] == [
        (date(2026, 12, 20), date(2027, 1, 4), "Pause du service"),
        (date(2027, 12, 20), date(2028, 1, 4), "Pause du service"),
    ]


def test_a_calendar_is_written_as_the_standard_says() -> None:
    text = written("Prêt, de matériel", [DAY], now=NOW)
    assert text.split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//materiel//agenda//FR",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Prêt\\, de matériel",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
        "BEGIN:VEVENT",
        "UID:retours-20270703-5@materiel",
        "DTSTAMP:20261130T090000Z",
        "DTSTART;VALUE=DATE:20270703",
        "DTEND;VALUE=DATE:20270704",
        "SUMMARY:3 retours attendus",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_what_is_special_is_escaped_and_the_last_day_is_included() -> None:
    day = CalendarDay(uid="u", starts_on=TODAY, ends_on=date(2026, 12, 31), title="a;b,c\\d\r\nEND:VEVENT")
    text = written("N", [day], now=NOW)
    assert "SUMMARY:a\\;b\\,c\\\\d\\nEND:VEVENT\r\n" in text
    assert "DTEND;VALUE=DATE:20270101" in text
    assert text.count("\r\nEND:VEVENT") == 1


def test_long_lines_are_folded_between_characters() -> None:
    details = "é" * 300
    text = written("N", [CalendarDay(uid="u", starts_on=TODAY, title="t", details=details)], now=NOW)
    assert all(len(line.encode()) <= LINE for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    assert f"DESCRIPTION:{details}\r\n" in text.replace("\r\n ", "")


def test_what_is_lent_between_services_is_counted() -> None:
    (found,) = agenda_of(ID, [], [], [], TODAY, lent_until=[date(2027, 1, 15)] * 2)
    assert (found.starts_on, found.title) == (date(2027, 1, 15), "2 prêts entre services à rendre")
