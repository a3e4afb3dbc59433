"""Sessions, the token of the forms, and whom each page serves."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar, Request, Response, get
from litestar.routes import HTTPRoute
from litestar.testing import RequestFactory
from litestar.types import ControllerRouterHandler
from tests.stage.refusals import refused
from tests.web.conftest import serving, set_up, settings_for
from tests.web.pages.conftest import ORIGIN, Clock, SignedIn, Visitor, make_account, sign_in, text_of

from materiel.domain.accounts.attempt import LONGEST_WINDOW, Limit
from materiel.domain.accounts.roles import Actor, Permission, Role
from materiel.domain.accounts.session import LIFETIMES, SubjectKind
from materiel.domain.work.housekeeping import Remnant
from materiel.errors import NotFound
from materiel.store.accounts import session as sessions
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id
from materiel.use_cases.accounts.attempt import count_tries
from materiel.use_cases.accounts.session import (
    close_sessions_of,
    list_sessions,
    open_session,
    resume_session,
    session_digest,
)
from materiel.use_cases.accounts.session_notes import SessionNotes
from materiel.use_cases.links.access_link import enter_by
from materiel.use_cases.retention.housekeeping import forget
from materiel.web.audience import Audience, admit, check_audiences, page_router, safe_next
from materiel.web.http.session import COOKIE
from materiel.web.pages.accounts.identity import START, provider_of

FOREIGN = "Ce formulaire n'a pas pu être vérifié"


@pytest.fixture
async def app(migrated_url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Litestar]:
    """The application at the time of the test's clock."""
    async with serving(set_up(settings_for(migrated_url, tmp_path), clock)) as application:
        yield application


async def test_reading_costs_no_cookie_and_no_row(visitor: Visitor) -> None:
    answer = await visitor.get("/mentions-legales")
    assert "set-cookie" not in answer.headers
    assert await sessions.of_subject(SubjectKind.ANONYMOUS, "") == []


async def test_a_form_gives_a_cookie_and_still_no_row(visitor: Visitor) -> None:
    cookie = (await visitor.get("/connexion")).headers["set-cookie"]
    assert re.fullmatch(r"__Host-session=[A-Za-z0-9_-]{43}; Path=/; Secure; HttpOnly; SameSite=Lax", cookie)
    assert await sessions.of_subject(SubjectKind.ANONYMOUS, "") == []
    assert "set-cookie" not in (await visitor.get("/connexion")).headers


async def test_the_database_holds_no_identifier(service: Actor, clock: Clock) -> None:
    opened = await open_session(SubjectKind.FAMILY, new_id(), service.service_id, now=clock.now)
    kept = await sessions.by_hash(session_digest(opened.secret))
    assert kept is not None
    assert opened.secret not in repr(kept)


@pytest.mark.parametrize("kind", [SubjectKind.ACCOUNT, SubjectKind.FAMILY, SubjectKind.INSTITUTION])
async def test_a_session_ends_when_left_alone_and_in_any_case(service: Actor, clock: Clock, kind: SubjectKind) -> None:
    notes = SessionNotes(enter_by)
    lifetime = LIFETIMES[kind]
    secret = (await open_session(kind, new_id(), service.service_id, now=clock.now)).secret
    just_before = lifetime.idle - timedelta(minutes=1)
    born_at = clock.now
    clock.now += just_before
    assert await resume_session(secret, now=clock.now, notes=notes) is not None
    while clock.now + just_before < born_at + lifetime.total:
        clock.now += just_before
        assert await resume_session(secret, now=clock.now, notes=notes) is not None
    assert await resume_session(secret, now=born_at + lifetime.total, notes=notes) is None
    idle = (await open_session(kind, new_id(), service.service_id, now=clock.now)).secret
    assert await resume_session(idle, now=clock.now + lifetime.idle, notes=notes) is None


