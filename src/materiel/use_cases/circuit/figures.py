"""Figures of the actor's service over a period, told to itself or to a reader outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.calendar.civil_day import first_instant
from materiel.domain.calendar.school_year import add_months, first_day, school_year
from materiel.domain.circuit.figures import (
    OF_ITEMS,
    Delay,
    FigureLine,
    Grouping,
    Period,
    Readership,
    ServiceFigures,
)
from materiel.domain.circuit.masking import for_outside
from materiel.domain.desk.dashboard import IDLE_MONTHS
from materiel.domain.item.family import ItemFamily
from materiel.domain.places.level import SchoolLevel, level_of
from materiel.domain.usage import BasisKind
from materiel.store.circuit import figures as store
from materiel.store.circuit.figures import Counted

_NONE = {
    Grouping.SCHOOL: "Au service",
    Grouping.MUNICIPALITY: "Au service",
    Grouping.CATEGORY: "Sans catégorie",
    Grouping.FAMILY: "Nature non précisée",
    Grouping.BASIS: "Sans fondement (usage collectif)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFigures:
    """What is counted: without days, the current school year up to today."""

    by: Grouping = Grouping.LEVEL
    starts_on: date | None = None
    ends_on: date | None = None
    reader: Readership = Readership.SERVICE


async def statistics(asked: AskFigures, *, actor: Actor, now: datetime) -> ServiceFigures:
    """Count the actor's service.

    Idle items are those of today, whatever the period: how long each slept on a former day is not kept.

    Raises:
        RuleBroken: `statistics.period`.
    """
    actor.require(Permission.READ)
    today = actor.civil_date(now)
    ends_on = asked.ends_on or today
    period = Period(asked.starts_on or first_day(school_year(ends_on)), ends_on)
    (found,) = await figures_of(period, (asked.by,), actor=actor, today=today)
    return for_outside(found) if asked.reader is Readership.OUTSIDE else found


async def figures_of(
    period: Period, groupings: Sequence[Grouping], *, actor: Actor, today: date
) -> list[ServiceFigures]:
    """Count a service over a period, for itself, by each of these things; the whole is counted once."""
    idle_since = add_months(today, -IDLE_MONTHS)
    idle_before = first_instant(idle_since, actor.zone)
    counted = partial(store.counted, actor.service_id, period, idle_before=idle_before, idle_since=idle_since)
    total = _line("", "Ensemble", (await counted(None)).get("", Counted()), has_stock=True)
    return [
        ServiceFigures(period=period, grouping=by, lines=_lines(by, await counted(by)), total=total) for by in groupings
    ]


def _lines(by: Grouping, groups: Mapping[str, Counted]) -> tuple[FigureLine, ...]:
    if by is Grouping.LEVEL:
        groups = _by_level(groups)
    lines = [_line(key, _label(by, key, group), group, has_stock=by in OF_ITEMS) for key, group in groups.items()]
    return tuple(sorted(lines, key=lambda line: (-(line.loans or 0) - (line.deposits or 0), line.label)))


def _by_level(natures: Mapping[str, Counted]) -> dict[str, Counted]:
    levels: dict[str, Counted] = {}
    for nature, group in natures.items():
        key = level_of(nature).value if nature else ""
        levels.setdefault(key, Counted()).take(group)
    return levels


def _label(by: Grouping, key: str, group: Counted) -> str:
    if not key:
        return _NONE.get(by, "Au service")
    match by:
        case Grouping.LEVEL:
            return SchoolLevel(key).label
        case Grouping.FAMILY:
            return ItemFamily(key).label
        case Grouping.BASIS:
            return BasisKind(key).label
        case Grouping.CATEGORY:
            return key
        case Grouping.SCHOOL | Grouping.MUNICIPALITY:
            return group.label


def _line(key: str, label: str, group: Counted, *, has_stock: bool) -> FigureLine:
    counts = group.counts
    return FigureLine(
        key=key,
        label=label,
        loans=counts["loans"],
        deposits=counts["deposits"],
        items=counts["items"],
        handed_over=counts["handed_over"],
        returned=counts["returned"],
        losses=counts["losses"],
        needs=counts["needs"],
        met=counts["met"],
        waiting=counts["waiting"],
        idle=counts["idle"] if has_stock else None,
        to_hand_over=Delay.of(group.to_hand_over),
        to_signature=Delay.of(group.to_signature),
        within=frozenset(_parents(group.within)),
    )


def _parents(within: str) -> Iterator[str]:
    """The commune and the level of a school, by what the store says of it."""
    if within:
        commune, _, nature = within.partition(" ")
        yield f"{Grouping.MUNICIPALITY}:{commune}"
        yield f"{Grouping.LEVEL}:{level_of(nature)}"
