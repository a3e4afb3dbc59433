import pytest
from hypothesis import given
from hypothesis import strategies as st

from materiel.domain.language import identifiers as ids

GOOD_UAI = [
    *("0750655E", "0750654D", "0750652B", "0940176F", "0700585F", "0210100V", "0350122T"),
    *("9760371Z", "9730570G", "0781977A", "6200001G", "0359999D", "0350063D"),
]


@pytest.mark.parametrize("uai", GOOD_UAI)
def test_a_published_uai_is_right(uai):
    assert ids.uai_fault(uai) is None
    assert not ids.uai_has_unusual_prefix(uai)


@pytest.mark.parametrize("uai", ["0950009E", "0950809F", "0350122I"])
def test_a_wrong_letter_is_refused(uai):
    assert "lettre de contrôle" in ids.uai_fault(uai)


@pytest.mark.parametrize("uai", ["", "0350122", "350122T0", "03501222", "٠350122T", "0350122TT"])
def test_a_wrong_shape_shows_an_example(uai):
    assert "0350122T" in ids.uai_fault(uai)


def test_an_unusual_prefix_is_only_a_warning():
    assert ids.uai_fault("9990001" + ids.uai_letter("9990001")) is None
    assert ids.uai_has_unusual_prefix("9990001X")


@given(number=st.integers(0, 9_999_999), letter=st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_exactly_one_letter_fits_a_number(number, letter):
    digits = f"{number:07}"
    assert (ids.uai_fault(digits + letter) is None) == (letter == ids.uai_letter(digits))


@given(number=st.integers(0, 9_999_999), place=st.integers(0, 6), digit=st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(number, place, digit):
    digits = f"{number:07}"
    other = str((int(digits[place]) + digit) % 10)
    wrong = digits[:place] + other + digits[place + 1 :]
    assert ids.uai_fault(wrong + ids.uai_letter(digits)) is not None


def test_a_lost_zero_comes_back_only_when_the_letter_agrees():
    assert ids.clean_uai(" 350122t ") == "0350122T"
    assert ids.clean_uai("350122A") == "350122A"


@pytest.mark.parametrize("siret", ["17350431700012", "21350016800025", "35600000000048", "35600000049837"])
def test_a_right_siret_passes(siret):
    assert ids.is_siret(siret)


@pytest.mark.parametrize("siret", ["17350431700013", "1735043170001", "2,17003E+13", "35600000049838", ""])
def test_a_wrong_siret_does_not_pass(siret):
    assert not ids.is_siret(siret)


@given(st.from_regex(r"[0-9]{13}", fullmatch=True), st.integers(1, 9))
def test_luhn_sees_a_wrong_last_digit(body, shift):
    key = next(digit for digit in range(10) if ids.passes_luhn(f"{body}{digit}"))
    assert not ids.passes_luhn(f"{body}{(key + shift) % 10}")


@pytest.mark.parametrize("code", ["35238", "01004", "2A004", "2B033", "97411", "75101"])
def test_insee_codes_are_text(code):
    assert ids.is_insee_code(code)


@pytest.mark.parametrize("code", ["1004", "2C004", "2a004", "352388", ""])
def test_what_is_no_insee_code(code):
    assert not ids.is_insee_code(code)


@pytest.mark.parametrize(
    ("code", "commune"),
    [
        ("75101", "75056"),
        ("75120", "75056"),
        ("69381", "69123"),
        ("69389", "69123"),
        ("13201", "13055"),
        ("13216", "13055"),
        ("75056", "75056"),
        ("69390", "69390"),
        ("35238", "35238"),
    ],
)
def test_an_arrondissement_belongs_to_its_city(code, commune):
    assert ids.legal_commune(code) == commune


@pytest.mark.parametrize(("code", "departement"), [("35238", "035"), ("2A004", "02A"), ("97411", "974")])
def test_a_commune_tells_its_departement(code, departement):
    assert ids.departement_of_commune(code) == departement


def test_an_inventory_number_has_one_spelling():
    assert ids.clean_inventory_number("  mpa-2026 / 0012 ") == "MPA-2026/0012"
    assert ids.clean_inventory_number("mpa\u00a02026") == "MPA2026"


@pytest.mark.parametrize("number", ["MPA-35-00012", "A", "2026/0012_B.1", "X" * 25])
def test_a_plain_inventory_number_is_right(number):
    assert ids.inventory_number_fault(number) is None


@pytest.mark.parametrize(
    ("number", "word"),
    [("", "Indiquez"), ("X" * 26, "26"), ("MPÉ-1", "accent"), ("A+1", "signes"), ("A\n1", "signes")],
)
def test_a_wrong_inventory_number_says_why(number, word):
    assert word in ids.inventory_number_fault(number)


def test_the_pattern_of_the_service_is_kept():
    pattern = "{dep}-{year}-{seq:05}"
    assert ids.inventory_number_fault("35-2026-00012", pattern=pattern, departement="035") is None
    assert ids.inventory_number_fault("2A-2026-00012", pattern=pattern, departement="02A") is None
    assert pattern in ids.inventory_number_fault("22-2026-00012", pattern=pattern, departement="035")
    assert pattern in ids.inventory_number_fault("35-2026-12", pattern=pattern, departement="035")


def test_an_unknown_field_of_a_pattern_is_refused():
    with pytest.raises(ValueError, match="unknown field"):
        ids.inventory_regex("{dpt}-{seq}")


@given(st.text(max_size=30))
def test_cleaning_twice_changes_nothing_more(text):
    once = ids.clean_inventory_number(text)
    assert ids.clean_inventory_number(once) == once


@pytest.mark.parametrize(
    "number",
    ["PASINV", "pas inv", "-", "N/A", "0", "000", "SANS", "Sans n°", "TOTAL", "XXX", "?", "n.c."],
)
def test_what_says_that_there_is_no_number_is_none(number: str) -> None:
    assert ids.is_placeholder(number)
    assert ids.inventory_number_fault(ids.clean_inventory_number(number)) is not None


@pytest.mark.parametrize("number", ["7", "A1", "35-22-0001", "2023/01", "INV0001", "GLPI-001", "NAO-12", "ABC"])
def test_a_number_is_one_however_short(number: str) -> None:
    assert not ids.is_placeholder(number)
    assert ids.inventory_number_fault(number) is None
