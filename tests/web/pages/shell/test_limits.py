"""Pages that a script could try for ever: printed codes by address, pictures by person."""

from __future__ import annotations

import httpx
import pytest
from litestar import Litestar
from tests.web.pages.cast import Accounts, csrf_of

from materiel.web.audience import BY_ADDRESS, BY_PERSON
from materiel.web.pages.item.scanner import PICTURES


@pytest.mark.parametrize(("path", "status"), [("/q/{n:013}", 200), ("/v/{n:013}/1", 404), ("/V/{n:013}", 404)])
async def test_printed_codes_are_not_tried_for_ever_from_one_address(app: Litestar, path: str, status: int) -> None:
    def client(address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=app, client=(address, 1), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="https://127.0.0.1:8000")

    async with client(f"192.0.2.{ord(path[1])}") as script, client("198.51.100.1") as passer_by:
        answers = [await script.get(path.format(n=number)) for number in range(int(BY_ADDRESS.burst) * 2)]
        assert (await passer_by.get(path.format(n=1))).status_code == status
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {status, 429}
    assert 429 not in statuses[: int(BY_ADDRESS.burst)]
    stopped = answers[statuses.index(429)]
    assert int(stopped.headers["retry-after"]) >= 1
    assert "Trop de requêtes" in stopped.text


async def test_whoever_is_known_does_not_wait_for_the_others_of_the_site(accounts: Accounts) -> None:
    """A link or an account behind the same proxy as a script (K8)."""
    asked = [await accounts.anonymous.get(f"/v/{number:013}") for number in range(int(BY_ADDRESS.burst) + 50)]
    assert asked[-1].status_code == 429
    assert (await accounts.reader.get(f"/v/{1:013}")).status_code == 404
    alone = [(await accounts.manager.get(f"/v/{number:013}")).status_code for number in range(int(BY_PERSON.burst) * 2)]
    assert set(alone) == {404, 429}
    assert 429 not in alone[: int(BY_PERSON.burst)]
    assert (await accounts.reader.get(f"/v/{1:013}")).status_code == 404


async def test_pictures_of_one_person_are_not_read_for_ever(accounts: Accounts) -> None:
    async def send(browser: httpx.AsyncClient) -> httpx.Response:
        token = csrf_of((await browser.get("/scanner")).text)
        headers = {"Content-Type": "image/jpeg", "X-CSRF-Token": token}
        return await browser.post("/scanner/image", content=b"no picture", headers=headers)

    seen = [(await send(accounts.reader)).status_code for _ in range(int(PICTURES.burst) * 4)]
    assert set(seen) == {400, 429}
    assert 429 not in seen[: int(PICTURES.burst)]
    assert (await send(accounts.manager)).status_code == 400
