"""Kits with their parts. Every read names the service, but that of the kits of items already read in one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from materiel.domain.circuit.workshop.kit import Kit, KitFilter
from materiel.errors import Conflict, NotFound
from materiel.store.engine.constraints import refusing
from materiel.store.engine.database import Row
from materiel.store.engine.ids import new_row_id
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders, update_version
from materiel.store.engine.search import searchable, words_of
from materiel.store.engine.statement import Statement
from materiel.store.item.item import ITEM
from materiel.store.tables import KitPartRow, KitRow

_KIT = Mapper(Kit, KitRow, given=("parts",))
_COLUMNS = ", ".join(f"kit.{each} AS kit_{each}" for each in _KIT.columns)
_IN_PARTS = (
    f"SELECT {_COLUMNS}, {ITEM.selected('item')} FROM kit_part JOIN kit ON kit.id = kit_part.kit"
    " JOIN item ON item.id = kit_part.item"
)
_IN_ORDER = "ORDER BY kit.number, kit.id, kit_part.position"
_BY_ID = Statement("SELECT * FROM kit WHERE id = {} AND service = {}")
_BY_NUMBER = Statement("SELECT * FROM kit WHERE service = {} AND number = {} AND dissolved_on IS NULL")
_PARTS = Statement(
    f"SELECT kit_part.kit AS of_kit, {ITEM.selected('item')} FROM kit_part JOIN item ON item.id = kit_part.item"
    " WHERE kit_part.kit = {} ORDER BY kit_part.position"
)
_EMPTY = Statement("DELETE FROM kit_part WHERE kit = {}")


async def insert(kit: Kit) -> None:
    """Add a kit with its parts.

    Raises:
        Conflict: `kit.number_taken`; `kit.item_taken`.
    """
    with refusing({"kit_service_number_key": number_taken(kit.number)}):
        await insert_rows(KitRow, _written(kit))
    await _insert_parts(kit)


async def save(kit: Kit) -> Kit:
    """Write a kit back with its parts, and return it with its version raised.

    Raises:
        Conflict: `kit.changed`; `kit.item_taken`.
    """
    version = await update_version(KitRow, _written(kit))
    if version is None:
        raise Conflict("kit.changed", "Ce kit a été modifié entre-temps. Rechargez-le, puis recommencez.")
    await _EMPTY.fetch(kit.id)
    await _insert_parts(kit)
    return replace(kit, version=version)


async def get(kit_id: UUID, service_id: UUID) -> Kit:
    """The kit of an id in a service, dissolved or not.

    Raises:
        NotFound: `kit.not_found`.
    """
    row = await _BY_ID.fetch_one(kit_id, service_id)
    if row is None:
        raise NotFound("kit.not_found", "Ce kit n’existe pas dans votre service.")
    return await _whole(row)


async def by_number(service_id: UUID, number: str) -> Kit | None:
    """The kit that bears a number now; None when it is dissolved, or when there is none."""
    row = await _BY_NUMBER.fetch_one(service_id, number)
    return None if row is None else await _whole(row)


async def of_items(item_ids: Collection[UUID]) -> list[Kit]:
    """The kits in which some of these items are, each with all its parts, by number."""
    if not item_ids:
        return []
    ids = list(dict.fromkeys(item_ids))
    statement = Statement(
        f"{_IN_PARTS} WHERE kit_part.kit IN (SELECT kit FROM kit_part WHERE item IN ({placeholders(ids)})) {_IN_ORDER}"
    )
    return _gathered(await statement.fetch(*ids))


async def page(service_id: UUID, wanted: KitFilter, *, limit: int, after: str | None = None) -> list[Kit]:
    """At most `limit` kits of a service that answer a filter, by number, after one of them."""
    condition, values = _asked(service_id, wanted)
    if after is not None:
        condition += " AND kit.number > {}"
        values.append(after)
    chosen = Statement(f"SELECT * FROM kit WHERE {condition} ORDER BY kit.number LIMIT {{}}")
    rows = await chosen.fetch(*values, limit)
    if not rows:
        return []
    ids = [row["id"] for row in rows]
    statement = Statement(f"{_IN_PARTS} WHERE kit.id IN ({placeholders(ids)}) {_IN_ORDER}")
    whole = {each.id: each for each in _gathered(await statement.fetch(*ids))}
    return [whole.get(row["id"]) or _KIT.value(row, parts=()) for row in rows]


async def count(service_id: UUID, wanted: KitFilter) -> int:
    """How many kits of a service answer a filter."""
    condition, values = _asked(service_id, wanted)
    row = await Statement(f"SELECT count(*) AS found FROM kit WHERE {condition}").fetch_one(*values)
    return row["found"] if row is not None else 0


def number_taken(number: str) -> Conflict:
    """What is said of a number that a kit, or an item, bears already."""
    return Conflict(
        "kit.number_taken",
        f"Le numéro {number} est déjà donné, à un kit ou à un matériel de votre service : choisissez-en un autre.",
    )


async def _whole(row: Row) -> Kit:
    parts = await _PARTS.fetch(row["id"])
    return _KIT.value(row, parts=tuple(ITEM.value(each) for each in parts))


def _gathered(rows: Sequence[Row]) -> list[Kit]:
    """The kits of rows that hold each one part, in their order."""
    kits: dict[UUID, Kit] = {}
    for row in rows:
        kit = kits.get(row["kit_id"])
        if kit is None:
            kit = _KIT.value({name: row[f"kit_{name}"] for name in _KIT.columns}, parts=())
        kits[kit.id] = replace(kit, parts=(*kit.parts, ITEM.value(row)))
    return list(kits.values())


async def _insert_parts(kit: Kit) -> None:
    taken = Conflict(
        "kit.item_taken",
        "Un de ces matériels est déjà dans un autre kit : un matériel n’est que d’un kit. Retirez-le d’abord de "
        "celui-là.",
    )
    if not kit.parts:
        return
    with refusing({"kit_part_item_key": taken}):
        await insert_rows(
            KitPartRow,
            *(
                {"id": new_row_id(), "kit": kit.id, "item": each.id, "position": position}
                for position, each in enumerate(kit.parts)
            ),
        )


def _asked(service_id: UUID, wanted: KitFilter) -> tuple[str, list[object]]:
    conditions = ["kit.service = {}", f"kit.dissolved_on IS {'NOT NULL' if wanted.dissolved else 'NULL'}"]
    values: list[object] = [service_id]
    if wanted.item_id is not None:
        conditions.append("kit.id IN (SELECT kit FROM kit_part WHERE item = {})")
        values.append(wanted.item_id)
    for word in words_of(wanted.q):
        conditions.append("kit.search LIKE {}")
        values.append(f"%{word}%")
    return " AND ".join(conditions), values


def _written(kit: Kit) -> dict[str, object]:
    return _KIT.row(kit, search=searchable(kit.number, kit.designation))
