"""« Prêts et dépôts »: the list, what is missing to each, and what is done with some of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect, Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.dashboard import weight_of_loan
from materiel.domain.desk.lot import LotAct
from materiel.domain.language.order import LinePlace, Order
from materiel.domain.loan.alerts import age, brief
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.work.lot import MOST_LINES
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.desk.awaited import papers_to_sign
from materiel.use_cases.desk.lots.lot import StartLot
from materiel.use_cases.desk.route_sheet import MOST_STOPS, route_sheet, to_hand_over
from materiel.use_cases.loan.list import BY_AGE, MOST_BY_AGE, LoanFilter, LoanLine, loan_page, total_loans
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.printing import papers_of_loans
from materiel.use_cases.people.pupil import get_pupil
from materiel.use_cases.places.school import get_school
from materiel.use_cases.search.spelling import close_pupils
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.acting import CURSOR, chosen_in, lead_to_lot, may_write, pdf_answer, uuid_of, uuids_of
from materiel.web.pages.shell.listing import export_of, listing_of
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.shell.view import ListColumn, ListFilter, Sorts, View, ViewTab
from materiel.web.pages.work.printing import ask_how

PILES, PRINT = ("remettre", "reprendre"), "imprimer"
ROUTE_SHEET = "feuille"
MOST_IN_PILE = 100
"""Loans whose items are put on a pile at once: they stand in its address."""

PAGE = 30
ALL, DEPOSITS = "tous", "deposes"
NEWEST = Order("cree", descending=True)


@get("/", name="loan:list")
async def list_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """Loans under way or all of them, by state, school, pupil or item, sorted by what the address says."""
    listing = await listing_of(LOANS, request, actor=actor, now=now, page=PAGE)
    close = await close_pupils(listing.q, actor=actor) if listing.q and not listing.lines and listing.is_first else []
    context = {
        "listing": listing,
        "brief": brief,
        "weigh": partial(weight_of_loan, today=actor.civil_date(now), delays=actor.delays),
        "age": age,
        "close": close,
        "writes": may_write(actor),
    }
    return render(request, "loan/list.html", context)


@get(["/vue.csv", "/vue.xlsx"], name="loan:view")
async def export_view(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """What the list shows, whole, for a spreadsheet."""
    return await export_of(LOANS, request, actor=actor, now=now)


@get("/feuille-de-route.pdf", name="loan:route_sheet")
async def route_sheet_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[bytes]:
    """What these loans have to hand over, school by school."""
    loan_ids = uuids_of(read_query(request).many("loan"))
    return pdf_answer(await route_sheet(loan_ids, actor=actor, now=now), "feuille-de-route")


@post("/lot", name="loan:lot", opt={"permission": Permission.WRITE})
async def act_upon_some(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    issuer: NamedDependency[Issuer],
) -> Redirect | Response[str]:
    """Lead to the pile of what is ticked, or of the whole view; print it; write again to those who have not signed."""
    form = await read_form(request)
    act = form.typed("acte")
    most = {ROUTE_SHEET: MOST_STOPS}.get(act, MOST_IN_PILE if act in PILES else MOST_LINES)
    try:
        chosen = await chosen_in(LOANS, form, "loan", lambda line: line.loan.id, actor=actor, now=now, most=most)
        if act == ROUTE_SHEET:
            await to_hand_over(chosen[:MOST_STOPS], actor=actor)
            return _with_loans(request.app.route_reverse("loan:route_sheet"), chosen[:MOST_STOPS])
        if act in PILES:
            where = request.app.route_reverse("scan:pile", action=act)
            return _with_loans(where, chosen[:most])
        if act == PRINT:
            found, today = await papers_of_loans(chosen, actor=actor), actor.civil_date(now)
            return await ask_how(request, found, actor=actor, today=today, back=(LOANS.path, "Prêts et dépôts"))
        papers = await papers_to_sign(chosen, actor=actor)
        if papers:
            return await lead_to_lot(request, StartLot(act=LotAct.REMIND, references=tuple(papers)), issuer)
        said = "Aucune signature n'est attendue pour ces prêts."
    except MaterielError as refusal:
        said = refusal.message
    await session_of(request).flash(said, "warning")
    return Redirect(request.app.route_reverse("loan:list"), status_code=303)


def _with_loans(where: str, loan_ids: Sequence[UUID]) -> Redirect:
    return Redirect(f"{where}?{urlencode([('loan', str(each)) for each in loan_ids])}", status_code=303)


def wanted_of(form: Form, _: Order = NEWEST) -> LoanFilter:
    """What a search asks: loans under way, unless it says otherwise."""
    status, listed = form.text("etat"), form.text("liste")
    return LoanFilter(
        q=form.text("q"),
        status=LoanStatus(status) if status in set(LoanStatus) else None,
        under_way=not status and listed != ALL,
        school=form.text("etablissement").upper(),
        pupil=uuid_of(form.text("eleve")),
        deposits_only=listed == DEPOSITS,
    )


async def filters(form: Form, actor: Actor) -> list[ListFilter]:
    """What narrows the list; a pupil or a school is asked for by the link of its sheet."""
    told = [
        ListFilter(
            name="liste",
            title="Afficher",
            options=[(ALL, "Tous, terminés compris"), (DEPOSITS, "En cours, restant dans un établissement")],
            any="Prêts en cours",
        ),
        ListFilter(name="etat", title="État", options=[(each.value, each.label) for each in LoanStatus]),
    ]
    for name, title, named in (("eleve", "Élève", _pupil), ("etablissement", "Établissement", _school)):
        if asked := form.text(name):
            told.append(
                ListFilter(name=name, title=title, options=[(asked, await named(asked, actor))], asked_elsewhere=True)
            )
    return told


async def _pupil(asked: str, actor: Actor) -> str:
    pupil_id = uuid_of(asked)
    try:
        return "inconnu" if pupil_id is None else (await get_pupil(pupil_id, actor=actor)).full_name
    except NotFound:
        return "inconnu"


async def _school(asked: str, actor: Actor) -> str:
    try:
        return (await get_school(asked.upper(), actor=actor)).name
    except NotFound:
        return "inconnu"


async def tabs(_: Actor, __: datetime) -> list[ViewTab]:
    """The usual views."""
    return [
        ViewTab("Prêts en cours", {}),
        ViewTab("Brouillons", {"etat": LoanStatus.DRAFT.value}),
        ViewTab("Signés", {"etat": LoanStatus.SIGNED.value}),
        ViewTab(LoanStatus.HANDED_OVER.label, {"etat": LoanStatus.HANDED_OVER.value}),
        ViewTab("Dans un établissement", {"liste": DEPOSITS}),
        ViewTab("Tous", {"liste": ALL}),
    ]


async def page_of(
    wanted: tuple[LoanFilter, Order], *, actor: Actor, now: datetime, limit: int, after: LinePlace | None
) -> list[LoanLine]:
    """Lines of the list."""
    asked, order = wanted
    return await loan_page(asked, order, actor=actor, now=now, limit=limit, after=after)


def missing_of(line: LoanLine) -> str:
    """What is missing to a loan, in words."""
    return brief(line.alerts)


LOANS = View(
    path="/prets",
    noun="prêt ou dépôt",
    nouns="prêts et dépôts",
    columns=(
        ListColumn(
            name="qui",
            title="Pour qui",
            width="m-who",
            sorts=Sorts.FEW,
            cell=lambda line, _: line.place.pupil_name or line.loan.usage.label,
        ),
        ListColumn(
            name="numero", title="Convention", width="m-xwide", sorts=Sorts.FEW, cell=lambda line, _: line.number
        ),
        ListColumn(
            name="nombre",
            title="Nombre",
            width="m-n",
            sorts=Sorts.FEW,
            kind=int,
            last_first=True,
            cell=lambda line, _: len(line.loan.items),
        ),
        ListColumn(
            name="ou", title="Où", width="m-where", sorts=Sorts.FEW, cell=lambda line, _: line.place.school_name
        ),
        ListColumn(name="etat", title="État", sorts=Sorts.FEW, kind=int, cell=lambda line, _: line.loan.status),
        ListColumn(name="fin", title="Jusqu’au", sorts=Sorts.FEW, kind=date, cell=lambda line, _: line.loan.ends_on),
        ListColumn(name="manque", title="Ce qui manque", width="m-what", cell=lambda line, _: missing_of(line)),
        ListColumn(
            name=BY_AGE,
            title="Depuis",
            width="m-n",
            sorts=Sorts.FEW,
            kind=int,
            last_first=True,
            most=MOST_BY_AGE,
            cell=lambda line, _: age(line.alerts),
        ),
    ),
    order=NEWEST,
    extra=((NEWEST, "Préparés récemment", UUID), (Order("cree"), "Préparés il y a longtemps", UUID)),
    read=lambda form, order: (wanted_of(form), order),
    page=page_of,
    total=lambda wanted, *, actor, now: total_loans(wanted[0], actor=actor, now=now),
    place=lambda line: line.at or LinePlace(None, line.loan.id),
    filters=filters,
    tabs=tabs,
    file="prets",
    cursor=CURSOR,
)

router = Router(
    "/",
    route_handlers=[
        account_required("/prets", [list_page, export_view, route_sheet_page, act_upon_some], Permission.READ)
    ],
    dependencies={"issuer": Provide(provide_issuer)},
)
