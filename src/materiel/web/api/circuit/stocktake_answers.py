"""What the routes of stocktakes take and answer."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from msgspec import Struct

from materiel.domain.circuit.stocktake import (
    GapAct,
    OpenStocktake,
    PlaceFigures,
    SightedBy,
    Sighting,
    Stocktake,
    StocktakeLine,
    StocktakePlace,
    StocktakeResult,
    StocktakeState,
    UnknownReading,
)
from materiel.domain.item.item import ItemStatus
from materiel.use_cases.circuit.stocktake.asking import AskedPlaces, AskPlaces
from materiel.use_cases.circuit.stocktake.counting import CountCodes, CountedCode, CountedCodes
from materiel.use_cases.circuit.stocktake.gaps import SettleGap
from materiel.use_cases.circuit.stocktake.opening import StocktakeSheet
from materiel.web.api.answer import ValueOut
from materiel.web.api.body import CommandBody


class StocktakeBody(CommandBody[OpenStocktake]):
    """Un récolement. `schools` (UAI) et `municipalities` (codes INSEE) le limitent à ces écoles et aux domiciles de
    leurs élèves ; sans eux ni `kinds`, tout ce que le service a. Ce qui est attendu est fixé au jour de l'ouverture.
    """


class CountBody(CommandBody[CountCodes], given=("stocktake_id",)):
    """Ce qui est lu : adresses ou codes d'étiquettes, numéros d'inventaire. Lu deux fois, il compte une fois.

    `place` : un lieu de rangement, ou l'UAI d'un établissement ; sans lui, chaque matériel est vu là où il est attendu.
    `complete` : tout ce lieu est vérifié ; ce qui y est attendu et n'est pas vu est manquant.
    """


class GapBody(CommandBody[SettleGap], given=("stocktake_id", "item_id")):
    """Ce qui est fait d'un écart : `moved` le range à `place`, `incident` en ouvre un de la nature `incident`,
    `question` écrit à qui le garde, `answered` note une réponse, `kept` le tient pour vu, avec un motif.
    """


class AskBody(CommandBody[AskPlaces], given=("stocktake_id",)):
    """Les lieux à interroger, par leur `key` ; aucun pour tous ceux qui n'ont pas répondu."""


class _StocktakeOut(Struct):
    id: UUID
    name: str
    state: StocktakeState
    kinds: list[StocktakePlace]
    schools: list[str]
    municipalities: list[str]
    opened_on: date
    closes_on: date
    closed_on: date | None
    version: int


class StocktakeOut(_StocktakeOut):
    """Un récolement. `kinds` : les lieux qu'il couvre."""

    @classmethod
    def of(cls, stocktake: Stocktake) -> StocktakeOut:
        """The wire form of a stocktake."""
        listed = ("kinds", "schools", "municipalities")
        told: dict[str, Any] = {name: getattr(stocktake, name) for name in cls.__struct_fields__}
        return cls(**told | {name: list(told[name]) for name in listed})


class StocktakePage(Struct):
    """Une page de récolements, le dernier ouvert d'abord."""

    items: list[StocktakeOut]
    next_cursor: str | None


class PlaceOut(Struct):
    """Un lieu : ce qui y est attendu, et ce qui en est su. `key` le nomme pour filtrer ou relancer ; `last_on` : le
    jour de la dernière réponse. Les domiciles des élèves d'un établissement sont un lieu.
    """

    key: str
    kind: StocktakePlace
    name: str
    expected: int
    found: int
    elsewhere: int
    missing: int
    silent: int
    last_on: date | None

    @classmethod
    def of(cls, place: PlaceFigures) -> PlaceOut:
        """The wire form of a place."""
        names = ("expected", "found", "elsewhere", "missing", "silent")
        return cls(
            key=place.key,
            kind=place.kind,
            name=place.title,
            last_on=place.last_on,
            **{name: getattr(place.figures, name) for name in names},
        )


class StocktakeSheetOut(_StocktakeOut):
    """Un récolement et ses résultats, en nombre : `elsewhere` compte aussi les `extra`, vus sans être attendus ;
    `undecided` : les écarts qu'aucun acte n'a réglés. Sans réponse (`silent`) n'est pas perdu.
    """

    expected: int
    found: int
    elsewhere: int
    missing: int
    unknown: int
    silent: int
    extra: int
    undecided: int
    places: list[PlaceOut]

    @classmethod
    def of(cls, sheet: StocktakeSheet) -> StocktakeSheetOut:
        """The wire form of a stocktake and of its results."""
        one = StocktakeOut.of(sheet.stocktake)
        told = {name: getattr(one, name) for name in StocktakeOut.__struct_fields__}
        names = ("expected", "found", "elsewhere", "missing", "unknown", "silent", "extra", "undecided")
        told |= {name: getattr(sheet.figures, name) for name in names}
        return cls(**told, places=[PlaceOut.of(each) for each in sheet.places])


class StocktakeLineOut(Struct):
    """Un matériel d'un récolement : où il était attendu, ce qui en est su, par qui, et l'acte qui règle l'écart.

    `waits` : c'est un écart qu'aucun acte n'a réglé ; `is_extra` : il n'était pas attendu.
    """

    item: UUID
    inventory_number: str
    designation: str
    status: ItemStatus
    kind: StocktakePlace
    expected_at: str
    school: str | None
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

    @classmethod
    def of(cls, line: StocktakeLine) -> StocktakeLineOut:
        """The wire form of a line."""
        apart = ("item", "expected_at", "school")
        same = {name: getattr(line, name) for name in cls.__struct_fields__ if name not in apart}
        return cls(item=line.item_id, expected_at=line.place_title, school=line.uai or None, **same)


class StocktakeLinePage(Struct):
    """Une page de matériels d'un récolement."""

    items: list[StocktakeLineOut]
    next_cursor: str | None


class UnknownReadingOut(ValueOut[UnknownReading], shown=("id", "reading", "place", "read_on", "why")):
    """Un code lu qui ne désigne aucun matériel du service, et pourquoi."""


class UnknownReadingPage(Struct):
    """Une page de codes inconnus, dans l'ordre où ils ont été lus."""

    items: list[UnknownReadingOut]
    next_cursor: str | None


class CountedCodeOut(Struct):
    """Ce qu'est devenu un code lu ; `detail` dit ce qu'il faut en savoir."""

    reading: str
    result: StocktakeResult
    item: UUID | None
    inventory_number: str
    designation: str
    detail: str

    @classmethod
    def of(cls, counted: CountedCode) -> CountedCodeOut:
        """The wire form of a code that was counted."""
        same = {name: getattr(counted, name) for name in cls.__struct_fields__ if name != "item"}
        return cls(item=counted.item_id, **same)


class CountedOut(Struct):
    """Ce qu'est devenu chaque code, dans leur ordre. `missing` : combien manquent, le lieu vérifié en entier."""

    found: int
    elsewhere: int
    unknown: int
    missing: int
    codes: list[CountedCodeOut]

    @classmethod
    def of(cls, counted: CountedCodes) -> CountedOut:
        """The wire form of what was counted."""
        return cls(
            found=counted.count(StocktakeResult.FOUND),
            elsewhere=counted.count(StocktakeResult.ELSEWHERE),
            unknown=counted.count(StocktakeResult.UNKNOWN),
            missing=counted.missing,
            codes=[CountedCodeOut.of(each) for each in counted.codes],
        )


class AskedPlacesOut(ValueOut[AskedPlaces], shown=("schools", "families", "left")):
    """Combien d'établissements et de familles sont interrogés ; `left` : qui ne l'est pas, et pourquoi."""
