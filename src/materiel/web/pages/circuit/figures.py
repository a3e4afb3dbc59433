"""« Chiffres »: what the service counts over a period, the report of a year, registers of a day in the past."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.calendar.school_year import label, school_year
from materiel.domain.circuit.figures import COUNTS, DELAY_TITLES, MASKED, TITLES, FigureLine, Grouping, Readership
from materiel.domain.language.typography import count
from materiel.errors import RuleBroken
from materiel.exchange.tabular import TableFormat
from materiel.use_cases.circuit.figures import AskFigures, statistics
from materiel.use_cases.circuit.register import check_past, held_on, inventory_on
from materiel.use_cases.circuit.yearly_report import yearly_report, yearly_table
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_query
from materiel.web.pages.acting import pdf_answer
from materiel.web.pages.imports.export import table_file
from materiel.web.pages.shell.rendering import render

BARS = 12
"""Groups that the chart shows; the table has them all."""

YEARS = 10
"""School years whose report is offered, at most."""

REGISTERS: dict[str, Callable[..., AsyncIterator[bytes]]] = {"inventaire": inventory_on, "confies": held_on}


@get("/", name="figures:show")
async def show(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """The figures of a period: the current school year at first."""
    return await _page(request, read_query(request), actor, now)


async def _page(request: Request[Any, Any, Any], form: Form, actor: Actor, now: datetime) -> Response[str]:
    """The whole page, with what is at fault in any of its three forms."""
    today = actor.civil_date(now)
    year = school_year(today)
    asked = _asked(form)
    try:
        told = await statistics(asked, actor=actor, now=now)
    except RuleBroken as refusal:
        form.fault("au", refusal.message)
        told = await statistics(AskFigures(by=asked.by, reader=asked.reader), actor=actor, now=now)
    for name, value in (("du", told.period.starts_on), ("au", told.period.ends_on), ("par", told.grouping)):
        if not form.typed(name):
            form.set(name, value)
    context = {
        "form": form,
        "told": told,
        "bars": [(line.label, line.items) for line in told.lines if line.items][:BARS],
        "counts": [name for name in COUNTS if getattr(told.total, name) is not None or name in told.total.masked],
        "titles": TITLES,
        "delays": DELAY_TITLES,
        "value": _value,
        "groupings": list(Grouping),
        "years": [(back, label(back)) for back in _years(year)],
        "today": today,
    }
    return render(request, "circuit/figures.html", context, status=form.status if form.faults else 200)


@get("/rapport.pdf", name="figures:report")
async def show_report(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """The report of a school year, to send to the hierarchy."""
    form = read_query(request)
    year = _year(form, actor, now)
    if year is None:
        return await _page(request, form, actor, now)
    return pdf_answer(await yearly_report(year, actor=actor, now=now), f"rapport-{label(year)}")


@get("/rapport.xlsx", name="figures:report_table")
async def show_report_table(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream | Response[str]:
    """The same for a spreadsheet."""
    form = read_query(request)
    year = _year(form, actor, now)
    if year is None:
        return await _page(request, form, actor, now)
    return table_file(yearly_table(year, actor=actor, now=now), f"rapport-{label(year)}", TableFormat.XLSX)


@get("/registres/{register:str}", name="figures:register")
async def show_register(
    request: Request[Any, Any, Any],
    register: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Stream | Response[str]:
    """The inventory, or what was in hands, on a day: `inventaire.csv?jour=2026-09-01`; today, without one."""
    name, _, ending = register.partition(".")
    if name not in REGISTERS or ending not in set(TableFormat):
        raise NotFoundException
    form = read_query(request)
    day = form.day("jour") or actor.civil_date(now)
    try:
        check_past(day, actor, now)
    except RuleBroken as refusal:
        form.fault("jour", refusal.message)
    if form.faults:
        return await _page(request, form, actor, now)
    kind = TableFormat(ending)
    return table_file(REGISTERS[name](day, actor=actor, now=now, form=kind), f"{name}-{day.isoformat()}", kind)


def _asked(form: Form) -> AskFigures:
    by = form.text("par")
    return AskFigures(
        by=Grouping(by) if by in set(Grouping) else Grouping.LEVEL,
        starts_on=form.day("du"),
        ends_on=form.day("au"),
        reader=Readership.OUTSIDE if form.text("pour") == Readership.OUTSIDE else Readership.SERVICE,
    )


def _year(form: Form, actor: Actor, now: datetime) -> int | None:
    """The school year asked, by the year when it begins; the current one at first; None, with a fault, for another."""
    current = school_year(actor.civil_date(now))
    typed = form.text("annee")
    offered = {str(year): year for year in _years(current)}
    if typed and typed not in offered:
        form.fault("annee", "Choisissez une des années proposées.")
        return None
    return offered.get(typed, current)


def _years(current: int) -> range:
    return range(current, current - YEARS, -1)


def _value(line: FigureLine, name: str) -> str:
    """A count as the table shows it: nothing for what means nothing there."""
    if name in line.masked:
        return MASKED
    value = getattr(line, name)
    return "" if value is None else count(value)


router = account_required("/chiffres", [show, show_report, show_report_table, show_register], Permission.READ)
