from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from materiel.domain.item.item import Ownership
from materiel.domain.people.pupil import Capacity
from materiel.exchange.cells import protected, read_cents, read_choice, read_date, read_text, unprotected
from materiel.exchange.writing import csv_lines, csv_start, euros


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("12/01/2024", date(2024, 1, 12)),
        ("1-9-2026", date(2026, 9, 1)),
        ("2024-01-12", date(2024, 1, 12)),
        ("2024-01-12 00:00:00", date(2024, 1, 12)),
        ("45303", date(2024, 1, 12)),
        ("12/01/24", date(2024, 1, 12)),
        ("02.09.98", date(1998, 9, 2)),
        ("2024/1/12", date(2024, 1, 12)),
        (" ", None),
    ],
)
def test_dates_are_read(cell, day):
    assert read_date(cell) == day


@pytest.mark.parametrize(
    "cell", ["31/02/2024", "demain", "sept. 2023", "2024", "0/0/0000", "2024/13/01", "31/02/24", "999999"]
)
def test_what_is_no_date_is_refused(cell):
    with pytest.raises(ValueError, match="date"):
        read_date(cell)


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        ("1234,50", 123450),
        ("1 234,50 €", 123450),
        ("1\u202f234,5", 123450),
        ("1.234,50", 123450),
        ("1,234.50", 123450),
        ("0", 0),
        ("", None),
    ],
)
def test_amounts_are_read(cell, cents):
    assert read_cents(cell) == cents


@pytest.mark.parametrize("cell", ["cher", "NaN", "Infinity", "1e999", "12,3,4"])
def test_what_is_no_amount_is_refused(cell):
    with pytest.raises(ValueError, match="montant"):
        read_cents(cell)


def test_a_destroyed_number_is_refused():
    with pytest.raises(ValueError, match="format Texte"):
        read_text("3,56938E+14")


@pytest.mark.parametrize("cell", ["rented", "Loué", "LOUE"])
def test_a_choice_is_its_value_or_its_label(cell):
    assert read_choice(cell, Ownership, Ownership.STATE) is Ownership.RENTED


def test_an_empty_choice_is_the_default():
    assert read_choice(" ", Capacity, Capacity.PARENT) is Capacity.PARENT


def test_an_unknown_choice_lists_the_known():
    with pytest.raises(ValueError, match="mère, père"):
        read_choice("oncle", Capacity, Capacity.PARENT)


@pytest.mark.parametrize("text", ["=1+1", "+33 2 99", "-1", "@SUM(A1)", "＝cmd", "\tx"])
def test_a_formula_is_written_as_text(text):
    assert protected(text) == f"'{text}"


@given(st.text())
def test_protection_is_undone_by_reading(text):
    if not text.startswith("'"):
        assert unprotected(protected(text)) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_written_cell_starts_a_formula(text):
    line = csv_lines([[text]]).decode()
    assert not line.lstrip('"').startswith(("=", "+", "-", "@", "\t", "\r\t"))


def test_a_file_opens_in_a_french_spreadsheet():
    content = csv_start(["Numéro", "Prix"]) + csv_lines([["A;1", euros(123450)], [None, date(2026, 9, 1)], [True, 3]])
    assert content == '\ufeffNuméro;Prix\r\n"A;1";1234,50\r\n;01/09/2026\r\noui;3\r\n'.encode()
