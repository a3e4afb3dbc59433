"""Links to choose a password, and passwords changed by their owner."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.stage.refusals import refused
from tests.use_cases.accounts import account_cast as cast

from materiel.domain.accounts.credential import INVITATION_DAYS
from materiel.errors import NotFound, RuleBroken
from materiel.use_cases.accounts.credential import change_password, choose_password, read_invitation
from materiel.use_cases.accounts.second_factor import check_own_password
from materiel.use_cases.accounts.user import disable_user

pytestmark = pytest.mark.usefixtures("db")


async def test_a_link_invites_until_its_last_second() -> None:
    camille = await cast.set_up()
    link = await cast.a_link(camille)
    end = cast.NOW + timedelta(days=INVITATION_DAYS)
    invited = await read_invitation(link, secret_key=cast.SECRET_KEY, now=end - timedelta(seconds=1))
    assert invited.user == camille
    with refused(NotFound, "invitation.not_found"):
        await read_invitation(link, secret_key=cast.SECRET_KEY, now=end)


async def test_a_link_signed_under_another_key_invites_nobody() -> None:
    link = await cast.a_link(await cast.set_up())
    with refused(NotFound, "invitation.not_found"):
        await read_invitation(link, secret_key="z" * 32, now=cast.NOW)


async def test_a_link_to_a_closed_account_invites_nobody() -> None:
    camille = await cast.set_up()
    link = await cast.a_link(camille)
    await disable_user(camille.email, actor=cast.ADMIN, now=cast.NOW)
    with refused(NotFound, "invitation.not_found"):
        await read_invitation(link, secret_key=cast.SECRET_KEY, now=cast.NOW)


async def test_of_two_openings_of_a_link_one_chooses_the_password() -> None:
    camille = await cast.set_up()
    invited = await read_invitation(await cast.a_link(camille), secret_key=cast.SECRET_KEY, now=cast.NOW)
    await choose_password(camille.id, invited.proof, cast.PASSWORD, cast.PASSWORD, visit=cast.VISIT, now=cast.NOW)
    other = "une autre phrase de genêt"
    with refused(NotFound, "invitation.not_found"):
        await choose_password(camille.id, invited.proof, other, other, visit=cast.VISIT, now=cast.NOW)
    await check_own_password(camille.id, cast.PASSWORD, visit=cast.VISIT, now=cast.NOW)


async def test_a_password_changes_against_the_present_one_alone() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    other = "une autre phrase de genêt"
    with refused(RuleBroken, "credential.wrong_password"):
        await change_password(camille.id, other, other, other, keep_session="", visit=cast.VISIT, now=cast.NOW)
    await check_own_password(camille.id, cast.PASSWORD, visit=cast.VISIT, now=cast.NOW)
    await change_password(camille.id, cast.PASSWORD, other, other, keep_session="", visit=cast.VISIT, now=cast.NOW)
    await check_own_password(camille.id, other, visit=cast.VISIT, now=cast.NOW)
