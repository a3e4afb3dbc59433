"""Every link of the demonstration leads somewhere, and no button is shown to whom it would refuse.

Of the pages that differ by a record or a value alone, the first few are opened: they come from one template.
"""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import pytest
from litestar import Litestar
from tests.stage.signatory_cast import given_phone
from tests.web.conftest import StoppedClock, serving, set_up, settings_for
from tests.web.pages.cast import browser
from tests.web.test_route_matrix import MATRIX

from materiel.domain.accounts.roles import PERMISSIONS, Actor, Role
from materiel.domain.accounts.session import SubjectKind
from materiel.use_cases.accounts.session import open_session
from materiel.use_cases.accounts.user import list_users
from materiel.use_cases.demo.access import ACCOUNTS
from materiel.use_cases.demo.fill import Demo, fill_demo
from materiel.web.http.session import COOKIE

BASE = "http://127.0.0.1:8000"
EACH = 6
"""How many pages of one kind are opened."""

LINK = re.compile(r'<(?:a|link|script|img)\b[^>]*?\b(?:href|src)="([^"]*)"')
ASKING = re.compile(r'<form\b[^>]*?\bmethod="get".*?</form>', re.DOTALL)
"""A form that asks for a page, whatever its buttons: it posts nothing."""
FORM = re.compile(r'(?:<form\b[^>]*?\bmethod="post"[^>]*?\baction|\bformaction)="([^"]*)"')
NEEDED = {Role.COORDINATOR: 2, Role.READER: 1, Role.SIGNATORY: 1, Role.MANAGER: 2, Role.ADMIN: 3}


@dataclass
class Walk:
    """What somebody saw: each address with the page that led to it, and the addresses that its forms post to."""

    opened: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    actions: dict[str, str] = field(default_factory=dict)


def kind_of(address: str) -> str:
    """The address without what names a record: pages of one template have one kind."""
    parts = urlsplit(address)
    path = "/".join("*" if re.search(r"\d", part) else part for part in parts.path.split("/"))
    return f"{path}?{','.join(sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}))}"


def addresses(page: str, found_at: str, pattern: re.Pattern[str]) -> Iterator[str]:
    """The addresses of this site in a page, without what follows a « # »."""
    for written in pattern.findall(page):
        parts = urlsplit(urljoin(BASE + found_at, html.unescape(written)))
        if f"{parts.scheme}://{parts.netloc}" == BASE:
            yield (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


async def walk(client: httpx.AsyncClient, start: str) -> Walk:
    """Open what is linked, nearest first."""
    walked, kinds = Walk(), Counter[str]()
    to_open = deque([(start, "start")])
    while to_open:
        address, source = to_open.popleft()
        if address in walked.opened or kinds[kind_of(address)] >= EACH:
            continue
        kinds[kind_of(address)] += 1
        walked.opened[address] = source
        answer = await client.get(address)
        if answer.status_code >= 400:
            walked.faults.append(f"{answer.status_code} {address}, linked from {source}")
        if 300 <= answer.status_code < 400:
            to_open.append((answer.headers["location"].removeprefix(BASE), source))
        if answer.headers.get("content-type", "").startswith("text/html"):
            to_open += [(each, address) for each in addresses(answer.text, address, LINK)]
            walked.actions |= {each: address for each in addresses(ASKING.sub("", answer.text), address, FORM)}
    return walked


@pytest.fixture
async def app(migrated_url: str, tmp_path: Path) -> AsyncIterator[Litestar]:
    """The application on the day of the demonstration: it is told as of today."""
    clock = StoppedClock(datetime.now(UTC))
    async with serving(set_up(settings_for(migrated_url, tmp_path), clock)) as application:
        yield application


@pytest.fixture
async def demo(app: Litestar) -> Demo:
    return await fill_demo(
        base_url=BASE, secret_key="k" * 32, actor_id="cli", now=datetime.now(UTC), progress=lambda done, total: None
    )


async def account(app: Litestar, demo: Demo, role: Role) -> httpx.AsyncClient:
    """A browser where an account of the demonstration is open."""
    known = await list_users(actor=Actor("cli", Role.ADMIN, demo.service.id))
    user = next(each for each in known if each.email == ACCOUNTS[role].email)
    if role is Role.SIGNATORY:
        await given_phone(user.id, now=datetime.now(UTC))
    opened = await open_session(SubjectKind.ACCOUNT, user.id, user.service_id, now=datetime.now(UTC))
    return browser(app, opened.secret)


async def behind(app: Litestar, link: str) -> tuple[httpx.AsyncClient, str]:
    """A browser in which a link was opened, and where it led."""
    client = browser(app)
    answer = await client.get(link.removeprefix(BASE))
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].partition(";")[0]
    assert cookie.startswith(f"{COOKIE}=")
    client.headers["Cookie"] = cookie
    return client, answer.headers["location"]


def rank_to_post(app: Litestar, address: str) -> int:
    """The least role that may post to an address, by the route matrix; an address without a route is a fault."""
    path = urlsplit(address).path
    for route in app.routes:
        pattern = re.sub(r"\\\{\w+:\w+\\\}", "[^/]+", re.escape(route.path))
        if "POST" in getattr(route, "methods", ()) and re.fullmatch(pattern, path):
            line = next(each for each in MATRIX if re.fullmatch(each.pattern, route.path))
            return 1 if line.audience == "public" else line.write
    raise AssertionError(f"no route takes a form at {path}")


async def test_no_link_is_broken_and_no_button_is_refused(
    app: Litestar, demo: Demo, capsys: pytest.CaptureFixture[str]
) -> None:
    faults, opened = [], {}
    for role in PERMISSIONS:
        client = await account(app, demo, role)
        walked = await walk(client, "/")
        opened[role.label] = len(walked.opened)
        faults += [f"{role.label}: {each}" for each in walked.faults]
        faults += [
            f"{role.label}: a form of {source} posts to {action}"
            for action, source in walked.actions.items()
            if rank_to_post(app, action) > NEEDED[role]
        ]
        await client.aclose()
    for who, link in demo.access.links.items():
        client, start = await behind(app, link)
        assert f'<a href="{start}" title="Accueil' in (await client.get("/aide")).text
        walked = await walk(client, start)
        opened[who] = len(walked.opened)
        faults += [f"{who}: {each}" for each in walked.faults]
        await client.aclose()
    with capsys.disabled():
        print("\npages ouvertes :", ", ".join(f"{who} {number}" for who, number in opened.items()))
    assert faults == []
    assert opened["Administrateur"] > 200
    assert all(number > 15 for number in opened.values())
