"""The link of a message: opened, it gives a session and an address without the token; over, it says how to go on.

The same page answers an unknown link, an expired one and a closed one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.access_link import AccessLink, LinkKind
from materiel.domain.attempt import Limit
from materiel.domain.session import SubjectKind
from materiel.settings import Settings
from materiel.use_cases.access_link import open_link, person_of_link, request_new_link
from materiel.use_cases.attempt import count_attempt
from materiel.use_cases.family import find_by_code
from materiel.web.audience import Audience, page_router
from materiel.web.errors import TooManyRequests
from materiel.web.forms import read_form
from materiel.web.pages.rendering import render
from materiel.web.session import address_of, session_of

OPENINGS = Limit(most=60, window=timedelta(minutes=10))
NEW_LINKS = Limit(most=5, window=timedelta(hours=1))


@get("/f/{token:str}", name="family:open")
async def open_home(
    request: Request[Any, Any, Any], token: FromPath[str], now: NamedDependency[datetime]
) -> Response[Any]:
    """Exchange a link for a session, then show what is lent."""
    link = await _opened(request, token, now)
    if link is None:
        return render(request, "family/dead_link.html", {"token": token}, status=404)
    return Redirect("/f", status_code=303)


@get("/f/{token:str}/{code:str}", name="family:open_document")
async def open_document(
    request: Request[Any, Any, Any], token: FromPath[str], code: FromPath[str], now: NamedDependency[datetime]
) -> Response[Any]:
    """Exchange a link for a session, then show the document that the message is about."""
    link = await _opened(request, token, now)
    if link is None:
        return render(request, "family/dead_link.html", {"token": token}, status=404)
    document_id = await find_by_code(code, await person_of_link(link.id, now=now))
    return Redirect(f"/f/documents/{document_id}" if document_id else "/f", status_code=303)


@post("/f/nouveau-lien", name="family:ask_link")
async def ask_link(
    request: Request[Any, Any, Any], now: NamedDependency[datetime], settings: NamedDependency[Settings]
) -> Response[Any]:
    """Send a new link to the address on file, if there is one; the answer is the same for everybody."""
    await limit_tries(request, "new_link", NEW_LINKS, now)
    form = await read_form(request)
    await request_new_link(form.typed("token"), base_url=settings.base_url, now=now)
    return Redirect("/f/nouveau-lien", status_code=303)


@get("/f/nouveau-lien", name="family:link_asked")
async def link_asked(request: Request[Any, Any, Any]) -> Response[str]:
    """Say where to look for the new link."""
    return render(request, "family/link_asked.html")


async def _opened(request: Request[Any, Any, Any], token: str, now: datetime) -> AccessLink | None:
    await limit_tries(request, "open_link", OPENINGS, now)
    link = await open_link(token, now=now)
    if link is None or link.kind is not LinkKind.FAMILY:
        return None
    await session_of(request).open(SubjectKind.FAMILY, link.id, link.service_id, data={"name": link.name})
    return link


async def limit_tries(request: Request[Any, Any, Any], purpose: str, limit: Limit, now: datetime) -> None:
    """Count one try of an address, and refuse one too many.

    Raises:
        TooManyRequests: `request.too_many`, with the seconds to wait.
    """
    wait = await count_attempt(purpose, address_of(request), limit, now=now)
    if wait is not None:
        raise TooManyRequests(
            "request.too_many",
            "Trop d'essais en peu de temps. Attendez quelques minutes, puis recommencez.",
            retry_after=max(1, round(wait.total_seconds())),
        )


router = page_router("/", [open_home, open_document, ask_link, link_asked], audience=Audience.PUBLIC)
