"""Identities at a provider: each opens one account."""

from __future__ import annotations

import pytest
from tests.stage.refusals import refused
from tests.store.cast import DSDEN_35, NOW

from materiel.domain.accounts.roles import Role
from materiel.domain.accounts.user import User
from materiel.errors import Conflict
from materiel.store.accounts import credential as credentials
from materiel.store.accounts import user as users
from materiel.store.engine.ids import new_id

pytestmark = pytest.mark.usefixtures("settled")

ISSUER = "https://fca.exemple.fr"


async def given_user(email: str) -> User:
    user = User(id=new_id(), service_id=DSDEN_35, email=email, name="Gwenn Morvan", role=Role.MANAGER, created_at=NOW)
    await users.insert(user)
    return user


async def test_an_identity_opens_one_account() -> None:
    first, second = await given_user("gestion@example.fr"), await given_user("autre@example.fr")
    await credentials.attach_identity(first.id, ISSUER, "agent-1", NOW)
    with refused(Conflict, "identity.taken"):
        await credentials.attach_identity(second.id, ISSUER, "agent-1", NOW)
    assert await credentials.account_of_identity(ISSUER, "agent-1") == first.id
    assert not await credentials.has_identity(second.id, ISSUER)
