"""The second factor: set up once, and removed with the password."""

from __future__ import annotations

import pytest
from tests.stage.refusals import refused
from tests.use_cases.accounts import account_cast as cast

from materiel.errors import RuleBroken, Unavailable
from materiel.store.history.search import search
from materiel.use_cases.accounts.credential import choose_password, invite_user, read_invitation
from materiel.use_cases.accounts.second_factor import (
    begin_enrolment,
    confirm_enrolment,
    enrolment_of,
    protection_of,
    remove_second_factor,
)

pytestmark = pytest.mark.usefixtures("db")


async def test_an_account_without_a_password_may_have_a_second_factor_and_be_invited_still() -> None:
    camille = await cast.set_up()
    link = await cast.a_link(camille)
    await cast.activate(camille.id)
    protection = await protection_of(camille.id)
    assert (protection.has_password, protection.confirmed_at) == (False, cast.NOW)
    with refused(RuleBroken, "credential.wrong_password"):
        await remove_second_factor(camille.id, "", visit=cast.VISIT, now=cast.NOW)
    invited = await read_invitation(link, secret_key=cast.SECRET_KEY, now=cast.NOW)
    await choose_password(camille.id, invited.proof, cast.PASSWORD, cast.PASSWORD, visit=cast.VISIT, now=cast.NOW)
    protection = await protection_of(camille.id)
    assert (protection.has_password, protection.confirmed_at) == (True, cast.NOW)


async def test_a_seed_never_drawn_is_neither_shown_nor_confirmed() -> None:
    camille = await cast.set_up()
    assert await enrolment_of(camille.id, secret_key=cast.SECRET_KEY, site_name="Prêt de matériel") is None
    with refused(RuleBroken, "second_factor.wrong_code"):
        await confirm_enrolment(camille.id, "123456", secret_key=cast.SECRET_KEY, visit=cast.VISIT, now=cast.NOW)


async def test_whoever_forgets_the_factor_of_another_signs_it() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    await cast.activate(camille.id)
    await invite_user(
        camille.email,
        actor=cast.ADMIN,
        base_url=cast.BASE_URL,
        secret_key=cast.SECRET_KEY,
        now=cast.NOW,
        forget_second_factor=True,
    )
    invited, removed, *_ = await search(cast.SERVICE, limit=3)
    assert (invited.action, removed.action) == ("user.invited", "user.second_factor_removed")
    assert removed.actor == cast.ADMIN.id
    assert (await protection_of(camille.id)).confirmed_at is None


async def test_a_wrong_code_leaves_the_factor_inactive() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    phone = await cast.a_phone(camille.id)
    late = phone.at(cast.NOW, counter_offset=-2)
    for wrong in (late, "", "12345", "abcdef"):
        with refused(RuleBroken, "second_factor.wrong_code"):
            await confirm_enrolment(camille.id, wrong, secret_key=cast.SECRET_KEY, visit=cast.VISIT, now=cast.NOW)
    assert (await protection_of(camille.id)).confirmed_at is None


async def test_an_active_factor_is_not_replaced_by_another() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    await cast.activate(camille.id)
    with refused(RuleBroken, "second_factor.active"):
        await begin_enrolment(camille.id, secret_key=cast.SECRET_KEY, now=cast.NOW)
    assert (await protection_of(camille.id)).confirmed_at == cast.NOW


async def test_the_factor_is_removed_against_the_password_alone() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    await cast.activate(camille.id)
    with refused(RuleBroken, "credential.wrong_password"):
        await remove_second_factor(camille.id, "pas le bon", visit=cast.VISIT, now=cast.NOW)
    assert (await protection_of(camille.id)).confirmed_at == cast.NOW
    await remove_second_factor(camille.id, cast.PASSWORD, visit=cast.VISIT, now=cast.NOW)
    assert (await protection_of(camille.id)).confirmed_at is None


async def test_a_seed_kept_under_another_secret_key_is_told_to_the_administrator() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    await cast.a_phone(camille.id)
    with refused(Unavailable, "secret_key.changed"):
        await enrolment_of(camille.id, secret_key="z" * 32, site_name="Prêt de matériel")
