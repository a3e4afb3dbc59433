"""A stocktake (« récolement »): what was expected where on its opening day, and what was seen of it since.

Source: domain § 8.6. Five results; silence is not loss: a home or a school that did not answer proves nothing (Code
civil, art. 1927: the depositary keeps the item, nobody has to confirm). What an act hands over or takes back meanwhile
was seen by it. A gap is settled by an act: a move, an incident, a question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from materiel.domain.item.item import ItemStatus
from materiel.domain.language import states
from materiel.domain.language.bounds import filled
from materiel.domain.language.fields import Fields
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.states import StateEnum
from materiel.domain.language.values import replace
from materiel.errors import Conflict

NAME_MAX = 100
PLACE_MAX = 200
NOTE_MAX = 300
LONGEST = timedelta(days=366)
"""A stocktake lasts a year at most: beyond, what was expected on its opening day says nothing any more."""

NO_PLACE = "Sans lieu de rangement"
"""The store room of items whose place nobody wrote."""


class StocktakePlace(LabelledEnum):
    """Where an item is expected: in the store of the service, at a school, at the home of a pupil."""

    STORE = "store", "Réserve"
    SCHOOL = "school", "Établissement"
    HOME = "home", "Domicile"


class StocktakeState(StateEnum):
    """Whether a stocktake goes on."""

    RUNNING = "running", states.RUNNING
    CLOSED = "closed", states.CLOSED


class StocktakeResult(StateEnum):
    """What is known of an item, or of a code that was read."""

    FOUND = "found", states.SEEN_THERE
    ELSEWHERE = "elsewhere", states.SEEN_ELSEWHERE
    MISSING = "missing", states.NOT_SEEN
    UNKNOWN = "unknown", states.NOT_RECOGNISED
    SILENT = "silent", states.NO_ANSWER


class Sighting(LabelledEnum):
    """The last word on an expected item."""

    HERE = "here", "Vu à sa place"
    ELSEWHERE = "elsewhere", "Vu ailleurs"
    ABSENT = "absent", "Pas vu"


class SightedBy(LabelledEnum):
    """Who said it."""

    ACCOUNT = "account", "le service"
    INSTITUTION = "institution", "l’établissement ou la commune"
    FAMILY = "family", "la famille"


class GapAct(LabelledEnum):
    """What became of a gap."""

    MOVED = "moved", "Rangé"
    INCIDENT = "incident", "Incident ouvert"
    QUESTION = "question", "Question posée"
    ANSWERED = "answered", "Réponse notée"
    KEPT = "kept", "Tenu pour vu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocktake:
    """One stocktake of a service.

    `kinds`: the places that it covers; `schools` (UAI) and `municipalities` (INSEE codes) narrow the schools, and the
    homes of the pupils schooled there; empty for all of them. `opened_on` is the day of what was expected.
    """

    id: UUID
    service_id: UUID
    name: str
    kinds: tuple[StocktakePlace, ...]
    schools: tuple[str, ...] = ()
    municipalities: tuple[str, ...] = ()
    opened_on: date
    opened_at: datetime
    opened_by: str
    closes_on: date
    closed_on: date | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    version: int = 1

    @property
    def state(self) -> StocktakeState:
        """Whether it goes on."""
        return StocktakeState.RUNNING if self.closed_at is None else StocktakeState.CLOSED

    def is_late(self, today: date) -> bool:
        """Whether its last day has passed while it goes on."""
        return self.closed_at is None and self.closes_on < today


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeFigures:
    """How many of each result. `extra`: those among `elsewhere` that were not expected; `undecided`: gaps without an
    act; `unknown`: codes that were read and are none of the service's labels.
    """

    expected: int = 0
    found: int = 0
    elsewhere: int = 0
    missing: int = 0
    unknown: int = 0
    silent: int = 0
    extra: int = 0
    undecided: int = 0

    @property
    def seen(self) -> int:
        """Of what was expected, what was seen somewhere."""
        return self.found + self.elsewhere - self.extra


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFigures:
    """One place of a stocktake. `place` is how the store calls it, `uai` and `name` those of the school; `last_on`: the
    day of the last word. The homes of the pupils of a school are one place.
    """

    kind: StocktakePlace
    place: str
    uai: str
    name: str
    figures: StocktakeFigures
    last_on: date | None

    @property
    def title(self) -> str:
        """What people call it."""
        if self.kind is StocktakePlace.STORE:
            return self.place or NO_PLACE
        return self.name if self.kind is StocktakePlace.SCHOOL else f"Domiciles : {self.name}"

    @property
    def key(self) -> str:
        """What names it in an address: its kind, then what it is called or the UAI."""
        return f"{self.kind.value}:{self.place if self.kind is StocktakePlace.STORE else self.uai}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeLine:
    """One item of a stocktake. `place`, `uai`, `school_name`, `loan_id`: where it was expected; `is_extra`: it was not.

    `seen_place`: where it was seen, when that was told. `waits`: it is a gap that no act has settled.
    """

    item_id: UUID
    inventory_number: str
    designation: str
    status: ItemStatus
    kind: StocktakePlace
    place: str
    uai: str
    school_name: str
    loan_id: UUID | None
    result: StocktakeResult
    is_extra: bool
    waits: bool
    seen: Sighting | None
    seen_on: date | None
    seen_by: SightedBy | None
    seen_place: str
    settled: GapAct | None
    settled_on: date | None
    note: str

    @property
    def place_title(self) -> str:
        """Where it was expected, as people read it; nobody is named."""
        if self.is_extra:
            return "Nulle part dans ce récolement"
        if self.kind is StocktakePlace.STORE:
            return self.place or NO_PLACE
        return self.school_name if self.kind is StocktakePlace.SCHOOL else f"Domicile, {self.school_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownReading:
    """A code that was read and names no item: as typed, where, on which day; `why` in a sentence."""

    id: UUID
    reading: str
    place: str
    read_on: date
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFilter:
    """Which lines are listed; an empty filter lists all. `place`: the key of a place; `waits`: the gaps to settle."""

    result: StocktakeResult | None = None
    place: str = ""
    kind: StocktakePlace | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStocktake:
    """What is checked, until when. Without `kinds`: everything, or the schools and homes that are named."""

    name: Annotated[str, filled(NAME_MAX)]
    closes_on: date
    kinds: tuple[StocktakePlace, ...] = ()
    schools: tuple[str, ...] = ()
    municipalities: tuple[str, ...] = ()


def checked_stocktake(stocktake: Stocktake, today: date) -> Stocktake:
    """A stocktake about to be opened, its name cleaned.

    Raises:
        RuleBroken: `stocktake.invalid`, with one error for each field at fault.
    """
    fields = Fields("stocktake.invalid")
    name = fields.text("/name", stocktake.name, longest=NAME_MAX, required=True, name="le nom du récolement")
    fields.day("/closes_on", stocktake.closes_on, first=today, last=today + LONGEST, name="le dernier jour")
    fields.check()
    return replace(stocktake, name=name)


def kinds_of(asked: Sequence[StocktakePlace], *, is_narrowed: bool) -> tuple[StocktakePlace, ...]:
    """The places that a stocktake covers: those asked, in their order; schools that are named leave the store out."""
    if asked:
        return tuple(each for each in StocktakePlace if each in asked)
    return tuple(each for each in StocktakePlace if each is not StocktakePlace.STORE or not is_narrowed)


def check_running(stocktake: Stocktake) -> None:
    """Raise `Conflict`, `stocktake.closed`, once the results are frozen."""
    if stocktake.state is StocktakeState.CLOSED:
        raise Conflict(
            "stocktake.closed",
            "Ce récolement est clos : ses résultats ne changent plus. Ce qui est vu depuis se note sur la fiche du "
            "matériel.",
        )


def closed(stocktake: Stocktake, *, by: str, on: date, at: datetime) -> Stocktake:
    """The stocktake closed.

    Raises:
        Conflict: `stocktake.closed`.
    """
    check_running(stocktake)
    return replace(stocktake, closed_on=on, closed_at=at, closed_by=by)
