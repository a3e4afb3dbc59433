"""The report of a school year for the hierarchy, as a PDF and as a workbook; small counts are masked in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from materiel.documents.lists.yearly_report import compose_yearly_report
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.calendar.school_year import first_day, last_day
from materiel.domain.circuit.figures import (
    COUNTS,
    DELAY_TITLES,
    MASKED,
    TITLES,
    Delay,
    FigureLine,
    Grouping,
    Period,
    ServiceFigures,
)
from materiel.domain.circuit.masking import for_outside
from materiel.exchange.tabular import Rows, TableFormat, written
from materiel.exchange.writing import Cell
from materiel.store.accounts import service as services
from materiel.use_cases.circuit.figures import figures_of
from materiel.use_cases.work.drawing import draw_paper

TOLD_BY = (Grouping.LEVEL, Grouping.FAMILY, Grouping.BASIS, Grouping.MUNICIPALITY)
"""What the figures of the report are told by: the school would name too few pupils."""


async def yearly_report(year: int, *, actor: Actor, now: datetime) -> bytes:
    """The report as a PDF; `year` is that in which the school year begins."""
    actor.require(Permission.READ)
    service = await services.get(actor.service_id)
    told = await _of_year(year, actor=actor, now=now)
    return await draw_paper(compose_yearly_report(service, year, told, actor.civil_date(now)))


async def yearly_table(year: int, *, actor: Actor, now: datetime) -> AsyncIterator[bytes]:
    """The same figures as a workbook: a masked count is written « masqué »."""
    actor.require(Permission.READ)
    told = await _of_year(year, actor=actor, now=now)

    async def page() -> AsyncIterator[Rows]:
        yield [_cells(figures, line) for figures in told for line in figures.rows]

    async for piece in written(TableFormat.XLSX, _columns(), page()):
        yield piece


async def _of_year(year: int, *, actor: Actor, now: datetime) -> list[ServiceFigures]:
    today = actor.civil_date(now)
    period = Period(first_day(year), last_day(year))
    return [for_outside(each) for each in await figures_of(period, TOLD_BY, actor=actor, today=today)]


def _columns() -> Sequence[str]:
    columns = ["Réparti par", "Groupe", *(TITLES[name] for name in COUNTS)]
    for title in DELAY_TITLES.values():
        columns += [f"{title} : médiane (jours)", f"{title} : neuf sur dix (jours)"]
    return columns


def _cells(figures: ServiceFigures, line: FigureLine) -> list[Cell]:
    cells: list[Cell] = [figures.grouping.label, line.label]
    cells += [MASKED if name in line.masked else getattr(line, name) for name in COUNTS]
    for name in DELAY_TITLES:
        delay: Delay | None = getattr(line, name)
        cells += [MASKED if name in line.masked else None] * 2 if delay is None else [delay.median, delay.p90]
    return cells
