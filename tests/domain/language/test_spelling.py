from __future__ import annotations

import pytest

from materiel.domain.language.spelling import intact_parts, is_close


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("yidliz", "yildiz"),
        ("yildz", "yildiz"),
        ("dupond", "dupont"),
        ("zartin", "martin"),
        ("lefevbre", "lefebvre"),
        ("ordianteru", "ordinateur"),
        ("ordiinateuur", "ordinateur"),
        ("martn", "martinez"),
        ("anne", "anna"),
    ],
)
def test_a_typing_error_leaves_a_part_of_the_word(typed, word):
    assert is_close(typed, word)
    assert any(part in f"  {word}  " for part in intact_parts(typed))


@pytest.mark.parametrize(("typed", "word"), [("lea", "leo"), ("martin", "durand"), ("anne", "luca"), ("mart", "morel")])
def test_another_word_is_no_typing_error(typed, word):
    assert not is_close(typed, word)
