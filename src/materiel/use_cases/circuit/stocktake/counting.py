"""Counting: what the service scans, here or elsewhere than expected; what it looked for and did not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.stocktake import (
    NO_PLACE,
    PLACE_MAX,
    Sighting,
    StocktakePlace,
    StocktakeResult,
    UnknownReading,
    check_running,
)
from materiel.domain.item.code import document_code, label_code, readings
from materiel.domain.item.label import replaced
from materiel.domain.language.bounds import line, several
from materiel.domain.language.fields import Fields
from materiel.domain.language.folding import fold
from materiel.domain.language.identifiers import clean_inventory_number, clean_uai, uai_fault
from materiel.errors import RuleBroken
from materiel.store.circuit.stocktake import sighting
from materiel.store.circuit.stocktake import stocktake as stocktakes
from materiel.store.circuit.stocktake.sighting import ReadItem
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.item import label as labels
from materiel.store.places import school as schools
from materiel.use_cases.papers.printable import printable

MOST_CODES = 500
READING_MAX = 80
CODE_MAX = 300

Place = tuple[StocktakePlace, str, UUID | None]
"""Where one counts: the kind, what a store room is called, the id of a school."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountCodes:
    """What was read: addresses or codes of labels, inventory numbers.

    `place`: where, a store room by its name or a school by its UAI; empty for where each is expected. `complete`: all
    of that place was looked at: what is expected there and was not seen is missing.
    """

    stocktake_id: UUID
    codes: Annotated[tuple[Annotated[str, line(CODE_MAX)], ...], several(MOST_CODES)]
    place: Annotated[str, line(PLACE_MAX)] = ""
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedCode:
    """What became of a code: its item, None for an unknown one, and what is to be known in a sentence."""

    reading: str
    result: StocktakeResult
    item_id: UUID | None = None
    inventory_number: str = ""
    designation: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedCodes:
    """What became of each code, in their order; `missing`: how many were found to lack."""

    codes: tuple[CountedCode, ...]
    missing: int = 0

    def count(self, result: StocktakeResult) -> int:
        """How many codes have a result."""
        return sum(each.result is result for each in self.codes)


@dataclass(slots=True)
class _Sorted:
    here: list[ReadItem] = field(default_factory=list)
    elsewhere: list[ReadItem] = field(default_factory=list)
    extra: list[UUID] = field(default_factory=list)


