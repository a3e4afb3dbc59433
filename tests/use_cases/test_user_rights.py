"""Roles changed and accounts closed: an administrator always remains."""

from __future__ import annotations

import pytest
from tests.refusals import refused
from tests.use_cases import account_cast as cast

from materiel.domain.roles import Role
from materiel.errors import RuleBroken
from materiel.use_cases.user import list_users
from materiel.use_cases.user_rights import change_role, close_account

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
