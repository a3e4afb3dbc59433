"""The views of lists that accounts keep. Every read names the account and its service."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.accounts.saved_view import KeptList, SavedView
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import SavedViewRow

_VIEW = Mapper(SavedView, SavedViewRow)
_OF_LIST = Statement("SELECT * FROM saved_view WHERE account = {} AND service = {} AND list = {} ORDER BY name, id")
_RENAME = Statement("UPDATE saved_view SET name = {} WHERE id = {} AND account = {} AND service = {} RETURNING id")
_DELETE = Statement("DELETE FROM saved_view WHERE id = {} AND account = {} AND service = {} RETURNING list")
_FORGET = Statement("DELETE FROM saved_view WHERE account = {}")


async def of_list(account_id: UUID, service_id: UUID, kept: KeptList) -> list[SavedView]:
    """The views that an account keeps of a list, by name."""
    return [_VIEW.value(row) for row in await _OF_LIST.fetch(account_id, service_id, kept.value)]


async def insert(view: SavedView) -> None:
    """Keep a view."""
    await insert_rows(SavedViewRow, _VIEW.row(view))


async def rename(view_id: UUID, name: str, account_id: UUID, service_id: UUID) -> bool:
    """Give another name; False when the account has no such view."""
    return await _RENAME.fetch_one(name, view_id, account_id, service_id) is not None


async def delete(view_id: UUID, account_id: UUID, service_id: UUID) -> bool:
    """Keep a view no more; False when the account has no such view."""
    return await _DELETE.fetch_one(view_id, account_id, service_id) is not None


async def forget(account_id: UUID) -> None:
    """Keep nothing of an account any more."""
    await _FORGET.fetch(account_id)
