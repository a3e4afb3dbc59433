"""The web application: everything is put together here, and the clock is read here and nowhere below."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
from litestar import Litestar, Router
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.static_files import create_static_files_router
from litestar.types import ExceptionHandlersMap

from materiel.domain.accounts.site import SiteFacts
from materiel.errors import Conflict, MaterielError
from materiel.settings import Settings
from materiel.use_cases.accounts.session_notes import SessionNotes
from materiel.use_cases.accounts.token import authenticate
from materiel.use_cases.history.reading import ReadingBuffer
from materiel.use_cases.history.refusal import RefusalBuffer
from materiel.use_cases.links.access_link import enter_by
from materiel.use_cases.process.loop import Watch
from materiel.use_cases.process.noting import notes_loop
from materiel.use_cases.process.running import running
from materiel.use_cases.signing.signed_copy import Press, check_seals, press_of
from materiel.web.api import ROUTES, UPLOADS
from materiel.web.api.openapi import docs, openapi_config, openapi_json
from materiel.web.audience import (
    SecondFactorOwed,
    SessionRequired,
    admit,
    ask_for_second_factor,
    ask_for_session,
    check_audiences,
)
from materiel.web.http.auth import ApiGate, provide_actor
from materiel.web.http.body import check_body
from materiel.web.http.csrf import check_csrf
from materiel.web.http.errors import EXCEPTION_HANDLERS
from materiel.web.http.head import answering_head
from materiel.web.http.headers import Hook, sealing
from materiel.web.http.idempotency import IdempotencyKeys
from materiel.web.http.oidc import clients_of, close_clients
from materiel.web.http.once import OnceForms
from materiel.web.http.quick import QuickReads
from materiel.web.http.session import Sessions
from materiel.web.http.short_address import leaving_short_address
from materiel.web.http.visit import WRONG_SECRETS, wrong_secrets
from materiel.web.pages.accounts.identity import BACK
from materiel.web.pages.links.mourning import Mourning, show_mourning
from materiel.web.pages.routes import ROUTERS
from materiel.web.pages.shell.waiting import CountsOfMenu
from materiel.web.pages.signing.identity import FAMILY_BACK
from materiel.web.pages.site.health import health_routes
from materiel.web.reading import noting
from materiel.web.refusal import keeping_refusals, noting_refusals
from materiel.web.site import Site, site_of

LARGEST_JSON = 1024 * 1024
LARGEST_UPLOAD = 201 * 1024 * 1024
"""A little more than the largest pile of scans, so that the pile's own refusal is the one that is read."""

STATIC = Path(__file__).parent / "static"

ANSWERS_TO_ERRORS: ExceptionHandlersMap = {
    **EXCEPTION_HANDLERS,
    SessionRequired: ask_for_session,
    SecondFactorOwed: ask_for_second_factor,
    Mourning: show_mourning,
}


def read_clock() -> datetime:
    """The present instant, in UTC: the only reading of the clock on this side of the product."""
    return datetime.now(UTC)


def static_files() -> Router:
    """Our own files, for whoever asks by their plain names."""
    return create_static_files_router(
        "/static",
        directories=[STATIC],
        include_in_schema=False,
        cache_control=CacheControlHeader(public=True, max_age=3600),
    )


def static_routes(site: Site) -> list[Router]:
    """Our own files, and those of the theme."""
    return [static_files(), *(assets.router() for assets in site.theme.assets)]


def check_demonstration(facts: SiteFacts, settings: Settings) -> None:
    """Refuse to serve a demonstration as a production: its passwords are public.

    Raises:
        Conflict: `demo.in_production`.
    """
    if facts.demonstration and settings.production:
        raise Conflict(
            "demo.in_production",
            "Cette base est celle d'une démonstration, dont les mots de passe sont publics : elle ne se sert pas en "
            "production. Donnez une base neuve à cette installation.",
        )


def given_to_handlers(settings: Settings, press: Press, clock: Callable[[], datetime]) -> dict[str, Provide]:
    """What any handler may ask for by the name of a parameter."""

    async def provide_settings() -> Settings:
        return settings

    async def provide_now() -> datetime:
        return clock()

    async def provide_press() -> Press:
        return press

    return {"now": Provide(provide_now), "settings": Provide(provide_settings), "press": Provide(provide_press)}


def before_answers(
    readings: ReadingBuffer, refusals: RefusalBuffer, settings: Settings, clock: Callable[[], datetime]
) -> list[Hook]:
    """What is done when an answer leaves: what it holds and what it refuses is noted, then it is sealed."""
    return [
        noting(readings, clock),
        noting_refusals(refusals),
        sealing(https=settings.base_url.startswith("https://")),
    ]


def create_app(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = read_clock,
    watch: Watch | None = None,
    provider: httpx.AsyncBaseTransport | None = None,
) -> Litestar:
    """The application of one installation; nothing is read from the environment.

    A SQLite file is brought up to date at start: it belongs to this machine alone. On PostgreSQL that is the
    administrator's decision (`materiel db upgrade`), and a schema that is behind stops the start.

    Args:
        clock: gives the present instant, in UTC; the tests stop it.
        watch: where the loops of the process are known; its own otherwise.
        provider: how the identity provider is reached; the tests bring their own.
    """
    migrate = settings.database_file is not None
    clients = clients_of(settings, BACK, FAMILY_BACK, provider)
    site, press = site_of(settings), press_of(settings)
    readings, session_notes, watch = ReadingBuffer(), SessionNotes(enter_by), watch or Watch()
    refusals = RefusalBuffer(clock)
    kept = {"site": site, **clients, "readings": readings, "refusals": refusals, "session_notes": session_notes}

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with (
            running(settings.database_url, migrate=migrate, data_dir=settings.data_dir),
            watch.running(notes_loop([readings, session_notes, refusals])),
        ):
            check_demonstration(await site.kept.read(), settings)
            yield
            with suppress(MaterielError):
                await refusals.flush(all_of_it=True)
            await close_clients(clients)

    async def late_seals() -> None:
        await check_seals(press, clock())

    uploads = Router("/", route_handlers=UPLOADS, request_max_body_size=LARGEST_UPLOAD)
    api = Router(
        "/api",
        route_handlers=[*ROUTES, uploads, openapi_json, docs],
        middleware=[ApiGate(authenticate, clock), QuickReads(), IdempotencyKeys(clock)],
        dependencies={"actor": Provide(provide_actor)},
        before_request=check_body,
        security=[{"token": []}],
    )
    pages = Router(
        "/",
        route_handlers=ROUTERS,
        middleware=[Sessions(clock, site.kept.refresh, session_notes), CountsOfMenu(clock), OnceForms()],
        guards=[admit, check_csrf],
    )
    app = Litestar(
        route_handlers=[api, pages, health_routes(watch, {"seal": late_seals}), *static_routes(site)],
        dependencies=given_to_handlers(settings, press, clock),
        lifespan=[lifespan],
        on_startup=[check_audiences],
        state=State({**kept, WRONG_SECRETS: wrong_secrets()}),
        exception_handlers=ANSWERS_TO_ERRORS,
        before_send=before_answers(readings, refusals, settings, clock),
        openapi_config=openapi_config(settings.base_url),
        request_max_body_size=LARGEST_JSON,
        logging_config=None,
    )
    answering = keeping_refusals(answering_head(app.asgi_handler), refusals)
    app.asgi_handler = leaving_short_address(answering, settings)
    return app
