"""The link of an institution's mailbox: opened, it gives a session and an address without the token.

The same page answers an unknown link, an expired one and a closed one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.session import SubjectKind
from materiel.settings import Settings
from materiel.use_cases.institution_link import open_institution_link, request_institution_link
from materiel.web.audience import Audience, page_router
from materiel.web.forms import read_form
from materiel.web.pages.family_link import NEW_LINKS, OPENINGS, limit_tries
from materiel.web.pages.rendering import render
from materiel.web.session import session_of


@get("/e/{token:str}", name="institution:open")
async def open_home(
    request: Request[Any, Any, Any], token: FromPath[str], now: NamedDependency[datetime]
) -> Response[Any]:
    """Exchange a link for a session, then show what is deposited."""
    await limit_tries(request, "open_link", OPENINGS, now)
    institution = await open_institution_link(token, now=now)
    if institution is None:
        return render(request, "institution/dead_link.html", {"token": token}, status=404)
    link = institution.link
    await session_of(request).open(SubjectKind.INSTITUTION, link.id, link.service_id, data={"name": institution.name})
    return Redirect("/e", status_code=303)


@post("/e/nouveau-lien", name="institution:ask_link")
async def ask_link(
    request: Request[Any, Any, Any], now: NamedDependency[datetime], settings: NamedDependency[Settings]
) -> Response[Any]:
    """Send a new link to the mailbox on file, if there is one; the answer is the same for everybody."""
    await limit_tries(request, "new_link", NEW_LINKS, now)
    form = await read_form(request)
    await request_institution_link(form.typed("token"), base_url=settings.base_url, now=now)
    return Redirect("/e/nouveau-lien", status_code=303)


@get("/e/nouveau-lien", name="institution:link_asked")
async def link_asked(request: Request[Any, Any, Any]) -> Response[str]:
    """Say where to look for the new link."""
    return render(request, "institution/link_asked.html")


router = page_router("/", [open_home, ask_link, link_asked], audience=Audience.PUBLIC)
