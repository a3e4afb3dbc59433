"""The short address of the codes: it leads to the public one, and nothing lives there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from tests.web.conftest import serving, set_up, settings_for

LONG, SHORT = "https://materiel.ac-orleans-tours.fr", "https://m.ac-ot.fr"


@pytest.fixture
async def site(migrated_url: str, tmp_path: Path) -> AsyncIterator[Litestar]:
    settings = replace(settings_for(migrated_url, tmp_path), base_url=LONG, label_url=SHORT)
    async with serving(set_up(settings)) as application:
        yield application


def client_at(app: Litestar, base_url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base_url)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/Q/7K3MZ9QWERTYX",
        "/v/7K3MZ9QWERTYX/1",
        "/connexion?suite=%2Fprets&a=%C3%A9",
        "//ailleurs.exemple/x",
        "/%0d%0aX",
    ],
)
async def test_the_same_page_of_the_public_address_is_named(site: Litestar, path: str) -> None:
    async with client_at(site, SHORT) as client:
        answer = await client.get(httpx.URL(SHORT + path))
    assert (answer.status_code, answer.headers["location"], answer.content) == (307, LONG + path, b"")
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer")


async def test_no_form_is_taken_at_the_short_address(site: Litestar) -> None:
    async with client_at(site, SHORT) as client:
        sent = await client.post("/connexion", data={"email": "x"}, headers={"Origin": SHORT})
        head = await client.head("/connexion")
    assert (sent.status_code, sent.headers["location"]) == (307, f"{LONG}/connexion")
    assert head.status_code == 307


@pytest.mark.parametrize("host", ["M.AC-OT.FR", "m.ac-ot.fr:443", "m.ac-ot.fr:8443"])
async def test_the_short_address_is_known_however_it_is_written(site: Litestar, host: str) -> None:
    async with client_at(site, LONG) as client:
        assert (await client.get("/connexion", headers={"Host": host})).status_code == 307


@pytest.mark.parametrize("host", ["materiel.ac-orleans-tours.fr", "127.0.0.1:8000", "[::1", "xm.ac-ot.fr"])
async def test_any_other_name_is_served_as_before(site: Litestar, host: str) -> None:
    async with client_at(site, LONG) as client:
        assert (await client.get("/connexion", headers={"Host": host})).status_code == 200


async def test_one_name_for_both_sends_nowhere(migrated_url: str, tmp_path: Path) -> None:
    settings = replace(settings_for(migrated_url, tmp_path), base_url="https://m.ac-ot.fr:8443", label_url=SHORT)
    async with serving(set_up(settings)) as application, client_at(application, SHORT) as client:
        assert (await client.get("/connexion")).status_code == 200
