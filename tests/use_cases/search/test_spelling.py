"""Help for typing errors, within the service's own records, on both engines."""

from __future__ import annotations

import pytest
from tests.use_cases import loan_cast as cast

from materiel.use_cases.loan.lending import find_to_lend
from materiel.use_cases.search.spelling import close_items, close_pupils

OTHERS = cast.STRANGER


@pytest.fixture(autouse=True)
async def known(db):
    await cast.set_up()


async def test_a_pupil_misspelt_is_proposed_to_its_service_alone():
    pupil = cast.a_child()
    typed = f"{pupil.last_name[0]}{pupil.last_name[2]}{pupil.last_name[1]}{pupil.last_name[3:]}"
    assert f"{pupil.last_name} {pupil.first_name}" in await close_pupils(typed, actor=cast.MANAGER)
    assert await close_pupils(typed, actor=OTHERS) == []
    assert await close_pupils("xyzqwk", actor=cast.MANAGER) == []


async def test_an_item_misspelt_is_proposed_to_its_service_alone():
    assert "ordinateur" in await close_items("ordiantuer", actor=cast.MANAGER)
    assert await close_items("ordiantuer", actor=OTHERS) == []


async def test_lending_proposes_what_was_meant():
    found = await find_to_lend("ordiantuer", actor=cast.MANAGER)
    assert (found.items, found.close) == ([], ["ordinateur"])


async def test_signs_of_the_search_itself_are_words_like_others():
    for typed in ('"', "a OR b", "%%%%", "NEAR(abcd)", "-abcde", "l'''''", "\u200b"):
        await close_items(typed, actor=cast.MANAGER)
        await close_pupils(typed, actor=cast.MANAGER)
