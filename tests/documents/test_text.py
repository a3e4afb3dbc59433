"""Text safety: what is removed, what is drawn, what is refused and with which words."""

from __future__ import annotations

import pytest

from materiel.documents import fonts
from materiel.documents.text import check_drawable, clean, clean_run, drawable
from materiel.errors import RuleBroken


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("E\u0301lodie", "Élodie"),
        ("a\x00b\x1b[31m\x7fc", "ab[31mc"),
        ("Dupont\u202e)gpj.exe\u2066", "Dupont)gpj.exe"),
        ("zéro\u200blargeur\ufeff", "zérolargeur"),
        ("x\ud800y", "xy"),
        ("  deux\r\n\tlignes  ", "deux lignes"),
        ("1\u202f250,00\u00a0€", "1\u202f250,00\u00a0€"),
        ("Z" + "\u0335\u0321" * 40, "Z\u0335\u0335"),
        ("écran 14\u2033", 'écran 14"'),
        ("ﬁnal", "final"),
        ("", ""),
    ],
)
def test_what_has_no_shape_is_removed(typed: str, kept: str) -> None:
    assert clean(typed) == kept


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    cut = clean("mot " * 1_000, limit=50)
    assert len(cut) <= 50
    assert cut.endswith("m…")


def test_runs_keep_the_blank_between_them() -> None:
    assert clean_run(" né  le ") == " né le "
    assert clean_run("\té") == " é"
    assert clean_run("\u00a0: é") == "\u00a0: é"


@pytest.mark.parametrize(
    "text", ["Zoë D’Haëne", "Nguyễn Thị Hường", "Łódź Čapek İĞŞ", "Ольга", "№ 5 ☐ → ½ ≤", "1\u202f250\u00a0€"]
)
def test_names_of_europe_and_vietnam_are_drawn(text: str) -> None:
    assert check_drawable(text) == []
    assert "".join(piece for _, piece in fonts.split_by_face(text)) == text


@pytest.mark.parametrize("name", ["محمد علي", "שלום", "Ali محمد"])
def test_right_to_left_letters_are_refused_with_a_request_for_latin_ones(name: str) -> None:
    (problem,) = check_drawable(name)
    assert problem.code == "text.right_to_left"
    assert "lettres latines" in problem.message
    assert "pièce d’identité" in problem.message
    assert all(character in problem.message for character in problem.characters)


def test_other_undrawable_characters_are_named() -> None:
    (problem,) = check_drawable("Zoë 😀 山田")
    assert problem.code == "text.not_drawable"
    assert problem.characters == ("😀", "山", "田")
    assert "U+1F600" in problem.message


def test_both_kinds_give_two_problems() -> None:
    assert [problem.code for problem in check_drawable("محمد 😀")] == ["text.right_to_left", "text.not_drawable"]


def test_a_long_list_of_characters_is_shortened() -> None:
    (problem,) = check_drawable("一二三四五六七八九十")
    assert len(problem.characters) == 10
    assert problem.message.count("U+") == 8


def test_drawing_an_undrawable_text_is_refused() -> None:
    with pytest.raises(RuleBroken) as refusal:
        drawable("שלום")
    assert refusal.value.code == "text.right_to_left"


def test_a_word_of_another_alphabet_is_set_in_one_face() -> None:
    pieces = fonts.split_by_face("M. Nguyễn Văn")
    assert [(face.name, text) for face, text in pieces] == [
        ("AtkinsonHyperlegible-Regular", "M. "),
        ("DejaVuSans", "Nguyễn"),
        ("AtkinsonHyperlegible-Regular", " Văn"),
    ]


def test_a_face_never_draws_a_character_it_lacks() -> None:
    with pytest.raises(KeyError, match=r"U\+1F600"):
        fonts.split_by_face("😀")


def test_french_is_in_the_fixed_subset() -> None:
    french = "ÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸàâæçéèêëîïôœùûüÿ« »’“”–—…€°²\u00a0\u202f"
    for face in (fonts.REGULAR, fonts.BOLD):
        assert face.fixed.issuperset(french)
        assert face.width("\u202f") < face.width(" ")
