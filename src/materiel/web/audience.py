"""Whom a page serves. A page that does not say so is not served: the application refuses to start.

Without the right session, a page for accounts leads to the login and a page behind a link to an explanation; another
service's record is a 404, since the use cases do not find it. An account that owes the second factor of its service
reaches only the pages that say `opt=BEFORE_SECOND_FACTOR`, where it is set up. A device handed over to be signed on
reaches the pages of that signature alone, those for everybody not excepted, until the agent's password is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from time import monotonic
from typing import Any
from urllib.parse import quote

from litestar import Litestar, Request, Response, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.response import Redirect
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler, Empty

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.session import Person, SubjectKind
from materiel.web.http.csrf import SAFE_METHODS, csrf_token
from materiel.web.http.kept_form import KeptForm, give_back, given_back, keep_form
from materiel.web.http.rate_limit import RateLimit
from materiel.web.http.session import session_of
from materiel.web.http.visit import network_in
from materiel.web.pages.shell.navigation import home_of
from materiel.web.site import current_site

LOGIN = "/connexion"
DEMONSTRATION = "/demonstration"
LINK_NEEDED = "/lien-necessaire"
HANDED_OVER = "/sur-place"
SECOND_FACTOR = "/compte/second-facteur"
BEFORE_SECOND_FACTOR = {"before_second_factor": True}
OUTSIDE_PAGES = ("/api", "/static", "/healthz", "/readyz")


# Whoever is known, by a link or an account, is counted apart; a whole académie may come from one address: a class that
# scans its labels passes, a script does not.
BY_ADDRESS = RateLimit(rate=10, burst=300)
BY_PERSON = RateLimit(rate=2, burst=100)


class Audience(StrEnum):
    """Whom a page serves."""

    PUBLIC = "public"
    ACCOUNT = "account"
    FAMILY = "family"
    INSTITUTION = "institution"
    REFERENT = "referent"
    HANDED = "handed"


SUBJECTS = {
    Audience.ACCOUNT: SubjectKind.ACCOUNT,
    Audience.FAMILY: SubjectKind.FAMILY,
    Audience.INSTITUTION: SubjectKind.INSTITUTION,
    Audience.REFERENT: SubjectKind.REFERENT,
    Audience.HANDED: SubjectKind.HANDED,
}


class SessionRequired(Exception):
    """No session, or another kind than the page's. `page`: where what was typed will be given back."""

    def __init__(self, audience: Audience, page: str = "") -> None:
        super().__init__(audience.value)
        self.audience = audience
        self.page = page


class SecondFactorOwed(Exception):
    """The account must set up the second factor that its service requires before anything else."""


async def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let in whom the page serves; the guard of every page.

    Raises:
        SessionRequired: nobody known, or somebody whom another kind of page serves; any page but those of a signature
            in person, on a device handed over.
        SecondFactorOwed: an account without the second factor that its service requires.
        PermissionDenied: `actor.forbidden`, the account's role lacks the page's permission.
    """
    audience = Audience(handler.opt["audience"])
    given_back.set(None)
    person = session_of(connection).person
    if person is not None and person.kind is SubjectKind.HANDED and audience is not Audience.HANDED:
        # Public pages too: one of them lets in by a provider that remembers the agent, without a password.
        raise SessionRequired(audience)
    if audience is Audience.PUBLIC:
        return
    if person is None or person.kind is not SUBJECTS[audience]:
        kept = None
        if person is None and audience is Audience.ACCOUNT and isinstance(connection, Request):
            kept = await _kept(connection)
        raise SessionRequired(audience, kept.page if kept else "")
    if audience is Audience.ACCOUNT and person.actor is None:
        if handler.opt.get("before_second_factor"):
            return
        raise SecondFactorOwed
    permission = handler.opt.get("permission")
    if permission is not None:
        assert person.actor is not None
        if connection.url.path == "/" and home_of(person) != "/":
            raise SessionRequired(audience)
        person.actor.require(Permission(permission))
    await give_back(connection)


async def _kept(request: Request[Any, Any, Any]) -> KeptForm | None:
    """Keep the form of a session that is over, for the log-in of the same account."""
    if request.method in SAFE_METHODS:
        return None
    return await keep_form(request, csrf_token(current_site(request), session_of(request)))


async def slow_down(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Stop whoever tries one printed code after the other; a guard of the pages that anybody may open.

    Whoever a session names never waits for the others of their site.

    Raises:
        TooManyRequests: `request.too_many`.
    """
    person = session_of(connection).person
    if person is not None:
        BY_PERSON.take(str(person.account_id or person.link_id), monotonic())
        return
    BY_ADDRESS.take(network_in(connection.scope), monotonic())


