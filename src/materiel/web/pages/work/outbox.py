"""« Courriels sortants »: what was written to whom by the service, and whether a mail server accepted it.

The text of a message holds a family's link or code: an administrator reads it only where nothing is sent, on a
demonstration; a manager never does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from materiel.domain.accounts.roles import PERMISSIONS, Actor, Permission
from materiel.domain.language.order import LinePlace, Order
from materiel.domain.work.outbox import Message, MessageState
from materiel.errors import MaterielError, NotFound
from materiel.settings import Settings
from materiel.use_cases.mail.resending import resend, settle
from materiel.use_cases.mail.status import MailLine, mail_line, refused_mail
from materiel.use_cases.search.total import Total
from materiel.use_cases.work.outbox import get_message, message_page, total_messages
from materiel.web.audience import account_required, safe_next
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.paging import cut
from materiel.web.http.session import session_of
from materiel.web.pages.shell.listing import export_of, listing_of
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.shell.view import ListColumn, ListFilter, Sorts, View
from materiel.web.pages.work.mailing import Warned, kind_of, queued

PAGE = 50
REFUSED = "refuses"


@get("/", name="outbox:list")
async def show_list(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """The messages of the service, newest first unless sorted otherwise; `?etat=refuses`, what waits for a hand."""
    form = read_query(request)
    if form.typed("etat") == REFUSED:
        after = _id(form.typed("apres"))
        lines, following = cut(await refused_mail(actor=actor, limit=PAGE + 1, after=after), PAGE, _line_id)
        refused: dict[str, Any] = {
            "lines": lines,
            "next": f"/courriels?etat={REFUSED}&apres={following}" if following else "",
        }
        return render(request, "work/outbox/refused.html", refused)
    listing = await listing_of(MAIL, request, actor=actor, now=now, page=PAGE)
    context = {"listing": listing, "is_sending": settings.mail_server is not None}
    return render(request, "work/outbox/list.html", context)


@get(["/vue.csv", "/vue.xlsx"], name="outbox:view")
async def export_view(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """What the list shows, whole, for a spreadsheet."""
    return await export_of(MAIL, request, actor=actor, now=now)


Wanted = tuple[str, MessageState | None, Order]
ListedMessage = tuple[Message, LinePlace]


def wanted_of(form: Form, order: Order) -> Wanted:
    """A text, a state, and an order."""
    state = form.text("etat")
    return form.text("q")[:200], MessageState(state) if state in set(MessageState) else None, order


async def page_of(
    wanted: Wanted, *, actor: Actor, now: datetime, limit: int, after: LinePlace | None
) -> list[ListedMessage]:
    """Lines of the list."""
    return await message_page(*wanted, actor=actor, limit=limit, after=after)


async def how_many(wanted: Wanted, *, actor: Actor, now: datetime) -> Total:
    """The messages of the whole view."""
    return await total_messages(wanted[0], wanted[1], actor=actor, now=now)


async def filters(_: Form, __: Actor) -> list[ListFilter]:
    """What narrows the list."""
    return [ListFilter(name="etat", title="État", options=[(each.value, each.label) for each in MessageState])]


MAIL: View[ListedMessage] = View(
    path="/courriels",
    noun="courriel",
    nouns="courriels",
    columns=(
        ListColumn(name="objet", title="Objet", width="m-what", sorts=Sorts.FEW, cell=lambda each, _: each[0].subject),
        ListColumn(name="a", title="À", sorts=Sorts.FEW, cell=lambda each, _: each[0].to_address),
        ListColumn(
            name="ecrit",
            title="Écrit le",
            sorts=Sorts.ALWAYS,
            kind=UUID,
            last_first=True,
            cell=lambda each, actor: actor.civil_date(each[0].created_at),
        ),
        ListColumn(name="etat", title="État", sorts=Sorts.FEW, cell=lambda each, _: each[0].state),
    ),
    order=Order("ecrit", descending=True),
    read=wanted_of,
    page=page_of,
    total=how_many,
    place=lambda each: each[1],
    filters=filters,
    file="courriels",
)


@get("/{message_id:uuid}", name="outbox:show")
async def show_message(
    request: Request[Any, Any, Any],
    message_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """One message, with its text for an administrator where nothing is sent."""
    administers = Permission.ADMINISTER in PERMISSIONS[actor.role]
    message = await get_message(message_id, actor=actor)
    context = {
        "message": message,
        "line": await mail_line(message),
        "readable": administers and not settings.mail_server and not settings.production,
        "is_sending": settings.mail_server is not None,
    }
    return render(request, "work/outbox/show.html", context)


@post("/{message_id:uuid}/renvoyer", name="outbox:resend")
async def resend_page(
    request: Request[Any, Any, Any],
    message_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Redirect:
    """Queue a refused message again, to the address on file today."""
    form = await read_form(request)
    try:
        message = await resend(message_id, actor=actor, now=now)
        said = queued([message.to_address], settings)
    except NotFound:
        raise
    except MaterielError as refusal:
        said = Warned(refusal.message)
    await session_of(request).flash(said, kind_of(said))
    return Redirect(safe_next(form.typed("retour") or f"/courriels/{message_id}"), status_code=303)


@post("/{message_id:uuid}/classer", name="outbox:settle")
async def settle_page(
    request: Request[Any, Any, Any],
    message_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Say that the refusal is dealt with otherwise."""
    form = await read_form(request)
    said = "Ce refus est classé."
    try:
        await settle(message_id, actor=actor, now=now)
    except NotFound:
        raise
    except MaterielError as refusal:
        said = Warned(refusal.message)
    await session_of(request).flash(said, kind_of(said))
    return Redirect(safe_next(form.typed("retour") or f"/courriels/{message_id}"), status_code=303)


def _line_id(line: MailLine) -> UUID:
    return line.message.id


def _id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


router = account_required(
    "/courriels", [show_list, export_view, show_message, resend_page, settle_page], Permission.WRITE
)