async def test_being_seen_costs_a_write_a_minute_at_most(service: Actor, clock: Clock) -> None:
    notes = SessionNotes(enter_by)
    secret = (await open_session(SubjectKind.FAMILY, new_id(), service.service_id, now=clock.now)).secret
    later = clock.now + timedelta(seconds=59)
    unseen = await resume_session(secret, now=later, notes=notes)
    assert unseen is not None
    assert unseen.seen_at == clock.now
    seen = await resume_session(secret, now=clock.now + timedelta(seconds=60), notes=notes)
    assert seen is not None
    assert seen.seen_at == clock.now + timedelta(seconds=60)
    kept = await sessions.by_hash(seen.id_hash)
    assert kept is not None
    assert kept.seen_at == clock.now
    assert [await notes.flush(), await notes.flush()] == [1, 0]
    assert await sessions.by_hash(seen.id_hash) == seen


async def test_what_a_page_shows_once_is_not_shown_again_though_nothing_was_written(
    app: Litestar, signed_in: SignedIn
) -> None:
    browser = await signed_in(Role.READER)
    page = "/compte/connexions"
    assert (await browser.send_form(page, f"{page}/fermer")).status_code == 303
    held = await fetch("SELECT data FROM session")
    said = ["Aucune autre connexion" in (await browser.get(each)).text for each in ("/aide", page, page)]
    assert said == [True, False, False]
    assert await fetch("SELECT data FROM session") == held
    assert await app.state["session_notes"].flush() == 1
    (kept,) = await fetch("SELECT data FROM session")
    assert "Aucune" in held[0]["data"]
    assert "Aucune" not in kept["data"]
    # The same words are said anew by the next act.
    await browser.send_form(page, f"{page}/fermer")
    assert "Aucune autre connexion" in (await browser.get(page)).text


async def test_the_sessions_of_a_link_close_together(service: Actor, clock: Clock) -> None:
    notes = SessionNotes(enter_by)
    link, other = new_id(), new_id()
    secrets = [
        (await open_session(SubjectKind.FAMILY, each, service.service_id, now=clock.now)).secret
        for each in (link, link, other)
    ]
    assert len(await list_sessions(SubjectKind.FAMILY, link, now=clock.now)) == 2
    assert await close_sessions_of(SubjectKind.FAMILY, link) == 2
    assert [await resume_session(each, now=clock.now, notes=notes) is None for each in secrets] == [True, True, False]
    clock.advance(hours=49)
    assert (await forget(now=clock.now)).counts[Remnant.SESSION] == 1


async def test_a_form_without_its_token_is_refused(signed_in: SignedIn, visitor_of: Callable[[], Visitor]) -> None:
    agent, other = await signed_in(Role.MANAGER), visitor_of()
    page, action = "/compte/connexions", "/compte/connexions/fermer"
    for data in ({}, {"_csrf": "0" * 64}, {"_csrf": await other.token("/connexion")}, {"_csrf": "é"}):
        answer = await agent.post(action, data=data)
        assert answer.status_code == 403, data
        assert FOREIGN in text_of(answer)
    token = await agent.token(page)
    assert (await agent.post(action, data={"_csrf": token})).status_code == 303
    assert (await agent.post(action, headers={"X-CSRF-Token": token})).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://ailleurs.fr"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