async def provide_account_actor(request: Request[Any, Any, Any]) -> Actor:
    """Who acts, for the pages of an account."""
    person = session_of(request).person
    assert person is not None
    assert person.actor is not None
    return person.actor


async def provide_person(request: Request[Any, Any, Any]) -> Person:
    """Who reads, for the pages behind a session."""
    person = session_of(request).person
    assert person is not None
    return person


def page_router(
    path: str,
    handlers: Sequence[ControllerRouterHandler],
    *,
    audience: Audience,
    permission: Permission | None = None,
    largest_body: int | None = None,
    dependencies: Mapping[str, Provide] | None = None,
) -> Router:
    """The pages of one thing, all for one audience.

    Handlers may ask for `person: NamedDependency[Person]`, and for accounts `actor: NamedDependency[Actor]`.

    Args:
        permission: what the account's role must allow; a handler's own `opt={"permission": …}` wins.
        largest_body: bytes of the largest upload, when it is above the application's limit.
        dependencies: what else the handlers may ask for by name.
    """
    provided = dict(dependencies or {})
    if audience is not Audience.PUBLIC:
        provided["person"] = Provide(provide_person)
    if audience is Audience.ACCOUNT:
        provided["actor"] = Provide(provide_account_actor)
    return Router(
        path,
        route_handlers=handlers,
        dependencies=provided,
        opt={"audience": audience, "permission": permission},
        include_in_schema=False,
        request_max_body_size=Empty if largest_body is None else largest_body,
    )


def account_required(path: str, handlers: Sequence[ControllerRouterHandler], permission: Permission) -> Router:
    """Pages of an account whose role has a permission."""
    return page_router(path, handlers, audience=Audience.ACCOUNT, permission=permission)


def family_required(
    path: str, handlers: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide] | None = None
) -> Router:
    """Pages behind a family's link."""
    return page_router(path, handlers, audience=Audience.FAMILY, dependencies=dependencies)


def institution_required(
    path: str, handlers: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide] | None = None
) -> Router:
    """Pages behind the link of a school or a town hall."""
    return page_router(path, handlers, audience=Audience.INSTITUTION, dependencies=dependencies)


def referent_required(
    path: str, handlers: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide] | None = None
) -> Router:
    """Pages behind the link of a référent."""
    return page_router(path, handlers, audience=Audience.REFERENT, dependencies=dependencies)


def handed_required(
    path: str, handlers: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide] | None = None
) -> Router:
    """Pages of a device that an agent handed over."""
    return page_router(path, handlers, audience=Audience.HANDED, dependencies=dependencies)


def check_audiences(app: Litestar) -> None:
    """Refuse to start with a page that does not say whom it serves, or that the guard does not watch; `on_startup`."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith(OUTSIDE_PAGES):
            continue
        for handler in route.route_handlers:
            if not _is_watched(handler):
                raise LookupError(f"the page {route.path} declares no audience or escapes its guard")


def _is_watched(handler: HTTPRouteHandler) -> bool:
    return "audience" in handler.opt and admit in handler.resolve_guards()


def ask_for_session(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Lead to where a session is opened; what was typed in a form waits there, and is never sent by itself."""
    assert isinstance(error, SessionRequired)
    person = session_of(request).person
    if person is not None and person.kind is SubjectKind.HANDED:
        return Redirect(HANDED_OVER, status_code=303)
    if error.audience is Audience.HANDED:
        return Redirect(LOGIN, status_code=303)
    if request.url.path == "/" and home_of(person) != "/":
        return Redirect(home_of(person), status_code=303)
    if request.url.path == "/" and current_site(request).demonstration:
        return Redirect(DEMONSTRATION, status_code=303)
    if error.audience is not Audience.ACCOUNT:
        return Redirect(LINK_NEEDED, status_code=303)
    if request.method != "GET":
        asked = f"{LOGIN}?motif=formulaire"
        return Redirect(f"{asked}&suite={quote(error.page, safe='/')}" if error.page else asked, status_code=303)
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Redirect(LOGIN if wanted == "/" else f"{LOGIN}?suite={quote(wanted, safe='/')}", status_code=303)


def ask_for_second_factor(_: Request[Any, Any, Any], __: Exception) -> Response[Any]:
    """Lead to where the second factor is set up."""
    return Redirect(SECOND_FACTOR, status_code=303)


def safe_next(wanted: str) -> str:
    """A path of this site to go to after the login, or the home page: never another site."""
    is_path = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if is_path and wanted.isprintable() and len(wanted) <= 2_000 else "/"
