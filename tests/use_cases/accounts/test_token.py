"""API tokens: shown once, kept as a digest, refused once expired or revoked."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from materiel.domain.accounts.delays import Delays
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.service import NO_ADDRESS, ManagingService, ServiceKind
from materiel.domain.calendar.civil_day import MAINLAND
from materiel.errors import NotFound, PermissionDenied, RuleBroken
from materiel.store.accounts import token as tokens
from materiel.store.history import journal
from materiel.store.history.search import search
from materiel.use_cases.accounts.service import CreateService, create_service
from materiel.use_cases.accounts.token import CreateToken, authenticate, create_token, list_tokens, revoke_token

pytestmark = pytest.mark.usefixtures("db")

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)


async def a_service(code: str = "DSDEN35") -> ManagingService:
    command = CreateService(
        code=code, name="DSDEN", kind=ServiceKind.DSDEN, academie="14", departement="35", address=NO_ADDRESS
    )
    return await create_service(command, actor_id="cli", now=NOW)


async def an_administrator() -> Actor:
    return Actor("cli", Role.ADMIN, (await a_service()).id)


async def test_a_token_lets_its_role_in() -> None:
    admin = await an_administrator()
    made = await create_token(CreateToken(role=Role.READER), actor=admin, now=NOW)
    assert await authenticate(made.secret, NOW) == Actor(f"token:{made.token.id}", Role.READER, admin.service_id)


async def test_the_secret_is_kept_nowhere() -> None:
    admin = await an_administrator()
    made = await create_token(CreateToken(role=Role.READER, label="Tableau"), actor=admin, now=NOW)
    assert await list_tokens(actor=admin) == [made.token]
    assert made.secret not in repr(made.token)
    assert await tokens.by_hash(hashlib.sha256(made.secret.encode()).hexdigest()) == (
        made.token,
        MAINLAND,
        Delays(),
    )
    entry = (await search(admin.service_id, limit=1))[0]
    assert (entry.action, entry.details) == ("token.created", {"role": "reader"})


async def test_two_tokens_differ() -> None:
    admin = await an_administrator()
    made = [await create_token(CreateToken(role=Role.READER), actor=admin, now=NOW) for _ in range(2)]
    assert made[0].secret != made[1].secret
    assert len(made[0].secret) >= 43


@pytest.mark.parametrize("secret", ["", "materiel_", "materiel_inconnu", "é" * 40])
async def test_an_unknown_token_lets_nobody_in(secret: str) -> None:
    assert await authenticate(secret, NOW) is None


async def test_a_token_expires_after_its_last_day_in_paris() -> None:
    admin = await an_administrator()
    command = CreateToken(role=Role.READER, expires_on=date(2026, 9, 1))
    secret = (await create_token(command, actor=admin, now=NOW)).secret
    assert await authenticate(secret, datetime(2026, 9, 1, 21, 59, tzinfo=UTC)) is not None
    assert await authenticate(secret, datetime(2026, 9, 1, 22, 0, tzinfo=UTC)) is None


async def test_a_token_is_never_born_expired() -> None:
    admin = await an_administrator()
    with pytest.raises(RuleBroken) as refusal:
        await create_token(CreateToken(role=Role.READER, expires_on=date(2026, 8, 31)), actor=admin, now=NOW)
    assert refusal.value.code == "token.already_expired"
    assert await list_tokens(actor=admin) == []


async def test_a_revoked_token_lets_nobody_in() -> None:
    admin = await an_administrator()
    made = await create_token(CreateToken(role=Role.ADMIN), actor=admin, now=NOW)
    revoked = await revoke_token(made.token.id, actor=admin, now=NOW)
    assert revoked.revoked_at == NOW
    assert await authenticate(made.secret, NOW) is None


async def test_revoking_twice_changes_nothing() -> None:
    admin = await an_administrator()
    made = await create_token(CreateToken(role=Role.ADMIN), actor=admin, now=NOW)
    first = await revoke_token(made.token.id, actor=admin, now=NOW)
    entries = await search(admin.service_id, limit=10)
    assert await revoke_token(made.token.id, actor=admin, now=datetime(2026, 10, 1, tzinfo=UTC)) == first
    assert await search(admin.service_id, limit=10) == entries


async def test_another_services_token_does_not_exist() -> None:
    admin = await an_administrator()
    made = await create_token(CreateToken(role=Role.ADMIN), actor=admin, now=NOW)
    stranger = Actor("cli", Role.ADMIN, (await a_service("DSDEN22")).id)
    with pytest.raises(NotFound) as refusal:
        await revoke_token(made.token.id, actor=stranger, now=NOW)
    assert refusal.value.code == "token.not_found"
    assert await list_tokens(actor=stranger) == []
    assert await authenticate(made.secret, NOW) is not None


@pytest.mark.parametrize("role", [Role.MANAGER, Role.READER])
async def test_only_an_administrator_deals_with_tokens(role: Role) -> None:
    actor = Actor("user:1", role, (await a_service()).id)
    with pytest.raises(PermissionDenied):
        await create_token(CreateToken(role=Role.READER), actor=actor, now=NOW)
    with pytest.raises(PermissionDenied):
        await list_tokens(actor=actor)
    with pytest.raises(PermissionDenied):
        await revoke_token(UUID(int=1), actor=actor, now=NOW)


async def test_a_failing_last_write_makes_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await an_administrator()

    async def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(journal, "insert_rows", fail)
    with pytest.raises(OSError, match="disk full"):
        await create_token(CreateToken(role=Role.READER), actor=admin, now=NOW)
    assert await list_tokens(actor=admin) == []


async def test_no_token_signs_for_the_state() -> None:
    admin = await an_administrator()
    with pytest.raises(RuleBroken) as refusal:
        await create_token(CreateToken(role=Role.SIGNATORY), actor=admin, now=NOW)
    assert refusal.value.code == "token.signatory"
    assert await list_tokens(actor=admin) == []
