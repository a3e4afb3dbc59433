"""The passport of an item (« passeport du matériel »): its whole life on one page, and whether it should be replaced.

Nobody is named in it: a stretch at a pupil's is told by its dates and by what was found. Words that somebody typed of
a loan or of an incident are left out, for they may name a person. The sign that it should be replaced is reasoned: each
reason in words, with the threshold of the service; a person decides. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.circuit.stocktake import StocktakeResult
from materiel.domain.circuit.use import UseLevel
from materiel.domain.circuit.workshop.repair import Repair
from materiel.domain.item.item import HELD, TERMINAL, Item
from materiel.domain.language.fields import Fields
from materiel.domain.language.french import long_date

MOST_YEARS, MOST_PERCENT, MOST_BREAKDOWNS = 30, 300, 50
DAYS_OF_A_YEAR = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementRule:
    """From what on a service wants to replace: an age, what the repairs cost of the price, how many breakdowns."""

    service_id: UUID
    years: int = 6
    cost_percent: int = 60
    breakdowns: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """What is known of how an item has worn. `breakdowns`: told as incidents or sent to repair, whichever is more."""

    acquired_on: date | None
    warranty_ends_on: date | None
    price_cents: int | None
    repair_cents: int
    breakdowns: int

    def age(self, today: date) -> int | None:
        """In whole years; None when nobody knows since when."""
        return None if self.acquired_on is None else int((today - self.acquired_on).days / DAYS_OF_A_YEAR)

    @property
    def cost_percent(self) -> int | None:
        """What the repairs cost of the price; None without a price."""
        return round(100 * self.repair_cents / self.price_cents) if self.price_cents else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeRow:
    """A stretch of a life, newest first: what it was, from when, until when, what was found."""

    what: str
    since: date
    until: date | None = None
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallRow:
    """A safety recall that concerned an item, and what was done."""

    title: str
    done: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRow:
    """Whether it served, as a meeting said it, and on what day; neither of whom, nor by whom."""

    said_on: date
    level: UseLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """A stocktake of which it was: its opening day, what was found, and on what day it was seen last."""

    opened_on: date
    result: StocktakeResult
    seen_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """The whole life of an item on a day. `lent_days`: how long it was in somebody's hands; `reasons` to replace it.

    `uses` and `counts`: the latest first.
    """

    item: Item
    day: date
    rows: tuple[LifeRow, ...]
    repairs: tuple[Repair, ...]
    recalls: tuple[RecallRow, ...]
    uses: tuple[UseRow, ...]
    counts: tuple[CountRow, ...]
    wear: Wear
    lent_days: int
    loans: int
    reasons: tuple[str, ...]

    @property
    def may_leave(self) -> bool:
        """Whether its end of life may be proposed from here: it is in the stock, in nobody's hands."""
        return self.item.status not in HELD | TERMINAL


def replacement_reasons(wear: Wear, rule: ReplacementRule, today: date) -> tuple[str, ...]:
    """Why an item should be replaced, in words; empty when no threshold is reached.

    The end of the warranty is told beside another reason: alone it is none.
    """
    reasons = []
    age = wear.age(today)
    if age is not None and age >= rule.years:
        reasons.append(f"Il a {_counted(age, 'an')} ; le service remplace à partir de {_counted(rule.years, 'an')}.")
    if wear.cost_percent is not None and wear.cost_percent >= rule.cost_percent:
        reasons.append(
            f"Ses réparations ont coûté {wear.cost_percent} % de son prix ; le seuil du service est de "
            f"{rule.cost_percent} %."
        )
    if wear.breakdowns >= rule.breakdowns:
        reasons.append(f"Il a eu {_counted(wear.breakdowns, 'panne')} ; le seuil du service est de {rule.breakdowns}.")
    if reasons and wear.warranty_ends_on is not None and wear.warranty_ends_on < today:
        reasons.append(f"Sa garantie a pris fin le {long_date(wear.warranty_ends_on)}.")
    return tuple(reasons)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"


def checked_rule(rule: ReplacementRule) -> ReplacementRule:
    """The thresholds of a service, about to be kept.

    Raises:
        RuleBroken: `replacement.invalid`, with one error for each field at fault.
    """
    fields = Fields("replacement.invalid")
    for name, most in (("years", MOST_YEARS), ("cost_percent", MOST_PERCENT), ("breakdowns", MOST_BREAKDOWNS)):
        if not 1 <= getattr(rule, name) <= most:
            fields.add(f"/{name}", f"Indiquez un nombre de 1 à {most}.")
    fields.check()
    return rule
