from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from litestar import Litestar, Router, get
from tests.web.expectations import assert_problem

from materiel.domain.accounts.roles import Actor, Role
from materiel.errors import TooManyRequests
from materiel.web.http.auth import ApiGate
from materiel.web.http.errors import EXCEPTION_HANDLERS
from materiel.web.http.headers import sealing
from materiel.web.http.rate_limit import RateLimit

ACTOR = Actor("token:1", Role.READER, UUID(int=1))


def test_a_reserve_is_spent_then_refilled() -> None:
    limit = RateLimit(rate=2, burst=3)
    for _ in range(3):
        limit.take("a", at=10.0)
    with pytest.raises(TooManyRequests):
        limit.take("a", at=10.0)
    limit.take("a", at=10.5)
    with pytest.raises(TooManyRequests):
        limit.take("a", at=10.5)


def test_callers_do_not_share_a_reserve() -> None:
    limit = RateLimit(rate=1, burst=1)
    limit.take("a", at=0.0)
    limit.take("b", at=0.0)


def test_idle_callers_are_forgotten() -> None:
    limit = RateLimit(rate=1, burst=10)
    for caller in range(10_000):
        limit.take(str(caller), at=0.0)
    limit.take("late", at=60.0)
    assert len(limit._buckets) == 1


@get("/probe")
async def probe() -> str:
    return "ok"


@get("/other")
async def other() -> str:
    return "ok"


async def authenticate(secret: str, now: datetime) -> Actor | None:
    return ACTOR if secret == "good" else None


def limited_app() -> Litestar:
    gate = ApiGate(
        authenticate,
        lambda: datetime(2026, 11, 21, tzinfo=UTC),
        by_token=RateLimit(rate=0.001, burst=3),
        by_address=RateLimit(rate=0.001, burst=2),
    )
    return Litestar(
        [Router("/api", route_handlers=[probe, other], middleware=[gate])],
        exception_handlers=EXCEPTION_HANDLERS,
        before_send=[sealing(https=False)],
        logging_config=None,
        openapi_config=None,
    )


@pytest.mark.parametrize(("token", "allowed", "then"), [("good", 3, 200), ("bad", 2, 401)], ids=["token", "address"])
async def test_a_caller_too_fast_is_told_to_wait(token: str, allowed: int, then: int) -> None:
    transport = httpx.ASGITransport(app=limited_app())
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers={"Authorization": f"Bearer {token}"}
    ) as client:
        # Two routes share one limit.
        paths = ["/api/probe", "/api/other"] * allowed
        answers = [await client.get(path) for path in paths[: allowed + 1]]
    assert [answer.status_code for answer in answers] == [then] * allowed + [429]
    assert_problem(answers[-1], 429, "request.too_many")
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "default-src 'none'" in answers[-1].headers["content-security-policy"]
    assert answers[-1].headers["cache-control"] == "no-store"
