"""« L'état du matériel »: what a family says of it from a telephone, in words and photographs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.session import Person
from materiel.domain.circuit.condition.remark import MOST_REMARKS, REMARK_MAX
from materiel.domain.circuit.condition.state import ConditionMoment
from materiel.domain.incident.photo import LARGEST_PHOTO, MOST_AT_ONCE
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.visitors.condition import RemarkableItem, SayCondition, remarkable_item, say_condition
from materiel.web.audience import Audience, page_router
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.links.session import of_whom, readers_of
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "visitors/family/condition.html"


@get("/prets/{loan_id:uuid}/{item_id:uuid}/etat", name="family:condition")
async def show(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    item_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[str]:
    """What the service noted, what was said, and the form."""
    readers = await readers_of(person, now)
    _, about = await of_whom(readers, lambda each: remarkable_item(loan_id, item_id, each, now))
    form = Form.filled(moment=next(iter(about.open_now)))
    return render(request, TEMPLATE, {"form": form, **_context(about)})


@post("/prets/{loan_id:uuid}/{item_id:uuid}/etat", name="family:say_condition")
async def say(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    item_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Keep what is said as it is said."""
    readers = await readers_of(person, now)
    reader, about = await of_whom(readers, lambda each: remarkable_item(loan_id, item_id, each, now))
    form = await read_form(request)
    moment = form.choice("moment", ConditionMoment, required="Dites de quel moment vous parlez.")
    text = form.text("text", required="Écrivez votre remarque.")
    if moment is not None and text and not form.faults:
        sent = form.several_files("photos")
        command = SayCondition(moment=moment, text=text, files=tuple([await each.read() for each in sent]))
        try:
            await say_condition(command, loan_id=loan_id, item_id=item_id, person=reader, now=now)
        except NotFound:
            raise
        except MaterielError as refusal:
            form.refuse(refusal, "photos" if refusal.code.startswith("photo.") else "text")
        else:
            await session_of(request).flash("Votre remarque est gardée, telle quelle. Le service la lira.")
            to = request.app.route_reverse("family:condition", loan_id=loan_id, item_id=item_id)
            return Redirect(to, status_code=303)
    return render_form(request, TEMPLATE, form, _context(about))


def _context(about: RemarkableItem) -> dict[str, Any]:
    return {
        "about": about,
        "item": about.item,
        "moments": [(moment.value, moment.label) for moment in about.open_now],
        "until": max(about.open_now.values()),
        "longest": REMARK_MAX,
        "most_remarks": MOST_REMARKS,
        "megabytes": LARGEST_PHOTO // 10**6,
        "most": MOST_AT_ONCE,
    }


router = page_router(
    "/f", [show, say], audience=Audience.FAMILY, largest_body=MOST_AT_ONCE * LARGEST_PHOTO + 50_000_000
)
