"""What a service counts over a period, by what, how delays are told, and what a reader outside may know of it.

Who holds adapted equipment reveals a disability: a count of one to four in a school points at a child. Outside the
service such counts are masked, and so is what would give them back by a subtraction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from typing import Any

from materiel.domain.language.french import long_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.errors import RuleBroken

FEWEST_TOLD = 5
"""Counts below it, zero excepted, are masked outside the service."""

LONGEST = timedelta(days=366 * 10)

FEW = "few"
"""Key of the line that holds the groups too small to be named outside."""


class Grouping(LabelledEnum):
    """What the figures are told by."""

    SCHOOL = "school", "Établissement"
    MUNICIPALITY = "municipality", "Commune"
    CATEGORY = "category", "Catégorie"
    FAMILY = "family", "Nature du matériel"
    LEVEL = "level", "Niveau"
    BASIS = "basis", "Fondement"


OF_ITEMS = frozenset({Grouping.CATEGORY, Grouping.FAMILY})
"""What tells an item by itself, hence one in the stock too."""


class Readership(LabelledEnum):
    """For whom figures are told: `OUTSIDE` masks small counts."""

    SERVICE = "service", "Le service"
    OUTSIDE = "outside", "Hors du service"


@dataclass(frozen=True, slots=True)
class Period:
    """Days that are counted, both included.

    Raises:
        RuleBroken: `statistics.period`, it ends before it begins, or it is too long.
    """

    starts_on: date
    ends_on: date

    def __post_init__(self) -> None:
        if self.ends_on < self.starts_on:
            raise RuleBroken("statistics.period", "La période finit avant de commencer : inversez les deux jours.")
        if self.ends_on - self.starts_on > LONGEST:
            raise RuleBroken("statistics.period", "La période dépasse dix ans : choisissez deux jours plus proches.")

    @property
    def words(self) -> str:
        """« du 1er septembre 2026 au 31 août 2027 »."""
        return f"du {long_date(self.starts_on)} au {long_date(self.ends_on)}"


@dataclass(frozen=True, slots=True)
class Delay:
    """How long something took, in days: how many there were, by when half were done, by when nine in ten."""

    count: int
    median: int
    p90: int

    @classmethod
    def of(cls, days: Mapping[int, int]) -> Delay | None:
        """The delays told as days → how many took so long; None where there was none.

        Both are days that somebody really waited (nearest rank): « la moitié en 12 jours au plus ».
        """
        count = sum(days.values())
        if not count:
            return None
        return cls(count, _ranked(days, ceil(count / 2)), _ranked(days, ceil(count * 0.9)))


def _ranked(days: Mapping[int, int], rank: int) -> int:
    for day in sorted(days):
        rank -= days[day]
        if rank <= 0:
            return day
    raise ValueError("a rank beyond what was counted")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLine:
    """The figures of one group. A count is None where it means nothing for the grouping.

    Attributes:
        key: what names the group for a program; `label` for a person.
        loans: loans to one pupil, in hands on a day of the period at least.
        deposits: the same of what stays at a school; a three-party agreement counts under both.
        items: items in hands at the end of the period.
        handed_over: items handed over in the period; `returned`, those that came back in it.
        losses: losses and thefts of the period.
        needs: needs and trials notified in the period; `met`, those met in it; `waiting`, those waiting at its end.
        idle: items that nobody has held for months, at the end of the period.
        to_hand_over: from the notification to the hand-over, of the needs met in the period.
        to_signature: from the issue of an agreement to its last signature, of those signed in the period.
        masked: the names of the figures that are masked.
    """

    key: str
    label: str
    loans: int | None = 0
    deposits: int | None = 0
    items: int | None = 0
    handed_over: int | None = 0
    returned: int | None = 0
    losses: int | None = 0
    needs: int | None = 0
    met: int | None = 0
    waiting: int | None = 0
    idle: int | None = None
    to_hand_over: Delay | None = None
    to_signature: Delay | None = None
    masked: frozenset[str] = frozenset()

    @property
    def coverage(self) -> int | None:
        """Of the needs of the period, met in it or waiting at its end, how many in a hundred are met."""
        if self.met is None or self.waiting is None or not self.met + self.waiting:
            return None
        return round(100 * self.met / (self.met + self.waiting))


TITLES = {
    "loans": "Prêts à un élève",
    "deposits": "Dépôts",
    "items": "Matériels confiés en fin de période",
    "handed_over": "Remises",
    "returned": "Retours",
    "losses": "Pertes et vols",
    "needs": "Besoins notifiés",
    "met": "Besoins satisfaits",
    "waiting": "Besoins en attente",
    "idle": "Matériels qui dorment",
}
"""What each count is called, in its order."""

COUNTS = tuple(TITLES)

DELAY_TITLES = {
    "to_hand_over": "De la notification à la remise",
    "to_signature": "De l'envoi de la convention à la dernière signature",
}

DELAYS = tuple(DELAY_TITLES)

MASKED = f"< {FEWEST_TOLD}"
"""What is written in place of a masked count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFigures:
    """The figures of a service: one line a group, the largest first, and the whole."""

    period: Period
    grouping: Grouping
    lines: Sequence[FigureLine]
    total: FigureLine

    @property
    def rows(self) -> tuple[FigureLine, ...]:
        """The groups, then the whole."""
        return (*self.lines, self.total)


def for_outside(figures: ServiceFigures) -> ServiceFigures:
    """The same with small counts masked, for a reader who is not of the service.

    A group that has nothing else is not named: that a school is there would tell that one to four pupils are. Where
    one count alone of a column is masked, the smallest other one is too, and the whole when there is no other: the
    difference would give it back.
    """
    named = [line for line in figures.lines if any(_count(line, name) >= FEWEST_TOLD for name in COUNTS)]
    few = [line for line in figures.lines if line not in named]
    lines = [*named, *([_together(few)] if few else [])]
    hidden: dict[str, set[str]] = {line.key: _small(line) for line in lines}
    total_hidden = _small(figures.total)
    for name in COUNTS:
        at = [line.key for line in lines if name in hidden[line.key]]
        if len(at) == 1:
            others = [line for line in lines if line.key not in at and _count(line, name)]
            if others:
                hidden[min(others, key=lambda line: _count(line, name)).key].add(name)
            else:
                total_hidden.add(name)
    return replace(
        figures,
        lines=[_masked(line, hidden[line.key]) for line in lines],
        total=_masked(figures.total, total_hidden),
    )


def _count(line: FigureLine, name: str) -> int:
    return int(getattr(line, name) or 0)


def _small(line: FigureLine) -> set[str]:
    small = {name for name in COUNTS if 0 < _count(line, name) < FEWEST_TOLD}
    return small | {name for name in DELAYS if (told := getattr(line, name)) is not None and told.count < FEWEST_TOLD}


def _together(lines: Iterable[FigureLine]) -> FigureLine:
    """Small groups as one, without delays: those of several groups do not add up."""
    of = list(lines)
    sums: dict[str, Any] = {
        name: None if all(getattr(line, name) is None for line in of) else sum(_count(line, name) for line in of)
        for name in COUNTS
    }
    return FigureLine(key=FEW, label="Autres, moins de cinq chacun", **sums)


def _masked(line: FigureLine, names: set[str]) -> FigureLine:
    if not names:
        return line
    nothing: dict[str, Any] = dict.fromkeys(names)
    return replace(line, masked=frozenset(names), **nothing)
