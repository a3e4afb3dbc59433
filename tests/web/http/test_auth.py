from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from tests.web.conftest import NOW, Cast, Client, ClientOf, StoppedClock
from tests.web.expectations import assert_problem

from materiel.domain.accounts.roles import Role
from materiel.use_cases.accounts.token import CreateToken, create_token, list_tokens, revoke_token


async def test_no_token_opens_nothing(anonymous: Client) -> None:
    answer = await anonymous.get("/api/service")
    assert_problem(answer, 401, "auth.token_missing")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_cookie_opens_nothing(cast: Cast, anonymous: Client) -> None:
    answer = await anonymous.get("/api/service", headers={"Cookie": f"session={cast.admin}; token={cast.admin}"})
    assert_problem(answer, 401, "auth.token_missing")


async def test_a_token_in_the_address_opens_nothing(cast: Cast, anonymous: Client) -> None:
    answer = await anonymous.get("/api/service", params={"token": cast.admin, "access_token": cast.admin})
    assert_problem(answer, 401, "auth.token_missing")


@pytest.mark.parametrize(
    "token", ["inconnu", "é" * 5, "x" * 100_000, "materiel_"], ids=["unknown", "accents", "huge", "prefix"]
)
async def test_a_wrong_token_opens_nothing(anonymous: Client, token: str) -> None:
    answer = await anonymous.get("/api/service", headers={"Authorization": f"Bearer {token}".encode()})
    assert_problem(answer, 401, "auth.token_invalid")


async def test_a_revocation_holds_within_two_seconds(cast: Cast, manager: Client, stopped_clock: StoppedClock) -> None:
    assert (await manager.get("/api/service")).status_code == 200
    for token in await list_tokens(actor=cast.actor):
        await revoke_token(token.id, actor=cast.actor, now=NOW)
    stopped_clock.now = NOW + timedelta(seconds=2)
    assert_problem(await manager.get("/api/service"), 401, "auth.token_invalid")


async def test_an_expired_token_opens_nothing(cast: Cast, client_of: ClientOf) -> None:
    past = NOW - timedelta(days=10)
    made = await create_token(
        CreateToken(role=Role.ADMIN, expires_on=past.date()), actor=cast.actor, now=past - timedelta(days=10)
    )
    assert_problem(await client_of(made.secret).get("/api/service"), 401, "auth.token_invalid")


async def test_each_service_sees_itself(manager: Client, stranger: Client) -> None:
    assert (await manager.get("/api/service")).json()["code"] == "DSDEN35"
    assert (await stranger.get("/api/service")).json()["code"] == "DSDEN29"


async def test_the_access_log_tells_no_secret(cast: Cast, manager: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="materiel"):
        await manager.get("/api/schools", params={"q": "Martin"})
        await manager.get("/q/0123456789ABC")
        await manager.get("/v/0123456789ABC/1")
    # Our own log; the client of the test keeps one too, that may name what it asked.
    written = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("materiel"))
    assert "GET /api/schools 200" in written
    for secret in (cast.manager, "Martin", "0123456789ABC"):
        assert secret not in written
