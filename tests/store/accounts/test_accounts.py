"""Services, accounts, tokens and idempotency keys."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.store.cast import DSDEN_35, NOW, a_service

from materiel.domain.accounts.delays import USUAL
from materiel.domain.accounts.roles import Role
from materiel.domain.accounts.token import Token
from materiel.domain.accounts.user import User
from materiel.domain.calendar.civil_day import MAINLAND
from materiel.domain.work.housekeeping import Remnant
from materiel.errors import Conflict, NotFound
from materiel.store.accounts import service as services
from materiel.store.accounts import token as tokens
from materiel.store.accounts import user as users
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.engine.ids import PUBLIC_ALPHABET, new_id, new_public_code
from materiel.store.retention import housekeeping
from materiel.store.work import idempotency as keys

pytestmark = pytest.mark.usefixtures("settled")

DIGEST = hashlib.sha256(b"materiel_secret").hexdigest()


async def given_token() -> Token:
    token = Token(id=new_id(), service_id=DSDEN_35, label="tableur", role=Role.READER, created_at=NOW)
    await tokens.insert(token, DIGEST)
    return token


async def given_user(**changes) -> User:
    given = {
        "id": new_id(),
        "service_id": DSDEN_35,
        "email": "gestion@example.fr",
        "name": "Gwenn Morvan",
        "role": Role.MANAGER,
        "created_at": NOW,
    }
    user = User(**given | changes)
    await users.insert(user)
    return user


async def test_a_service_comes_back_as_it_went_in():
    assert await services.get(DSDEN_35) == await services.by_code("DSDEN35") == a_service()
    assert await services.all() == [a_service()]


async def test_the_code_of_a_service_serves_once():
    with pytest.raises(Conflict) as refusal:
        await services.insert(a_service(id=UUID(int=2)))
    assert refusal.value.code == "service.code_taken"


async def test_a_service_changes_with_its_version():
    saved = await services.save(a_service(phone="02 99 25 10 35"))
    assert saved == await services.get(DSDEN_35)
    with pytest.raises(Conflict) as refusal:
        await services.save(a_service())
    assert refusal.value.code == "service.changed"
    with pytest.raises(NotFound):
        await services.by_code("DSDEN99")


async def test_a_token_is_found_by_the_digest_of_its_secret_alone():
    token = await given_token()
    assert await tokens.by_hash(DIGEST) == (token, MAINLAND, USUAL)
    assert await tokens.by_hash("0" * 64) is None
    assert "materiel_secret" not in str([dict(row) for row in await fetch("SELECT * FROM api_token")])


async def test_a_revoked_token_says_so():
    token = await given_token()
    revoked = await tokens.revoke(token, NOW)
    assert await tokens.get(token.id, DSDEN_35) == revoked == replace(token, revoked_at=NOW)
    assert await tokens.of_service(DSDEN_35) == [revoked]
    with pytest.raises(NotFound):
        await tokens.get(token.id, UUID(int=1))


async def test_an_account_comes_back_and_is_disabled():
    user = await given_user()
    assert await users.get(user.id, DSDEN_35) == await users.by_email(user.email, DSDEN_35) == user
    disabled = await users.disable(user, NOW)
    assert await users.of_service(DSDEN_35) == [disabled]
    with pytest.raises(NotFound):
        await users.by_email(user.email, UUID(int=1))


async def test_an_address_has_one_account():
    await given_user()
    with pytest.raises(Conflict) as refusal:
        await given_user()
    assert refusal.value.code == "user.email_taken"


async def test_a_role_that_does_not_exist_is_refused_by_the_database():
    user = await given_user()
    with pytest.raises(Exception, match=r"(?i)check constraint"):
        await fetch(f"UPDATE app_user SET role = 'root' WHERE id = '{user.id}'")


async def test_of_simultaneous_claims_of_a_key_one_wins():
    async def claim_and_answer() -> bool:
        async with write_transaction():
            won = await keys.claim("token:1", "key", "f" * 64, at=NOW)
            if won:
                await asyncio.sleep(0.01)
                await keys.keep("token:1", "key", 201, "{}")
            return won

    assert sum(await asyncio.gather(*(claim_and_answer() for _ in range(8)))) == 1
    kept = await keys.find("token:1", "key")
    assert (kept.request_hash, kept.status_code, kept.body) == ("f" * 64, 201, "{}")


async def test_a_key_belongs_to_its_actor_and_is_forgotten_in_time():
    await keys.claim("token:1", "key", "f" * 64, at=NOW)
    assert await keys.claim("token:2", "key", "e" * 64, at=NOW + timedelta(days=1)) is True
    known = await keys.find("token:1", "key")
    assert (known.request_hash, known.status_code, known.body) == ("f" * 64, None, None)
    assert await housekeeping.forget_some(Remnant.KEY, NOW + timedelta(hours=1)) == (1, False)
    assert await keys.claim("token:1", "key", "f" * 64, at=NOW) is True
    assert await keys.claim("token:2", "key", "e" * 64, at=NOW) is False


def test_public_codes_are_long_and_unambiguous():
    codes = {new_public_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert all(len(code) == 13 and set(code) <= set(PUBLIC_ALPHABET) for code in codes)
    assert not set("ILOU") & set(PUBLIC_ALPHABET)