@in_one_visit
async def count_codes(command: CountCodes, *, actor: Actor, now: datetime) -> CountedCodes:
    """Write down what was read; the same read twice counts once. Nothing of another service is told.

    Raises:
        NotFound: `stocktake.not_found`, `school.not_found`.
        Conflict: `stocktake.closed`.
        RuleBroken: `stocktake.nothing_counted`; `stocktake.no_place`, all of no place in particular was looked at;
            `stocktake.invalid`, `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    read = tuple(dict.fromkeys(each.strip()[:CODE_MAX] for each in command.codes if each.strip()))
    if not read and not command.complete:
        raise RuleBroken("stocktake.nothing_counted", "Scannez une étiquette, ou saisissez un numéro d'inventaire.")
    on = actor.civil_date(now)
    async with write_transaction():
        stocktake = await stocktakes.get(command.stocktake_id, actor.service_id)
        check_running(stocktake)
        place, called = await _place_of(command.place, actor)
        known = await _found(read, stocktake.id, actor)
        sorted_items = _sort(list({each.item_id: each for each in known.values()}.values()), place)
        await stocktakes.add_extra(stocktake.id, sorted_items.extra)
        changed = {}
        for seen, some in ((Sighting.HERE, sorted_items.here), (Sighting.ELSEWHERE, sorted_items.elsewhere)):
            new = [each.item_id for each in some if (each.seen, each.seen_place) != (seen, called)]
            await sighting.sight(stocktake.id, new, seen, on, called)
            changed[seen.value] = len(new)
        unknown = [await _unknown(each, called, actor, now) for each in read if each not in known]
        changed["unknown"] = await sighting.note_readings(stocktake.id, actor.service_id, unknown)
        missing = await _complete(command, stocktake.id, place, actor, now)
        changed["missing"] = missing
        if any(changed.values()):
            await journal.by(actor, now).note("stocktake.counted", stocktake.id, changed)
    elsewhere = {each.item_id for each in sorted_items.elsewhere}
    whys = {each.reading: each.why for each in unknown}
    return CountedCodes(codes=tuple(_told(each, known.get(each), elsewhere, whys) for each in read), missing=missing)


async def _place_of(text: str, actor: Actor) -> tuple[Place | None, str]:
    """Where one counts, and how it is called; None for no place in particular."""
    fields = Fields("stocktake.invalid")
    typed = printable(fields.text("/place", text, longest=PLACE_MAX, name="le lieu"))
    fields.check()
    if not typed:
        return None, ""
    uai = clean_uai(typed)
    if uai_fault(uai) is None:
        school = await schools.by_uai(uai, actor.service_id)
        return (StocktakePlace.SCHOOL, "", school.id), school.name[:PLACE_MAX]
    named = "" if fold(typed) == fold(NO_PLACE) else typed
    return (StocktakePlace.STORE, named, None), typed


async def _found(read: Sequence[str], stocktake_id: UUID, actor: Actor) -> dict[str, ReadItem]:
    """The item of each reading that names one."""
    meant = {each: readings(each) for each in read}
    codes = {code for some in meant.values() for code in map(label_code, some) if code}
    numbers = {clean_inventory_number(each) for some in meant.values() for each in some}
    found = await sighting.read_items(stocktake_id, actor.service_id, sorted(codes), sorted(numbers))
    by_name = {each.inventory_number: each for each in found} | {each.public_code: each for each in found}
    known = {}
    for typed, some in meant.items():
        names = [*(label_code(each) for each in some), *(clean_inventory_number(each) for each in some)]
        first = next((by_name[name] for name in names if name in by_name), None)
        if first is not None:
            known[typed] = first
    return known


def _sort(found: Sequence[ReadItem], place: Place | None) -> _Sorted:
    """Which were seen where they were expected, or where they are known to be now, and which elsewhere."""
    made = _Sorted()
    for each in found:
        if not each.is_listed:
            made.extra.append(each.item_id)
        is_here = each.expected is not None and (
            place is None or _is_there(each.expected, place) or _is_there(each.now, place)
        )
        (made.here if is_here else made.elsewhere).append(each)
    return made


def _is_there(known: Place, place: Place) -> bool:
    """Whether an item known to be somewhere was seen there. What a pupil has at home comes to school with them."""
    kind, called, school_id = known
    if place[0] is StocktakePlace.STORE:
        return kind is StocktakePlace.STORE and (not called or fold(called) == fold(place[1]))
    return kind is not StocktakePlace.STORE and school_id == place[2]


async def _unknown(typed: str, place: str, actor: Actor, now: datetime) -> UnknownReading:
    """A reading that names nothing, and why: a label of ours that was replaced says so, all others say the same."""
    why = "Ce code ne correspond à aucun matériel de votre service."
    for each in readings(typed):
        code = label_code(each)
        former = await labels.revoked(code) if code else None
        if former is not None and former.service_id == actor.service_id:
            number = (await items.get(former.item_id, actor.service_id)).inventory_number
            why = replaced(former, number).message
            break
        if document_code(each):
            why = "Ce code est celui d'un document : scannez plutôt l'étiquette collée sur le matériel."
    return UnknownReading(id=new_id(), reading=_shown(typed), place=place, read_on=actor.civil_date(now), why=why)


def _shown(typed: str) -> str:
    """What is kept of a reading."""
    return "".join(each if each.isprintable() else " " for each in typed)[:READING_MAX]


async def _complete(command: CountCodes, stocktake_id: UUID, place: Place | None, actor: Actor, now: datetime) -> int:
    if not command.complete:
        return 0
    if place is None:
        raise RuleBroken(
            "stocktake.no_place",
            "Dites quel lieu vous avez vérifié en entier : ce qui y est attendu et n'est pas vu sera manquant.",
        )
    return await sighting.complete(stocktake_id, actor.service_id, place, actor.civil_date(now))


def _told(typed: str, item: ReadItem | None, elsewhere: set[UUID], whys: dict[str, str]) -> CountedCode:
    shown = _shown(typed)
    if item is None:
        return CountedCode(reading=shown, result=StocktakeResult.UNKNOWN, detail=whys[shown])
    is_elsewhere = item.item_id in elsewhere
    return CountedCode(
        reading=shown,
        result=StocktakeResult.ELSEWHERE if is_elsewhere else StocktakeResult.FOUND,
        item_id=item.item_id,
        inventory_number=item.inventory_number,
        designation=item.designation,
        detail="Il n'était pas attendu ici." if is_elsewhere else "",
    )