async def test_a_form_of_another_site_is_refused_even_with_its_token(
    signed_in: SignedIn, headers: dict[str, str]
) -> None:
    agent = await signed_in(Role.MANAGER)
    data = {"_csrf": await agent.token("/compte/connexions")}
    refused = await agent.post("/compte/connexions/fermer", data=data, headers=headers)
    assert refused.status_code == 403
    # « null » is what a browser tells of a page that must not be told of, behind a link.
    for own in ({"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}, {"Origin": "null"}, {}):
        assert (await agent.post("/compte/connexions/fermer", data=data, headers=own)).status_code == 303


async def test_each_page_serves_its_own_audience(
    service: Actor, visitor: Visitor, visitor_of: Callable[[], Visitor], clock: Clock
) -> None:
    family = await sign_in(visitor_of(), SubjectKind.FAMILY, new_id(), service.service_id, data={"name": "Lise"})
    for browser in (visitor, family):
        answer = await browser.get("/compte?onglet=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/connexion?suite=/compte%3Fonglet%3D1")
    posted = await visitor.post("/compte/mot-de-passe")
    assert (posted.status_code, posted.headers["location"]) == (303, "/connexion?motif=formulaire")


async def test_a_token_of_the_api_opens_no_page(visitor: Visitor, service: Actor) -> None:
    answer = await visitor.get("/compte", headers={"Authorization": "Bearer materiel_jeton"})
    assert answer.status_code == 303


async def test_a_session_opens_nothing_in_the_api(signed_in: SignedIn) -> None:
    agent = await signed_in(Role.ADMIN)
    answer = await agent.get("/api/items")
    assert answer.status_code == 401
    assert answer.json()["code"] == "auth.token_missing"


async def test_a_role_without_the_permission_is_told_so(app: Litestar, service: Actor, visitor: Visitor) -> None:
    """The guard itself, since which pages ask for which permission is told by the matrix of routes."""
    user = await make_account(service, Role.READER)
    reader = await sign_in(visitor, SubjectKind.ACCOUNT, user.id, user.service_id)
    asked = [
        route.path
        for route in app.routes
        if isinstance(route, HTTPRoute) and "{" not in route.path and "GET" in route.methods
        for handler in route.route_handlers
        if handler.opt.get("permission") is Permission.ADMINISTER and "GET" in handler.http_methods
    ]
    assert asked, "some pages are for administrators"
    for path in asked:
        answer = await reader.get(path)
        assert answer.status_code == 403, path
        assert "Votre rôle « Lecteur » ne permet pas" in text_of(answer)


def undeclared() -> ControllerRouterHandler:
    @get("/page-sans-public")
    async def page(request: Request[Any, Any, Any]) -> Response[str]:
        return Response("ouverte à tous")

    return page


def test_a_page_without_an_audience_stops_the_start() -> None:
    with pytest.raises(LookupError, match="/page-sans-public"):
        check_audiences(Litestar([undeclared()], openapi_config=None, logging_config=None))


def test_a_page_that_escapes_the_guard_stops_the_start() -> None:
    escaped = page_router("/", [undeclared()], audience=Audience.ACCOUNT)
    with pytest.raises(LookupError, match="escapes its guard"):
        check_audiences(Litestar([escaped], openapi_config=None, logging_config=None))
    watched = page_router("/", [undeclared()], audience=Audience.ACCOUNT)
    check_audiences(Litestar([watched], guards=[admit], openapi_config=None, logging_config=None))


async def test_every_page_of_the_site_says_whom_it_serves(app: Litestar) -> None:
    check_audiences(app)
    declared = {
        handler.opt["audience"]
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if "audience" in handler.opt
    }
    assert declared >= {Audience.PUBLIC, Audience.ACCOUNT}


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/parc?q=clavier", "/parc?q=clavier"),
        ("https://ailleurs.fr", "/"),
        ("//ailleurs.fr", "/"),
        ("/\\ailleurs.fr", "/"),
        ("/a\nb", "/"),
        ("", "/"),
    ],
)
def test_the_way_on_stays_on_this_site(wanted: str, led: str) -> None:
    assert safe_next(wanted) == led


async def test_old_tries_are_forgotten(app: Litestar, clock: Clock) -> None:
    limit = Limit(1, LONGEST_WINDOW)
    assert not await count_tries("essai", [("a", limit)], now=clock.now)
    assert await count_tries("essai", [("a", limit)], now=clock.now)
    await forget(now=clock.now + LONGEST_WINDOW)
    assert not await count_tries("essai", [("a", limit)], now=clock.now)


async def test_without_a_provider_its_pages_do_not_exist(visitor: Visitor) -> None:
    answer = await visitor.get("/connexion/identite")
    assert answer.status_code == 404
    assert "Utilisez votre mot de passe" in text_of(answer)
    assert COOKIE not in answer.headers.get("set-cookie", "")


async def test_without_a_provider_there_is_none_to_ask(app: Litestar) -> None:
    with refused(NotFound, "provider.none"):
        provider_of(RequestFactory(app=app).get(START))
