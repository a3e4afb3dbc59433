"""« Documents »: the list, whom each waits for, and what is done with some of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect, Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.lot import LotAct
from materiel.domain.language.order import LinePlace, Order
from materiel.domain.papers.document import DocumentKind, DocumentStatus, Party, shown_state
from materiel.domain.work.lot import MOST_LINES
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.desk.awaited import PARTIES, AskGroup, ask_group, check_others
from materiel.use_cases.desk.lots.lot import StartLot, is_many
from materiel.use_cases.loan.list import DocumentFilter, DocumentLine, document_page, total_documents
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import CURSOR, chosen_in, lead_to_lot, may_write
from materiel.web.pages.shell.listing import export_of, listing_of, query_of
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.shell.view import ListColumn, ListFilter, Sorts, View, ViewTab
from materiel.web.pages.work.mailing import say, told_asked

NEWEST = Order("cree", descending=True)


@get("/", name="document:list")
async def list_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """Documents by number, kind and state, or only those that await a signature."""
    listing = await listing_of(DOCUMENTS, request, actor=actor, now=now)
    today = actor.civil_date(now)
    stands = {line.document.id: shown_state(line.document, today) for line in listing.lines}
    context = {"listing": listing, "stands": stands, "today": today, "writes": may_write(actor)}
    return render(request, "papers/list.html", context)


@get(["/vue.csv", "/vue.xlsx"], name="document:view")
async def export_view(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """What the list shows, whole, for a spreadsheet."""
    return await export_of(DOCUMENTS, request, actor=actor, now=now)


@post("/lot", name="document:lot", opt={"permission": Permission.WRITE})
async def act_upon_some(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    issuer: NamedDependency[Issuer],
    settings: NamedDependency[Settings],
) -> Redirect:
    """Write again to those who have not signed what is ticked, or the whole view; or to those of one party.

    A few leave at once; beyond, and for what is asked again, the page of the lot says what became of each.
    """
    form = await read_form(request)
    try:
        chosen = await chosen_in(
            DOCUMENTS, form, "documents", lambda line: line.document.id, actor=actor, now=now, most=MOST_LINES
        )
        if not (asked := form.typed("party")):
            return await lead_to_lot(request, StartLot(act=LotAct.REMIND, references=tuple(chosen)), issuer)
        party = next((each for each in PARTIES if each.value == asked), Party.MANAGING_SERVICE)
        check_others(party)
        if is_many(chosen):
            lot = StartLot(act=LotAct.SEND, references=tuple(chosen), party=party)
            return await lead_to_lot(request, lot, issuer)
        done = await ask_group(AskGroup(document_ids=tuple(chosen), party=party), issuer=issuer)
        await say(request, told_asked(done, settings))
    except MaterielError as refusal:
        await session_of(request).flash(refusal.message, "warning")
    where = request.app.route_reverse("document:list")
    return Redirect(where + (await query_of(DOCUMENTS, form, actor)).rstrip("?"), status_code=303)


def wanted_of(form: Form) -> DocumentFilter:
    """What a search asks."""
    kind, status = form.text("nature"), form.text("etat")
    return DocumentFilter(
        number=form.text("q")[:200],
        kind=DocumentKind(kind) if kind in set(DocumentKind) else None,
        status=DocumentStatus(status) if status in set(DocumentStatus) else None,
        awaiting=form.ticked("attente"),
    )


async def filters(_: Form, __: Actor) -> list[ListFilter]:
    """What narrows the list."""
    return [
        ListFilter(
            name="nature",
            title="Nature",
            options=[(each.value, each.label) for each in DocumentKind],
            any="Toutes",
        ),
        ListFilter(name="etat", title="État", options=[(each.value, each.label) for each in DocumentStatus]),
        ListFilter(name="attente", title="Signature", options=[("oui", "attendue")], any="Attendue ou non"),
    ]


async def tabs(_: Actor, __: datetime) -> list[ViewTab]:
    """The usual views."""
    return [
        ViewTab("Tous", {}),
        ViewTab("Attendent une signature", {"attente": "oui"}),
        ViewTab("Notifications", {"nature": DocumentKind.NOTICE.value}),
    ]


async def page_of(
    wanted: tuple[DocumentFilter, Order], *, actor: Actor, now: datetime, limit: int, after: LinePlace | None
) -> list[DocumentLine]:
    """Lines of the list."""
    asked, order = wanted
    return await document_page(asked, order, actor=actor, limit=limit, after=after)


DOCUMENTS = View(
    path="/documents",
    noun="document",
    nouns="documents",
    columns=(
        ListColumn(name="numero", title="Numéro", sorts=Sorts.FEW, cell=lambda line, _: line.document.number),
        ListColumn(name="nature", title="Nature", sorts=Sorts.FEW, cell=lambda line, _: line.document.kind),
        ListColumn(name="qui", title="Élève", sorts=Sorts.FEW, cell=lambda line, _: line.place.pupil_name),
        ListColumn(
            name="ou",
            title="Établissement",
            width="m-wide",
            sorts=Sorts.FEW,
            cell=lambda line, _: line.place.school_name,
        ),
        ListColumn(
            name="emis",
            title="Émis le",
            width="m-n",
            sorts=Sorts.FEW,
            kind=date,
            last_first=True,
            cell=lambda line, _: line.document.issued_on,
        ),
        ListColumn(name="etat", title="État", cell=lambda line, _: line.document.status),
        ListColumn(
            name="manque",
            title="Ce qui manque",
            sorts=Sorts.FEW,
            kind=int,
            last_first=True,
            cell=lambda line, _: ", ".join(line.awaited_of),
        ),
    ),
    order=NEWEST,
    extra=((NEWEST, "Émis récemment", UUID), (Order("cree"), "Émis il y a longtemps", UUID)),
    read=lambda form, order: (wanted_of(form), order),
    page=page_of,
    total=lambda wanted, *, actor, now: total_documents(wanted[0], actor=actor, now=now),
    place=lambda line: line.at or LinePlace(None, line.document.id),
    filters=filters,
    tabs=tabs,
    file="documents",
    cursor=CURSOR,
)

router = Router(
    "/",
    route_handlers=[account_required("/documents", [list_page, export_view, act_upon_some], Permission.READ)],
    dependencies={"issuer": Provide(provide_issuer)},
)
