"""HTTP for the figures of a service: parse, call one use case, answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.figures import COUNTS, Delay, FigureLine, Grouping, Readership, ServiceFigures
from materiel.use_cases.circuit import figures
from materiel.use_cases.circuit.figures import AskFigures
from materiel.web.api.problems import READ, problems

TAGS = ["Chiffres"]
PERIOD = {422: ("statistics.period", "La période finit avant de commencer : inversez les deux jours.")}


class DelayOut(Struct):
    """Un délai en jours : sur `count` cas, la moitié en `median` au plus, neuf sur dix en `p90` au plus."""

    count: int
    median: int
    p90: int

    @classmethod
    def of(cls, delay: Delay | None) -> DelayOut | None:
        """The wire form of a delay."""
        return None if delay is None else cls(delay.count, delay.median, delay.p90)


class FigureLineOut(Struct):
    """Les chiffres d'un groupe. Un nombre est nul s'il n'a pas de sens ici, ou s'il est nommé dans `masked`."""

    key: str
    label: str
    loans: int | None
    deposits: int | None
    items: int | None
    handed_over: int | None
    returned: int | None
    losses: int | None
    needs: int | None
    met: int | None
    waiting: int | None
    idle: int | None
    to_hand_over: DelayOut | None
    to_signature: DelayOut | None
    masked: list[str]

    @classmethod
    def of(cls, line: FigureLine) -> FigureLineOut:
        """The wire form of a line."""
        return cls(
            key=line.key,
            label=line.label,
            to_hand_over=DelayOut.of(line.to_hand_over),
            to_signature=DelayOut.of(line.to_signature),
            masked=sorted(line.masked),
            **{name: getattr(line, name) for name in COUNTS},
        )


class StatisticsOut(Struct, rename={"from_": "from"}):
    """Les chiffres du service du jour `from` au jour `to`, tous deux compris, et leur ensemble."""

    from_: date
    to: date
    by: Grouping
    lines: list[FigureLineOut]
    total: FigureLineOut

    @classmethod
    def of(cls, told: ServiceFigures) -> StatisticsOut:
        """The wire form of the figures."""
        return cls(
            from_=told.period.starts_on,
            to=told.period.ends_on,
            by=told.grouping,
            lines=[FigureLineOut.of(line) for line in told.lines],
            total=FigureLineOut.of(told.total),
        )


@get(
    "/",
    operation_id="GetStatistics",
    summary="Compter sur une période",
    tags=TAGS,
    responses=problems(*READ, 422, examples=PERIOD),
)
async def get_statistics(
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    from_: Annotated[date | None, QueryParameter(name="from")] = None,
    to: Annotated[date | None, QueryParameter(name="to")] = None,
    by: Annotated[Grouping, QueryParameter(name="by")] = Grouping.LEVEL,
    reader: Annotated[Readership, QueryParameter(name="for")] = Readership.SERVICE,
) -> StatisticsOut:
    """Sans jours : l'année scolaire en cours, jusqu'à aujourd'hui. `for=outside` masque les nombres de un à quatre,
    et ce qui permettrait de les retrouver (`count` d'un délai est alors compté par cinq) ; deux tableaux de périodes
    qui se recouvrent se soustraient pourtant : n'en publiez qu'un. `idle` est celui d'aujourd'hui, quelle que soit la
    période."""
    asked = AskFigures(by=by, starts_on=from_, ends_on=to, reader=reader)
    return StatisticsOut.of(await figures.statistics(asked, actor=actor, now=now))


router = Router("/statistics", route_handlers=[get_statistics])
