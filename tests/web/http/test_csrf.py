"""The guard of the forms, on an application of one page."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from tests.web.conftest import settings_for

from materiel.errors import PermissionDenied
from materiel.use_cases.accounts.session_notes import SessionNotes
from materiel.use_cases.links.access_link import enter_by
from materiel.web.http.csrf import HEADER, check_csrf, csrf_token
from materiel.web.http.session import COOKIE, Sessions, session_of
from materiel.web.site import current_site, site_of

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ORIGIN = "https://127.0.0.1:8000"


@get("/")
async def show_form(request: Request[Any, Any, Any]) -> str:
    return csrf_token(current_site(request), session_of(request))


@post("/")
async def accept_form() -> str:
    return "accepted"


def show_code(request: Request[Any, Any, Any], error: PermissionDenied) -> Response[str]:
    return Response(error.code, status_code=403)


@pytest.fixture
def browser(migrated_url: str, tmp_path: Path, db: object) -> httpx.AsyncClient:
    site = site_of(settings_for(migrated_url, tmp_path))
    app = Litestar(
        [show_form, accept_form],
        guards=[check_csrf],
        middleware=[Sessions(lambda: NOW, site.kept.refresh, SessionNotes(enter_by))],
        state=State({"site": site}),
        exception_handlers={PermissionDenied: show_code},
        openapi_config=None,
        logging_config=None,
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ORIGIN)


async def test_a_form_is_refused_without_the_token_of_its_own_session(browser: httpx.AsyncClient) -> None:
    token = (await browser.get("/")).text
    assert (await browser.post("/", data={"_csrf": token})).text == "accepted"
    assert (await browser.post("/", headers={HEADER: token})).text == "accepted"
    assert (await browser.post("/")).text == "form.foreign"
    browser.cookies.set(COOKIE, "x" * 43, domain="127.0.0.1", path="/")
    assert (await browser.post("/", data={"_csrf": token})).text == "form.foreign"


async def test_a_form_of_another_site_is_refused_with_its_token(browser: httpx.AsyncClient) -> None:
    token = (await browser.get("/")).text
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://ailleurs.fr"}):
        assert (await browser.post("/", data={"_csrf": token}, headers=headers)).text == "form.foreign"
