"""The application on a fresh database, its fixed cast of tokens, and a client in the same event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from tests.stage.held import held
from tests.web.described import Described

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.service import ServiceKind
from materiel.domain.address import Address
from materiel.settings import Settings
from materiel.use_cases.accounts.service import CreateService, create_service
from materiel.use_cases.accounts.token import CreateToken, create_token
from materiel.web.app import create_app, read_clock
from materiel.web.http import oidc
from materiel.web.pages.accounts.identity import BACK
from materiel.web.pages.signing.identity import FAMILY_BACK

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Cast:
    """Tokens of two services: Ille-et-Vilaine, where things happen, and Finistère, which must see nothing."""

    admin: str
    manager: str
    reader: str
    stranger: str
    actor: Actor


Client = httpx.AsyncClient
ClientOf = Callable[[str | None], Client]


def settings_for(database_url: str, data_dir: Path, base_url: str = "http://127.0.0.1:8000") -> Settings:
    return Settings.from_env(
        {
            "MATERIEL_DATABASE_URL": database_url,
            "MATERIEL_DATA_DIR": str(data_dir),
            "MATERIEL_BASE_URL": base_url,
            "MATERIEL_SECRET_KEY": "k" * 32,
        }
    )


@asynccontextmanager
async def serving(application: Litestar) -> AsyncIterator[Litestar]:
    """The application started; its lifespan must begin and end in one task, which two halves of a fixture are not."""
    started, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with application.lifespan():
            started.set()
            await over.wait()

    life = asyncio.create_task(live())
    starting = asyncio.create_task(started.wait())
    await asyncio.wait({life, starting}, return_when=asyncio.FIRST_COMPLETED)
    starting.cancel()
    try:
        if not life.done():
            yield application
    finally:
        over.set()
        await life


@dataclass
class StoppedClock:
    """A clock that a test moves by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def stopped_clock() -> StoppedClock:
    return StoppedClock()


class Stage:
    """One application for all the tests of a process that have the same settings, but for what `set_up` changes.

    Putting some two hundred and forty routes together takes a second, which every test would pay.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock: Callable[[], datetime] = StoppedClock()
        # A function: Litestar copies the objects it is given, and the copy of a clock would stay at its first hour.
        self.application = create_app(settings, clock=lambda: self.clock())


_STAGES: dict[Settings, Stage] = {}


def set_up(
    settings: Settings,
    clock: Callable[[], datetime] | None = None,
    provider: httpx.AsyncBaseTransport | None = None,
) -> Litestar:
    """The application of these settings, told the time by this clock (the real one by default)."""
    kind = _kind(settings)
    if kind not in _STAGES:
        _STAGES[kind] = Stage(replace(settings))
    stage = _STAGES[kind]
    stage.clock = clock or read_clock
    if provider is not None:
        stage.application.state.update(oidc.clients_of(settings, BACK, FAMILY_BACK, provider))
    for name in ("database_url", "data_dir"):
        object.__setattr__(stage.settings, name, getattr(settings, name))
    return stage.application


def strike(settings: Settings) -> None:
    """Forget the application of these settings: a test changed it, the next ones get another."""
    del _STAGES[_kind(settings)]


def _kind(settings: Settings) -> Settings:
    return replace(settings, database_url="sqlite:///any", data_dir=Path("any"))


@pytest.fixture
async def app(migrated_url: str, tmp_path: Path, stopped_clock: StoppedClock) -> AsyncIterator[Litestar]:
    async with serving(set_up(settings_for(migrated_url, tmp_path), stopped_clock)) as application:
        yield application


async def make_service(code: str, departement: str) -> Actor:
    service = await create_service(
        CreateService(
            code=code,
            name=f"DSDEN {departement}, matériel adapté",
            kind=ServiceKind.DSDEN,
            academie="14",
            departement=departement,
            address=Address(lines=("1 quai Dujardin",), postcode="35000", city="Rennes"),
            phone="02 99 00 00 00",
            signatory_name="Camille Durand",
            signatory_title="Inspectrice d'académie",
        ),
        actor_id="tests",
        now=NOW,
    )
    return Actor("tests", Role.ADMIN, service.id)


async def make_token(actor: Actor, role: Role) -> str:
    made = await create_token(
        CreateToken(role=role, expires_on=(NOW + timedelta(days=30)).date()), actor=actor, now=NOW
    )
    return made.secret


@pytest.fixture
async def cast(app: Litestar) -> Cast:
    return await held("two services and their tokens", _make_cast)


async def _make_cast() -> Cast:
    ours, theirs = await make_service("DSDEN35", "35"), await make_service("DSDEN29", "29")
    return Cast(
        admin=await make_token(ours, Role.ADMIN),
        manager=await make_token(ours, Role.MANAGER),
        reader=await make_token(ours, Role.READER),
        stranger=await make_token(theirs, Role.ADMIN),
        actor=ours,
    )


@pytest.fixture
async def client_of(app: Litestar) -> AsyncIterator[ClientOf]:
    """Gives a client that sends a token, or none; its every answer is checked against the OpenAPI description."""
    described = Described(app)
    opened: list[Client] = []

    def open_client(token: str | None) -> Client:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url="http://127.0.0.1:8000",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            event_hooks={"response": [described.check]},
        )
        opened.append(client)
        return client

    yield open_client
    for client in opened:
        await client.aclose()


@pytest.fixture
def manager(cast: Cast, client_of: ClientOf) -> Client:
    return client_of(cast.manager)


@pytest.fixture
def reader(cast: Cast, client_of: ClientOf) -> Client:
    return client_of(cast.reader)


@pytest.fixture
def admin(cast: Cast, client_of: ClientOf) -> Client:
    return client_of(cast.admin)


@pytest.fixture
def stranger(cast: Cast, client_of: ClientOf) -> Client:
    """An administrator of another service."""
    return client_of(cast.stranger)


@pytest.fixture
def anonymous(cast: Cast, client_of: ClientOf) -> Client:
    return client_of(None)
