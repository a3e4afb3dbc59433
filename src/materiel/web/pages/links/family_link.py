"""The link of a message: opened, it gives a session and an address without the token; over, it says how to go on.

The same page answers an unknown link, an expired one and a closed one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.session import LINKS, MESSAGE, SubjectKind
from materiel.domain.links.access_link import AccessLink, LinkKind
from materiel.use_cases.accounts.session_notes import ENTERED
from materiel.use_cases.links.access_link import leads_somewhere, link_of_token, open_link, person_of_link
from materiel.use_cases.links.family_links import opened_together
from materiel.use_cases.people.death import service_to_call
from materiel.use_cases.visitors.family import find_by_code
from materiel.web.audience import Audience, page_router
from materiel.web.http.head import asks_headers_only
from materiel.web.http.session import session_of
from materiel.web.http.visit import slow_guesses
from materiel.web.pages.links.mourning import Mourning
from materiel.web.pages.shell.rendering import render


@get("/f/{token:str}", name="family:open")
async def open_home(
    request: Request[Any, Any, Any], token: FromPath[str], now: NamedDependency[datetime]
) -> Response[Any]:
    """Exchange a link for a session, then show what is lent."""
    link = await _opened(request, token, now)
    if link is None:
        slow_guesses(request)
        return render(request, "links/dead.html", {"token": token, "is_family": True}, status=404)
    return Redirect("/f", status_code=303)


@get("/f/{token:str}/{code:str}", name="family:open_document")
async def open_document(
    request: Request[Any, Any, Any], token: FromPath[str], code: FromPath[str], now: NamedDependency[datetime]
) -> Response[Any]:
    """Exchange a link for a session, then show the document that the message is about."""
    link = await _opened(request, token, now)
    if link is None:
        slow_guesses(request)
        return render(request, "links/dead.html", {"token": token, "is_family": True}, status=404)
    document_id = await find_by_code(code, await person_of_link(link.id, now=now))
    return Redirect(f"/f/documents/{document_id}" if document_id else "/f", status_code=303)


async def _opened(request: Request[Any, Any, Any], token: str, now: datetime) -> AccessLink | None:
    known = await link_of_token(token)
    if known is not None and (service := await service_to_call(known.id)):
        raise Mourning(service)
    if asks_headers_only(request):
        is_family = known is not None and known.kind is LinkKind.FAMILY
        return known if known and is_family and await leads_somewhere(known, now=now) else None
    link = await open_link(token, now=now)
    if link is None or link.kind is not LinkKind.FAMILY:
        return None
    session = session_of(request)
    former = session.person
    kept: dict[str, object] = {}
    if former is not None and former.kind is SubjectKind.FAMILY and former.link_id is not None:
        others = await opened_together(link, [former.link_id, *former.other_links], now=now)
        # What was read and typed for another child of the family is not lost by opening the link of this one.
        kept = {**session.data, LINKS: [str(each) for each in others]} if others else {}
    data = {name: value for name, value in kept.items() if name not in (ENTERED, MESSAGE)} | {"name": link.name}
    await session.open(SubjectKind.FAMILY, link.id, link.service_id, data=data)
    return link


router = page_router("/", [open_home, open_document], audience=Audience.PUBLIC)
