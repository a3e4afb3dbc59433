from __future__ import annotations

import unicodedata

import pytest

from materiel.domain.language.fields import clean_text
from materiel.domain.language.folding import fold, name_key, name_words, visible

UNSEEN = [
    *("\u00ad", "\u034f", "\u061c", "\u115f", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202e"),
    *(
        "\u2060",
        "\u2066",
        "\u2069",
        "\u2800",
        "\u3164",
        "\ufe0f",
        "\ufeff",
        "\ufffc",
        "\U000e0041",
        "\U000e0100",
        "\x9f",
    ),
]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Ayşe Yıldız", "AYSE YILDIZ"),
        ("İSMET", "ismet"),
        ("Đặng Thị Hồng", "dang thi hong"),
        ("Ștefan Țurcanu", "Ştefan Ţurcanu"),
        ("Þórður Æðelstan", "thordur aedelstan"),
        ("Łukasz Øster", "lukasz oster"),
        ("Straße", "strasse"),
        ("Ħamrun Ŋal Ŧor ĸal", "hamrun nal tor kal"),
        ("Gal·la Pasqual", "Galla Pasqual"),
        ("Gaŀla", "galla"),
        ("L’Œuvre", "l'oeuvre"),
        ("D´Almeida", "d'almeida"),
        ("Jean‑Luc", "jean-luc"),
        ("Le\u00a0Goff", "le\u00a0goff"),
        ("Zoe\u0308", "zoë"),
        ("Le\u00ado\u200bn", "leon"),
    ],
)
def test_two_writings_of_one_name_are_folded_alike(written, typed):
    assert fold(written) == fold(typed)
    assert name_words(written) == name_words(typed)


def test_every_latin_letter_of_a_name_folds_to_the_letters_of_a_keyboard():
    """Latin-1, Latin Extended-A and Additional: what civil registers of Europe, Turkey and Viet Nam write."""
    letters = [chr(code) for code in (*range(0xC0, 0x180), *range(0x1E00, 0x1F00)) if chr(code).isalpha()]
    left = {letter: fold(letter) for letter in letters if not fold(letter).isascii()}
    # Two letters of medieval editions and a mark of old German print.
    assert set(left) <= set("ẜẝẟỻỺỽỼỿỾ"), left


@pytest.mark.parametrize("name", ["d'Almeida", "D’ALMEIDA", "dalmeida", "D-Almeida", "d almeida"])
def test_a_name_has_one_key_however_its_words_are_parted(name):
    assert name_key(name) == "dalmeida"


@pytest.mark.parametrize("sign", UNSEEN, ids=[f"U+{ord(each):04X}" for each in UNSEEN])
def test_what_nobody_sees_is_taken_out(sign):
    assert visible(f"Lé{sign}a\nMartin{sign}") == "Léa\nMartin"
    assert clean_text(f"{sign} Léa{sign}{sign} Martin") == "Léa Martin"


def test_every_format_character_of_unicode_is_unseen_but_the_signs_of_scripts():
    """Category Cf holds letters' signs of Arabic, Syriac and Kaithi too, which are drawn."""
    left = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf" and visible(chr(code))]
    assert all(
        unicodedata.name(each).split()[0] in {"ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN", "SHORTHAND"} for each in left
    )


def test_blanks_that_look_like_one_are_one():
    assert visible("a\u00a0\u00a0b\u2009c \u202f d") == "a b c d"
    assert visible("Objet\u00a0: prêt\r\nsuite") == "Objet\u00a0: prêt\nsuite"
