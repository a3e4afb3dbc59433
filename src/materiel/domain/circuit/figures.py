"""What a service counts over a period, by what, and how delays are told. What a reader outside may know of it is in
`masking`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from materiel.domain.language.french import long_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.errors import RuleBroken

LONGEST = timedelta(days=366 * 10)


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
        within: the wider groups that hold a school, as other tables name them: its commune, its level.
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
    within: frozenset[str] = frozenset()

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

MASKED = "masqué"
"""What is written in place of a masked count. The same word for all: one masked for being small may not be told apart
from one that is large, and masked with it.
"""


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
