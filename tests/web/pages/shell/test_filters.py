"""French as the templates write it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from markupsafe import Markup

from materiel.domain.calendar.civil_day import MAINLAND, zone_of
from materiel.web.http.device import device_of
from materiel.web.pages.shell import filters
from materiel.web.pages.shell.rendering import environment


def test_a_day_is_long_and_its_number_does_not_stay_alone() -> None:
    assert filters.day(date(2026, 11, 1)) == "1er\xa0novembre 2026"
    with filters.clocks_of(MAINLAND):
        assert filters.day(datetime(2026, 10, 31, 23, 30, tzinfo=UTC)) == "1er\xa0novembre 2026"
    with filters.clocks_of(zone_of("972")):
        assert filters.day(datetime(2026, 10, 31, 23, 30, tzinfo=UTC)) == "31\xa0octobre 2026"
    assert filters.day(None) == ""


def test_a_moment_is_told_by_the_clocks_of_the_service() -> None:
    with filters.clocks_of(MAINLAND):
        assert filters.moment(datetime(2026, 7, 1, 8, 5, tzinfo=UTC)) == "1er\xa0juillet 2026 à 10\xa0h\xa005"
        assert filters.moment(datetime(2026, 12, 31, 23, 5, tzinfo=UTC)) == "1er\xa0janvier 2027 à 0\xa0h\xa005"
    with filters.clocks_of(zone_of("974")):
        assert filters.moment(datetime(2026, 7, 1, 20, 5, tzinfo=UTC)) == "2\xa0juillet 2026 à 0\xa0h\xa005"
    assert filters.moment(None) == ""


def test_no_instant_is_written_without_the_clocks_of_somebody() -> None:
    with pytest.raises(LookupError):
        filters.moment(datetime(2026, 7, 1, 8, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "0 prêt"), (1, "1 prêt"), (2, "2 prêts"), (12_345, "12\u202f345 prêts")],
)
def test_zero_and_one_are_singular(number: int, told: str) -> None:
    assert filters.plural(number, "prêt") == told.replace(" ", "\xa0")


def test_every_word_of_a_noun_takes_its_s() -> None:
    assert filters.inflected(2, "prêt terminé") == "prêts terminés"
    assert filters.inflected(3, "matériel", "matériels au parc") == "matériels au parc"


@pytest.mark.parametrize(
    ("typed", "spaced"),
    [
        ("Quoi ? Oui ; non !", "Quoi\u00a0? Oui\u00a0; non\u00a0!"),
        ("Voici : « ceci »", "Voici\xa0: «\xa0ceci\xa0»"),
        ("Attendez 15 min et 50 %", "Attendez 15\xa0min et 50\xa0%"),
    ],
)
def test_high_signs_never_begin_a_line(typed: str, spaced: str) -> None:
    assert filters.FILTERS["spaced"](typed) == spaced


def test_a_field_has_an_identifier_that_html_takes() -> None:
    assert filters.field_id("address/lines/0") == "f-address-lines-0"


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140",
            "Edge sur Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari sur iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome sur Android"),
        ("", "Navigateur inconnu"),
    ],
)
def test_a_browser_is_named_in_few_words(agent: str, device: str) -> None:
    assert device_of(agent) == device


def test_what_was_typed_is_escaped_though_the_same_was_markup_before() -> None:
    made = environment().from_string("{{ ours | spaced }}|{{ typed | spaced }}")
    assert made.render(ours=Markup("<b>M</b>"), typed="<b>M</b>").endswith("|&lt;b&gt;M&lt;/b&gt;")
