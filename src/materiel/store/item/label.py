"""What is known of labels: when one was last printed for an item, and the codes that were replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from materiel.domain.item.item import Item
from materiel.domain.item.label import RevokedLabel
from materiel.store.engine.ids import new_public_code
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import ROWS_AT_ONCE, placeholders
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.item import item as items
from materiel.store.tables import RevokedLabelRow

_REVOKED = Mapper(RevokedLabel, RevokedLabelRow)
_BY_CODE = Statement("SELECT * FROM revoked_label WHERE code = {}")
_OF_ITEM = Statement("SELECT * FROM revoked_label WHERE item = {} AND service = {} ORDER BY revoked_on, code")
_PRINTED_ON = Statement("SELECT labelled_on FROM item WHERE id = {} AND service = {}")
_TO_PRINT = Statement("UPDATE item SET labelled_on = NULL WHERE id = {}")


async def note_printed(printed: Sequence[Item], on: date) -> None:
    """Note that the labels of items were printed, unless one was replaced while they were drawn.

    Their versions stay: nothing of what they are has changed.
    """
    for start in range(0, len(printed), ROWS_AT_ONCE):
        some = printed[start : start + ROWS_AT_ONCE]
        marks = placeholders(some)
        await Statement(f"UPDATE item SET labelled_on = {{}} WHERE id IN ({marks}) AND public_code IN ({marks})").fetch(
            on, *(item.id for item in some), *(item.public_code for item in some)
        )


async def printed_on(item_id: UUID, service_id: UUID) -> date | None:
    """The day when the label of an item was last printed; None when it never was, or not since it was replaced."""
    row = await _PRINTED_ON.fetch_one(item_id, service_id)
    return row["labelled_on"] if row is not None else None


async def give_new_code(item: Item, on: date) -> Item:
    """Give an item the code of a new label, not printed yet, and revoke the former.

    Raises:
        Conflict: `item.changed`.
    """
    saved = await items.save(replace(item, public_code=new_public_code()))
    former = RevokedLabel(code=item.public_code, service_id=item.service_id, item_id=item.id, revoked_on=on)
    await insert_rows(RevokedLabelRow, _REVOKED.row(former))
    await _TO_PRINT.fetch(item.id)
    return saved


async def revoked(code: str) -> RevokedLabel | None:
    """The label that was replaced and bore a code, whatever its service; codes are upper case."""
    row = await _BY_CODE.fetch_one(code)
    return _REVOKED.value(row) if row is not None else None


async def revoked_of(item_id: UUID, service_id: UUID) -> list[RevokedLabel]:
    """The labels of an item that were replaced, the oldest first."""
    return [_REVOKED.value(row) for row in await _OF_ITEM.fetch(item_id, service_id)]
