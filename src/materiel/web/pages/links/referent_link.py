"""The link of a référent: opened, it gives a session and an address without the token.

The same page answers an unknown link, an expired one and a closed one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.session import SubjectKind
from materiel.use_cases.links.referent import open_referent_link
from materiel.web.audience import Audience, page_router
from materiel.web.http.head import asks_headers_only
from materiel.web.http.session import session_of
from materiel.web.http.visit import slow_guesses
from materiel.web.pages.shell.rendering import render


@get("/r/{token:str}", name="sector:open")
async def open_home(
    request: Request[Any, Any, Any], token: FromPath[str], now: NamedDependency[datetime]
) -> Response[Any]:
    """Exchange a link for a session, then show the sector."""
    looks_only = asks_headers_only(request)
    reader = await open_referent_link(token, now=now, looks_only=looks_only)
    if reader is None:
        slow_guesses(request)
        return render(request, "links/dead.html", {"token": token, "is_family": False, "is_referent": True}, status=404)
    if not looks_only:
        data = {"name": reader.referent.name}
        await session_of(request).open(SubjectKind.REFERENT, reader.link.id, reader.link.service_id, data=data)
    return Redirect("/r", status_code=303)


router = page_router("/", [open_home], audience=Audience.PUBLIC)
