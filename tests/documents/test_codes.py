"""Codes told from what is not one: their zeros alone are slashed."""

import pytest

from materiel.documents.codes import slashed
from materiel.documents.fonts import BOLD, DRAWABLE, REGULAR, SLASHED_ZERO
from materiel.documents.text import check_drawable


@pytest.mark.parametrize(
    "code",
    ["35-2026-0001", "2026-2027/0042", "PF30XK9Q", "SN0042X", "0350122T", "000123", "N-007"],
)
def test_zeros_of_a_code_are_slashed(code):
    made = slashed(f"(n°\u00a0{code}), {code}.")
    assert made == f"(n°\u00a0{code}), {code}.".replace("0", SLASHED_ZERO)


@pytest.mark.parametrize(
    "text",
    [
        *("10 rue des 40 Otages", "10B rue", "35000 Rennes", "RENNES CEDEX 07", "BP10", "CS 70701", "RD10"),
        *("02 99 25 10 20", "02-99-25-10-20", "0299251020", "+33 2 99 25 10 20"),
        *("20 octobre 2030", "20/10/2030", "2030-10-20", "20-10-2030", "10H30", "10 h 05 (UTC+02:00)", "2020-2021"),
        *("1 200,50 €", "20 %", "articles R421-20 et L. 410-1", "D0ROTHEE.20@exemple.fr"),
    ],
)
def test_every_other_zero_is_plain(text):
    assert slashed(text) == text


@pytest.mark.parametrize("face", [REGULAR, BOLD], ids=lambda face: face.name)
def test_both_zeros_are_as_wide_and_differ(face):
    assert face.width(SLASHED_ZERO) == face.width("0")
    plain, slashed_one = (face.program([ord(each)]) for each in ("0", SLASHED_ZERO))
    assert plain != slashed_one
    assert face.literal("10") == "(10)"


def test_nothing_typed_reaches_the_slashed_zero():
    assert SLASHED_ZERO not in DRAWABLE
    assert [problem.code for problem in check_drawable(f"a{SLASHED_ZERO}")] == ["text.not_drawable"]
