"""« Journal »: what was done, to whom and by whom, filtered and taken away; its verification by an administrator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.history.filter import JournalFilter, read_target
from materiel.domain.history.sentence import Subject
from materiel.domain.language.order import Order
from materiel.errors import BadInput
from materiel.exchange.tabular import TableFormat
from materiel.exchange.writing import Cell
from materiel.use_cases.history.check import ask_for_check
from materiel.use_cases.history.list import (
    BY_ACT,
    BY_DATE,
    BY_THING,
    BY_WHO,
    GONE,
    MOST_SORTED,
    ListedEntry,
    acts,
    export_journal,
    journal_page,
    total_entries,
)
from materiel.use_cases.history.target import find_targets, name_of
from materiel.use_cases.search.total import Total
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.paging import cut, read_cursor
from materiel.web.pages.imports.export import table_file
from materiel.web.pages.shell.listing import Chip, heading_of, orders_of
from materiel.web.pages.shell.query import query
from materiel.web.pages.shell.rendering import render, route_names
from materiel.web.pages.shell.view import ListColumn, Sorts, order_among

PAGE = 50
NEWEST = Order(BY_DATE, descending=True)


def _made(name: str, title: str, cell: Callable[[ListedEntry, Actor], Cell]) -> ListColumn[ListedEntry]:
    """A column that is made when an entry is told: it sorts a short view alone."""
    return ListColumn(name=name, title=title, sorts=Sorts.FEW, most=MOST_SORTED, cell=cell)


COLUMNS: tuple[ListColumn[ListedEntry], ...] = (
    ListColumn(
        name=BY_DATE,
        title="Date",
        sorts=Sorts.ALWAYS,
        last_first=True,
        cell=lambda line, actor: actor.civil_date(line.at),
    ),
    _made(BY_ACT, "Fait", lambda line, _: line.sentence),
    _made(BY_THING, "À propos de", lambda line, _: line.thing),
    _made(BY_WHO, "Par", lambda line, _: line.who),
)
SHEETS = {
    Subject.ITEM: ("item:show", "item_id"),
    Subject.LOAN: ("loan:show", "loan_id"),
    Subject.DOCUMENT: ("document:show", "document_id"),
    Subject.PUPIL: ("pupil:show", "pupil_id"),
    Subject.NEED: ("need:show", "need_id"),
    Subject.STOCKTAKE: ("stocktake:show", "stocktake_id"),
    Subject.DISPOSAL: ("disposal:show", "disposal_id"),
    Subject.KIT: ("kit:show", "kit_id"),
    Subject.TRANSFER: ("transfer:show", "transfer_id"),
    Subject.SAFETY_RECALL: ("safety:show", "recall_id"),
    Subject.LICENCE: ("licence:show", "licence_id"),
    Subject.REFERENT: ("referent:show", "referent_id"),
    Subject.INCIDENT: ("incident:show", "incident_id"),
}
"""The route of the page of a thing, and the name of its parameter."""
ASKED = ("objet", "acte", "sur", "du", "au")
"""The parameters of a filter; « q » looks for whom or what « sur » holds."""


@get("/", name="journal:list")
async def show(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """Entries newest first, or by another column: of a kind of thing, an act, a person or thing, between two dates."""
    form = read_query(request)
    candidates = await find_targets(form.text("q"), actor=actor)
    if len(candidates) == 1:
        form.set("sur", str(candidates[0].target))
        candidates = []
    wanted = read_filter(form)
    cursor = form.text("avant") or None
    lines: list[ListedEntry] = []
    following: str | None = None
    order, notice, total = NEWEST, "", Total(0)
    if not form.faults:
        total = await total_entries(wanted, actor=actor)
        typed = form.text("tri")
        order, notice = order_among(COLUMNS, Order.read(typed) if typed else NEWEST, NEWEST, total)
        after = read_cursor(cursor, int)
        found = await journal_page(wanted, order, actor=actor, limit=PAGE + 1, after=after)
        lines, following = cut(found, PAGE, lambda line: line.sequence)
    search = {name: form.typed(name) for name in ASKED}
    kept = {**search, "tri": "" if order == NEWEST else str(order)}
    form.set("tri", kept["tri"])
    every = await acts(actor=actor)
    about = await name_of(wanted.target, actor=actor) if wanted.target else ""
    context = {
        "form": form,
        "lines": lines,
        "about": about,
        "chips": _chips(form, kept, every, about),
        "total": total,
        "notice": notice,
        "headings": [heading_of(each, order, NEWEST, kept, total.count) for each in COLUMNS],
        "orders": [each for each in orders_of(COLUMNS, total.count) if each[0] != str(NEWEST)],
        "candidates": [(each, query(**{**kept, "sur": str(each.target)})) for each in candidates],
        "not_found": bool(form.text("q")) and not candidates and not about,
        "search": {name: value for name, value in search.items() if value},
        "subjects": list(Subject),
        "acts": every,
        "sheets": {line.sequence: _sheet(request, line) for line in lines},
        "is_filtered": any(search.values()),
        "next": query(**kept, avant=following) if following else "",
        "first": query(**kept) if cursor else "",
    }
    return render(request, "history/journal/list.html", context, status=form.status if form.faults else 200)


def _chips(form: Form, kept: dict[str, str], every: list[tuple[str, str]], about: str) -> list[Chip]:
    """What narrows the journal, each with the address without it."""
    subjects = {each.value: each.label for each in Subject}
    told = {
        "objet": ("À propos de :", subjects.get(kept["objet"], "")),
        "acte": ("Acte :", dict(every).get(kept["acte"], "")),
        "sur": ("Ce qui concerne", about),
        "du": ("Du", form.typed("du")),
        "au": ("Au", form.typed("au")),
    }
    return [
        Chip(words=f"{title} {value}", href=query(**{**kept, name: ""}))
        for name, (title, value) in told.items()
        if value
    ]


def read_filter(form: Form) -> JournalFilter:
    """What a form asks of the journal; its faults are noted."""
    asked = form.text("objet")
    first, last = form.day("du"), form.day("au")
    if first and last and last < first:
        form.fault("au", "La fin précède le début : corrigez l'une des deux dates.")
    return JournalFilter(
        subject=Subject(asked) if asked in set(Subject) else None,
        action=form.text("acte"),
        target=read_target(form.text("sur")),
        first=first,
        last=last,
    )


@post("/export", name="journal:export", status_code=200)
async def export_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """What the filter keeps, as a table; the journal notes that it was taken away."""
    form = await read_form(request)
    wanted = read_filter(form)
    asked = form.text("format") or TableFormat.CSV.value
    if form.faults or asked not in set(TableFormat):
        raise BadInput("journal.export_filter", "Ce filtre ne se lit pas : revenez au journal et recommencez.")
    made = TableFormat(asked)
    return table_file(export_journal(wanted, actor=actor, now=now, form=made), "journal", made)


@post("/verification", name="journal:check", opt={"permission": Permission.ADMINISTER})
async def check(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Redirect:
    """Have the journal verified, and follow how far it is."""
    job = await ask_for_check(actor=actor, now=now)
    return Redirect(request.app.route_reverse("job:show", job_id=job.id), status_code=303)


def _sheet(request: Request[Any, Any, Any], line: ListedEntry) -> str:
    """The address of the page of what an entry is about; empty when it has none."""
    subjects = {subject.value: route for subject, route in SHEETS.items()}
    route, parameter = subjects.get(line.subject_kind, ("", ""))
    if route not in route_names(request.app) or line.thing == GONE:
        return ""
    return request.app.route_reverse(route, **{parameter: UUID(line.subject_id)})


router = account_required("/journal", [show, export_page, check], Permission.WRITE)
