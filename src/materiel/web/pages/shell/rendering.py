"""Templates to pages: one strict, self-escaping environment, and what the shell of every page needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Litestar, MediaType, Request, Response
from markupsafe import Markup

from materiel.domain.accounts.roles import PERMISSIONS, Permission
from materiel.domain.accounts.session import Person
from materiel.domain.calendar.civil_day import MAINLAND
from materiel.domain.language import states
from materiel.domain.language.typography import bound_html
from materiel.settings import resource_dir
from materiel.web.http.csrf import csrf_field, csrf_token
from materiel.web.http.forms import Form
from materiel.web.http.once import once_field
from materiel.web.http.session import ShownMessage, WebSession, session_if_any
from materiel.web.pages.shell.filters import FILTERS, clocks_of
from materiel.web.pages.shell.navigation import FOOTER, Menu, MenuEntry, acts_of, home_of, menu_of
from materiel.web.pages.shell.waiting import counts_of
from materiel.web.site import Site, current_site


@cache
def environment() -> Environment:
    """Templates of `templates/pages`, which may import `macros/…`; an unknown variable is an error."""
    templates = resource_dir("templates")
    made = Environment(
        loader=FileSystemLoader([templates / "pages", templates]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    made.globals["states"] = states
    return made


@dataclass(frozen=True, slots=True)
class Shell:
    """What surrounds the content of a page: `shell` in every template."""

    site: Site
    path: str
    person: Person | None
    menu: Menu
    acts: list[MenuEntry]
    counts: dict[str, str]
    flash: ShownMessage | None
    session: WebSession | None
    app: Litestar

    @property
    def service_name(self) -> str:
        """The name of the service, at the head of every page."""
        return self.site.settings.service_name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the pages: that of the reader's service, and the mainland's for a stranger."""
        return MAINLAND if self.person is None else self.person.zone

    @property
    def footer(self) -> tuple[MenuEntry, ...]:
        """The links at the foot of every page."""
        return FOOTER

    @property
    def home(self) -> str:
        """Where the name of the site leads."""
        return home_of(self.person)

    @property
    def is_desk(self) -> bool:
        """Whether the page is one of those that people spend the day in: an account that may work reads it."""
        return bool(self.menu.sections) and self.is_read_by("account")

    def is_read_by(self, kind: str) -> bool:
        """Whether the reader came in as `account`, `family` or `institution`."""
        return self.person is not None and self.person.kind == kind

    def asset(self, path: str) -> str:
        """The address of one of our files: `shell.asset("js/scan.js")`."""
        return self.site.own.url(path)

    def url(self, name: str, **parameters: object) -> str:
        """The address of a named route: `shell.url("item:show", item_id=…)`. An unknown one is an error."""
        return self.app.route_reverse(name, **parameters)

    def url_if_served(self, name: str, **parameters: object) -> str:
        """The address of a named route, or nothing where this installation does not serve it."""
        return self.url(name, **parameters) if name in route_names(self.app) else ""

    def may(self, permission: str) -> bool:
        """Whether the role of the account allows `read`, `write` or `administer`."""
        if self.person is None or self.person.actor is None:
            return False
        return Permission(permission) in PERMISSIONS[self.person.actor.role]

    @property
    def csrf(self) -> Markup:
        """The hidden fields that every form posts: `{{ shell.csrf }}`; the second one makes it act once."""
        return Markup() if self.session is None else csrf_field(self.site, self.session) + once_field()

    @property
    def csrf_token(self) -> str:
        """The same token, for the `X-CSRF-Token` header of a script."""
        return "" if self.session is None else csrf_token(self.site, self.session)


def render(
    request: Request[Any, Any, Any], template: str, context: Mapping[str, object] | None = None, status: int = 200
) -> Response[str]:
    """The page `templates/pages/<template>`. Every value is escaped; `shell` holds what surrounds it."""
    shell = _shell(request)
    values = {"shell": shell, **(context or {})}
    with clocks_of(shell.zone):
        html = bound_html(environment().get_template(template).render(values))
    return Response(html, status_code=status, media_type=MediaType.HTML)


def render_form(
    request: Request[Any, Any, Any], template: str, form: Form, context: Mapping[str, object] | None = None
) -> Response[str]:
    """The page of a refused form, with its messages: 422, or 429 and 503 with how long to wait.

    The template finds it under `form`.
    """
    page = render(request, template, {"form": form, **(context or {})}, status=form.status)
    if form.retry_after:
        page.headers["Retry-After"] = str(form.retry_after)
    return page


def _shell(request: Request[Any, Any, Any]) -> Shell:
    session = session_if_any(request)
    person = session.person if session else None
    return Shell(
        site=current_site(request),
        path=request.scope["path"],
        person=person,
        menu=menu_of(person, route_names(request.app)),
        acts=acts_of(person, route_names(request.app)),
        counts=counts_of(request.scope),
        flash=session.take_flash() if session else None,
        session=session,
        app=request.app,
    )


@cache
def route_names(app: Litestar) -> frozenset[str]:
    """The names of the routes that this installation serves."""
    return frozenset(name for route in app.routes for handler in _handlers(route) if (name := handler.name))


def _handlers(route: Any) -> list[Any]:
    return list(getattr(route, "route_handlers", None) or [route.route_handler])
