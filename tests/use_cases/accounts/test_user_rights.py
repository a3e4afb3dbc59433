"""Roles changed and accounts closed: an administrator always remains."""

from __future__ import annotations

import asyncio

import pytest
from tests.stage.refusals import refused
from tests.use_cases.accounts import account_cast as cast
from tests.use_cases.loan_cast import OTHER_SERVICE

from materiel.domain.accounts.roles import Actor, Role
from materiel.errors import NotFound, PermissionDenied, RuleBroken
from materiel.store.history.search import search
from materiel.use_cases.accounts.credential import read_invitation
from materiel.use_cases.accounts.login import check_password
from materiel.use_cases.accounts.user import disable_user, list_users
from materiel.use_cases.accounts.user_rights import change_role, close_account, reopen_account

pytestmark = pytest.mark.usefixtures("db")


async def test_the_last_administrator_keeps_role_and_account() -> None:
    camille = await cast.set_up()
    alix = await cast.an_account("alix@exemple.fr", Role.ADMIN)
    with refused(RuleBroken, "user.last_admin"):
        await change_role(alix.id, Role.READER, actor=cast.ADMIN, now=cast.NOW)
    with refused(RuleBroken, "user.last_admin"):
        await close_account(alix.id, actor=cast.ADMIN, now=cast.NOW)
    assert await list_users(actor=cast.ADMIN) == [camille, alix]


async def test_a_closed_administrator_does_not_count() -> None:
    camille = await cast.set_up()
    alix = await cast.an_account("alix@exemple.fr", Role.ADMIN)
    await change_role(camille.id, Role.ADMIN, actor=cast.ADMIN, now=cast.NOW)
    assert (await close_account(alix.id, actor=cast.ADMIN, now=cast.NOW)).disabled_at == cast.NOW
    with refused(RuleBroken, "user.last_admin"):
        await close_account(camille.id, actor=cast.ADMIN, now=cast.NOW)


async def open_administrators() -> int:
    known = await list_users(actor=cast.ADMIN)
    return sum(each.role is Role.ADMIN and each.disabled_at is None for each in known)


@pytest.mark.parametrize("round_", range(5))
async def test_of_administrators_closed_or_demoted_all_at_once_one_remains(round_: int) -> None:
    await cast.set_up()
    people = [await cast.an_account(f"alix{number}@exemple.fr", Role.ADMIN) for number in range(6)]
    answers = await asyncio.gather(
        *(close_account(each.id, actor=cast.ADMIN, now=cast.NOW) for each in people[:3]),
        *(change_role(each.id, Role.READER, actor=cast.ADMIN, now=cast.NOW) for each in people[3:]),
        return_exceptions=True,
    )
    refusals = [each for each in answers if isinstance(each, BaseException)]
    assert [getattr(each, "code", each) for each in refusals] == ["user.last_admin"]
    assert await open_administrators() == 1


async def test_an_account_closed_by_several_at_once_is_closed_once() -> None:
    camille = await cast.set_up()
    await cast.an_account("alix@exemple.fr", Role.ADMIN)
    await asyncio.gather(
        *(close_account(camille.id, actor=cast.ADMIN, now=cast.NOW) for _ in range(4)),
        *(disable_user(camille.email, actor=cast.ADMIN, now=cast.NOW) for _ in range(4)),
    )
    told = [each.action for each in await search(cast.SERVICE, limit=20)]
    assert told.count("user.disabled") == 1


async def test_a_reopened_account_chooses_a_password_again() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    former_link = await cast.a_link(camille)
    await close_account(camille.id, actor=cast.ADMIN, now=cast.NOW)
    assert await reopen_account(camille.id, actor=cast.ADMIN, now=cast.NOW) == camille
    assert await reopen_account(camille.id, actor=cast.ADMIN, now=cast.NOW) == camille
    with refused(RuleBroken, "login.refused"):
        await check_password(camille.email, cast.PASSWORD, visit=cast.VISIT, now=cast.NOW)
    with refused(NotFound, "invitation.not_found"):
        await read_invitation(former_link, secret_key=cast.SECRET_KEY, now=cast.NOW)
    await cast.give_password(camille)
    assert (await check_password(camille.email, cast.PASSWORD, visit=cast.VISIT, now=cast.NOW)).user == camille
    told = [each.action for each in await search(cast.SERVICE, limit=20)]
    assert told.count("user.reopened") == 1


async def test_another_service_reopens_nothing() -> None:
    camille = await cast.set_up()
    await close_account(camille.id, actor=cast.ADMIN, now=cast.NOW)
    with refused(NotFound, "user.not_found"):
        await reopen_account(camille.id, actor=Actor("cli", Role.ADMIN, OTHER_SERVICE), now=cast.NOW)
    with refused(PermissionDenied, "actor.forbidden"):
        await reopen_account(camille.id, actor=Actor("user:x", Role.MANAGER, cast.SERVICE), now=cast.NOW)
