"""Visitors of the pages: browsers without JavaScript, signed in or not, over HTTP and in the same event loop."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from html import unescape
from uuid import UUID

import httpx
import pyotp
import pytest
from litestar import Litestar
from tests.stage.held import held
from tests.use_cases import loan_cast
from tests.web.conftest import NOW, StoppedClock, make_service
from tests.web.pages.cast import Accounts, make_accounts

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.session import SubjectKind
from materiel.domain.accounts.user import User
from materiel.use_cases.accounts.session import open_session
from materiel.use_cases.accounts.user import CreateUser, create_user
from materiel.web.audience import SECOND_FACTOR
from materiel.web.http.session import COOKIE

ORIGIN = "https://127.0.0.1:8000"


class Visitor(httpx.AsyncClient):
    """A browser: keeps its cookie, and posts a form with the token that the page holds."""

    async def send_form(self, page: str, action: str = "", /, **fields: object) -> httpx.Response:
        """Open a page, then post its fields to an action (the page itself by default)."""
        return await self.post(action or page, data={"_csrf": await self.token(page), **fields})

    async def token(self, page: str) -> str:
        """The token in the forms of a page."""
        shown = await self.get(page)
        found = re.search(r'name="_csrf" value="([0-9a-f]{64})"', shown.text)
        assert found, f"{page} ({shown.status_code}) holds no form"
        return found[1]


def text_of(answer: httpx.Response) -> str:
    """What a person reads in a page: no tags, single spaces, one kind of apostrophe."""
    text = re.sub(r"<(script|style).*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).replace("’", "'").split())


class Clock:
    """The time of the application, that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        """Let time pass: `minutes=5`."""
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def visitor_of(app: Litestar) -> AsyncIterator[Callable[[], Visitor]]:
    """Gives one more browser, without a cookie."""
    opened: list[Visitor] = []

    def open_browser() -> Visitor:
        visitor = Visitor(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url=ORIGIN,
            headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
        )
        opened.append(visitor)
        return visitor

    yield open_browser
    for visitor in opened:
        await visitor.aclose()


@pytest.fixture
def visitor(visitor_of: Callable[[], Visitor]) -> Visitor:
    """Somebody whom nothing identifies."""
    return visitor_of()


async def make_account(actor: Actor, role: Role, email: str = "") -> User:
    """An account of the actor's service."""
    command = CreateUser(email=email or f"{role.value}@exemple.fr", name=f"Camille {role.label}", role=role)
    return await create_user(command, actor=actor, now=NOW)


async def sign_in(
    browser: Visitor,
    kind: SubjectKind,
    subject_id: UUID,
    service_id: UUID,
    *,
    now: datetime = NOW,
    data: dict[str, object] | None = None,
) -> Visitor:
    """A session opened as the login and the links do, without the time of a password."""
    opened = await open_session(kind, subject_id, service_id, now=now, data=data or {})
    browser.cookies.set(COOKIE, opened.secret, domain="127.0.0.1", path="/")
    return browser


async def set_up_second_factor(browser: Visitor, now: datetime) -> httpx.Response:
    """The second factor set up as a person does: the page with the recovery codes."""
    assert (await browser.send_form(SECOND_FACTOR, f"{SECOND_FACTOR}/commencer")).status_code == 303
    seed = re.search(r'class="m-code">([A-Z2-7 ]+)<', (await browser.get(SECOND_FACTOR)).text)
    assert seed
    return await browser.send_form(SECOND_FACTOR, code=pyotp.TOTP(seed[1].replace(" ", "")).at(now))


SignedIn = Callable[[Role], Awaitable[Visitor]]


@pytest.fixture
async def service(app: Litestar) -> Actor:
    """The administrator of Ille-et-Vilaine, as the command line is."""
    return await held("one service", lambda: make_service("DSDEN35", "35"))


@pytest.fixture
def signed_in(service: Actor, visitor_of: Callable[[], Visitor]) -> SignedIn:
    """Gives a browser where an account of a role is open."""

    async def open_account(role: Role) -> Visitor:
        user = await make_account(service, role)
        return await sign_in(visitor_of(), SubjectKind.ACCOUNT, user.id, service.service_id)

    return open_account


@pytest.fixture
async def admin_page(signed_in: SignedIn) -> Visitor:
    return await signed_in(Role.ADMIN)


@pytest.fixture
async def manager_page(signed_in: SignedIn) -> Visitor:
    return await signed_in(Role.MANAGER)


@pytest.fixture
async def reader_page(signed_in: SignedIn) -> Visitor:
    return await signed_in(Role.READER)


@pytest.fixture
async def accounts(app: Litestar, stopped_clock: StoppedClock) -> AsyncIterator[Accounts]:
    """The cast of the loans on the day when they begin, and its accounts signed in."""
    stopped_clock.now = loan_cast.NOW
    signed_in = await make_accounts(app)
    yield signed_in
    for browser in (signed_in.admin, signed_in.manager, signed_in.reader, signed_in.stranger, signed_in.anonymous):
        await browser.aclose()
