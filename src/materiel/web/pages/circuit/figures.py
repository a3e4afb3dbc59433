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
from materiel.use_cases.circuit.register import held_on, inventory_on
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
    form = read_query(request)
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
        "years": [(back, label(back)) for back in range(year, year - YEARS, -1)],
        "today": today,
    }
    return render(request, "circuit/figures.html", context, status=form.status if form.faults else 200)


@get("/rapport.pdf", name="figures:report")
async def show_report(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[bytes]:
    """The report of a school year, to send to the hierarchy."""
    year = _year(request, actor, now)
    return pdf_answer(await yearly_report(year, actor=actor, now=now), f"rapport-{label(year)}")


@get("/rapport.xlsx", name="figures:report_table")
async def show_report_table(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """The same for a spreadsheet."""
    year = _year(request, actor, now)
    return table_file(yearly_table(year, actor=actor, now=now), f"rapport-{label(year)}", TableFormat.XLSX)


@get("/registres/{register:str}", name="figures:register")
async def show_register(
    request: Request[Any, Any, Any],
    register: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Stream:
    """The inventory, or what was in hands, on a day: `inventaire.csv?jour=2026-09-01`."""
    name, _, ending = register.partition(".")
    day = read_query(request).day("jour") or actor.civil_date(now)
    if name not in REGISTERS or ending not in set(TableFormat):
        raise NotFoundException
    form = TableFormat(ending)
    pieces = REGISTERS[name](min(day, actor.civil_date(now)), actor=actor, now=now, form=form)
    return table_file(pieces, f"{name}-{day.isoformat()}", form)


def _asked(form: Form) -> AskFigures:
    by = form.text("par")
    return AskFigures(
        by=Grouping(by) if by in set(Grouping) else Grouping.LEVEL,
        starts_on=form.day("du"),
        ends_on=form.day("au"),
        reader=Readership.OUTSIDE if form.text("pour") == Readership.OUTSIDE else Readership.SERVICE,
    )


def _year(request: Request[Any, Any, Any], actor: Actor, now: datetime) -> int:
    """The school year asked, by the year when it begins; the current one at first, and never one to come."""
    current = school_year(actor.civil_date(now))
    typed = read_query(request).text("annee")
    year = int(typed) if typed.isdecimal() and len(typed) == 4 else current
    return year if current - YEARS <= year <= current else current


def _value(line: FigureLine, name: str) -> str:
    """A count as the table shows it: nothing for what means nothing there."""
    if name in line.masked:
        return MASKED
    value = getattr(line, name)
    return "" if value is None else count(value)


router = account_required("/chiffres", [show, show_report, show_report_table, show_register], Permission.READ)
