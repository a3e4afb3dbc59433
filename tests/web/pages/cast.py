"""Accounts of two services, each in a browser of its own, and forms sent as their readers would."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import httpx
from litestar import Litestar
from tests.stage.held import held
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.session import SubjectKind
from materiel.use_cases.accounts.session import open_session
from materiel.use_cases.accounts.user import CreateUser, create_user
from materiel.web.http.session import COOKIE

OURS, THEIRS = Actor("tests", Role.ADMIN, cast.SERVICE), Actor("tests", Role.ADMIN, cast.OTHER_SERVICE)


@dataclass(frozen=True)
class Accounts:
    """Browsers where somebody of Ille-et-Vilaine is logged in, and one of Finistère, who must see nothing."""

    app: Litestar
    actor: Actor
    admin: httpx.AsyncClient
    manager: httpx.AsyncClient
    reader: httpx.AsyncClient
    stranger: httpx.AsyncClient
    anonymous: httpx.AsyncClient


def browser(app: Litestar, secret: str = "") -> httpx.AsyncClient:
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url="https://127.0.0.1:8000"
    )
    if secret:
        client.headers["Cookie"] = f"{COOKIE}={secret}"
    return client


async def logged_in(app: Litestar, actor: Actor, role: Role, email: str) -> httpx.AsyncClient:
    return browser(app, await session_secret(actor, role, email))


async def session_secret(actor: Actor, role: Role, email: str) -> str:
    """The secret of a session of a new account."""
    user = await create_user(CreateUser(email=email, name=f"Alix {role.label}", role=role), actor=actor, now=cast.NOW)
    return (await open_session(SubjectKind.ACCOUNT, user.id, actor.service_id, now=cast.NOW)).secret


async def make_accounts(app: Litestar) -> Accounts:
    """The cast of the loans, and people to read it."""
    admin, manager, reader, stranger = await held("accounts beside the cast of the loans", _open_sessions)
    return Accounts(
        app=app,
        actor=OURS,
        admin=browser(app, admin),
        manager=browser(app, manager),
        reader=browser(app, reader),
        stranger=browser(app, stranger),
        anonymous=browser(app),
    )


async def _open_sessions() -> tuple[str, str, str, str]:
    await cast.set_up()
    return (
        await session_secret(OURS, Role.ADMIN, "admin@exemple.fr"),
        await session_secret(OURS, Role.MANAGER, "gestion@exemple.fr"),
        await session_secret(OURS, Role.READER, "lecture@exemple.fr"),
        await session_secret(THEIRS, Role.ADMIN, "autre@exemple.fr"),
    )


def text_of(answer: httpx.Response) -> str:
    """What a person reads: tags gone, entities resolved, one kind of space and of apostrophe."""
    bare = re.sub(r"<[^>]+>", " ", answer.text)
    return " ".join(html.unescape(bare).replace("’", "'").split())


def without_mark(page: str) -> str:
    """A page without the marks that tell one showing of its forms from another."""
    return re.sub(r'(name="_once" value=")[^"]+', r"\1", page)


def csrf_of(page: str) -> str:
    found = re.search(r'name="_csrf" value="([0-9a-f]{64})"', page)
    assert found, page[:2_000]
    return found[1]


def hidden_of(page: str, action: str) -> dict[str, list[str]]:
    """The hidden fields of the form that posts to an address, as the page holds them."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert form, f"no form posts to {action}"
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[1]):
        fields.setdefault(name, []).append(html.unescape(value))
    return fields


async def submit(
    client: httpx.AsyncClient,
    page: str,
    action: str = "",
    /,
    *,
    files: dict[str, object] | None = None,
    **values: object,
) -> httpx.Response:
    """Open a page, then send its form to `action` with these values; `__` in a name is a slash."""
    shown = await client.get(page)
    assert shown.status_code == 200, shown.text
    data: dict[str, object] = dict(hidden_of(shown.text, action or page))
    data |= {name.replace("__", "/"): value for name, value in values.items()}
    data.setdefault("_csrf", csrf_of(shown.text))
    return await client.post(action or page, data=data, files=files)  # type: ignore[arg-type]
