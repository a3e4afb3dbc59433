"""The page behind the QR code of a label, for whoever finds an item: whom to call, and nothing else.

That an item exists, what it is and who has it tell of a child's disability. The page is therefore the same for every
code, known or not, and is made without looking an item up: neither its text nor its time tells them apart. Only the
code of a label that was replaced is told, with the day: a label that is worth nothing says it to whoever holds it.
A manager who is signed in is led to the item, when it is the service's own; so is whoever came in by the link of the
institution that keeps it, and a family to its own agreement.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import PERMISSIONS, Permission
from materiel.domain.accounts.session import SubjectKind
from materiel.domain.item.label import name_for_strangers
from materiel.errors import NotFound
from materiel.use_cases.accounts.service import list_services
from materiel.use_cases.item.code import item_of_code, replaced_on
from materiel.use_cases.links.deposit import find_held, held_by
from materiel.use_cases.links.family_links import readers_behind
from materiel.use_cases.links.institution import institution_of_link
from materiel.use_cases.visitors.family import page_of_label
from materiel.web.audience import slow_down
from materiel.web.http.session import session_of
from materiel.web.pages.shell.rendering import render


@get(["/q/{code:str}", "/Q/{code:str}"], media_type=MediaType.HTML, name="label:show", guards=[slow_down])
async def label_page(
    request: Request[Any, Any, Any], code: FromPath[str], now: NamedDependency[datetime]
) -> Response[Any]:
    """Whom to call about a found item; without a session, no item of `code` is looked for."""
    person = session_of(request).person
    if person is not None and person.actor is not None and Permission.READ in PERMISSIONS[person.actor.role]:
        try:
            item_id = str((await item_of_code(code, actor=person.actor)).item.id)
        except NotFound as refusal:
            item_id = str(refusal.facts.get("item", ""))
            if item_id:
                await session_of(request).flash(refusal.message, "warning")
        if item_id:
            return Redirect(request.app.route_reverse("item:show", item_id=item_id), status_code=303)
    if person is not None and person.kind is SubjectKind.INSTITUTION and person.link_id is not None:
        with suppress(NotFound):
            institution = await institution_of_link(person.link_id, now=now)
            held = find_held(code, await held_by(institution))
            if held is not None:
                return Redirect(f"/e/materiels/{held.item.id}", status_code=303)
    if person is not None and person.kind is SubjectKind.FAMILY and person.link_id is not None:
        with suppress(NotFound):
            for reader in await readers_behind([person.link_id, *person.other_links], now=now):
                is_theirs, agreement_id = await page_of_label(code, reader)
                if is_theirs:
                    return Redirect(f"/f/documents/{agreement_id}" if agreement_id else "/f", status_code=303)
    contacts = [
        {
            "name": name_for_strangers(service),
            "phone": service.phone,
            "email": service.email,
            "hours": service.opening_hours,
        }
        for service in await list_services()
    ]
    return render(request, "item/label.html", {"contacts": contacts, "replaced_on": await replaced_on(code)})
