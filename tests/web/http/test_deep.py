"""A JSON nested without end is refused as one that cannot be read, wherever one is read from outside; never a 500."""

from __future__ import annotations

import base64
import re
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from litestar import Litestar
from tests.stage.refusals import refused
from tests.web.conftest import NOW, Client
from tests.web.expectations import assert_problem
from tests.web.proconnect import CLIENT_ID, CLIENT_SECRET, ISSUER, Provider

from materiel.domain.signing.electronic_signature import are_strokes
from materiel.errors import RuleBroken
from materiel.web.api.openapi import schema_of
from materiel.web.http.body import visible_body
from materiel.web.http.oidc import OidcClient
from materiel.web.http.paging import read_cursor

DEEP = {
    "arrays": b"[" * 100_000,
    "closed": b"[" * 100_000 + b"]" * 100_000,
    "objects": b'{"a":' * 100_000,
    "deep in a field": b'{"items":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}
JSON = {"Content-Type": "application/json"}
HALFWAY = b'{"text": "\\u200b", "unknown":' + b"[" * 900 + b"]" * 900 + b"}"
"""Deep enough for our own walk through it, not for the parser."""


def routes_with_a_body(app: Litestar) -> list[tuple[str, str]]:
    """The method and the address, with an identifier that leads nowhere, of each route that takes JSON."""
    return [
        (method.upper(), re.sub(r"\{[^}]+\}", "00000000-0000-0000-0000-000000000001", path.replace("{rank}", "1")))
        for path, operations in schema_of(app)["paths"].items()
        for method, operation in operations.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]


async def test_a_body_nested_without_end_is_malformed_on_every_route(app: Litestar, admin: Client) -> None:
    routes = routes_with_a_body(app)
    assert len(routes) > 30
    for method, path in routes:
        answer = await admin.request(method, path, content=DEEP["arrays"], headers=JSON)
        assert_problem(answer, 400, "body.malformed")


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP)
async def test_whatever_is_nested_without_end_is_malformed(admin: Client, body: bytes) -> None:
    assert_problem(await admin.post("/api/items", content=body, headers=JSON), 400, "body.malformed")


async def test_a_body_nested_halfway_is_refused_too(admin: Client) -> None:
    assert visible_body(HALFWAY) == HALFWAY
    answer = await admin.post("/api/items", content=HALFWAY, headers=JSON)
    assert answer.status_code in {400, 422}


async def test_a_key_that_sends_a_deep_body_twice_is_answered_twice_the_same(admin: Client) -> None:
    headers = {**JSON, "Idempotency-Key": "profond"}
    for _ in range(2):
        answer = await admin.post("/api/items", content=DEEP["arrays"], headers=headers)
        assert_problem(answer, 400, "body.malformed")


@pytest.mark.parametrize("wanted", [str, tuple, list])
async def test_a_cursor_nested_without_end_is_none_of_ours(wanted: type) -> None:
    cursor = base64.urlsafe_b64encode(DEEP["arrays"]).decode()
    with pytest.raises(Exception, match=r"request\.invalid_cursor"):
        read_cursor(cursor, wanted)


def test_a_deep_drawing_is_no_signature() -> None:
    assert not are_strokes("[" * 5_000)


@pytest.mark.parametrize("where", ["/.well-known/openid-configuration", "/token", "/userinfo", "/jwks"])
async def test_a_provider_that_answers_anything_but_an_object_is_refused(where: str) -> None:
    for content in (DEEP["arrays"], b"<html>", b"[]"):
        provider = Provider()
        provider.now = int(NOW.timestamp())
        provider.is_plain = True
        real = provider.transport

        async def answer(
            request: httpx.Request, real: httpx.ASGITransport = real, content: bytes = content
        ) -> httpx.Response:
            if request.url.path.endswith(where):
                return httpx.Response(200, content=content, headers={"Content-Type": "application/json"})
            return await real.handle_async_request(request)

        oidc = OidcClient(
            issuer=ISSUER,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            redirect_uri="https://pret.example.fr/connexion/identite/retour",
            http=httpx.AsyncClient(transport=httpx.MockTransport(answer)),
        )
        with refused(RuleBroken, "provider.refused"):
            asked = await oidc.begin(now=NOW)
            came_back = dict(parse_qsl(urlsplit(await provider.log_in(asked.url)).query))
            await oidc.finish(came_back, asked.kept, now=NOW)


async def test_a_token_of_a_provider_nested_without_end_is_refused() -> None:
    provider = Provider()
    provider.now = int(NOW.timestamp())
    real = provider.transport
    part = base64.urlsafe_b64encode(DEEP["arrays"]).decode().rstrip("=")

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            return httpx.Response(200, json={"id_token": f"{part}.{part}.x", "access_token": "a"})
        return await real.handle_async_request(request)

    oidc = OidcClient(
        issuer=ISSUER,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        redirect_uri="https://pret.example.fr/connexion/identite/retour",
        http=httpx.AsyncClient(transport=httpx.MockTransport(answer)),
    )
    asked = await oidc.begin(now=NOW)
    came_back = dict(parse_qsl(urlsplit(await provider.log_in(asked.url)).query))
    with refused(RuleBroken, "provider.refused"):
        await oidc.finish(came_back, asked.kept, now=NOW)
