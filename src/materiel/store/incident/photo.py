"""Photographs of items; their bytes are read one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.domain.incident.photo import Photo
from materiel.errors import NotFound
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import PhotoRow

_PHOTO = Mapper(Photo, PhotoRow)
_SELECT = f"SELECT {_PHOTO.selected('photo')} FROM photo"
_OF_ITEM = Statement(f"{_SELECT} WHERE service = {{}} AND item = {{}} ORDER BY taken_on DESC, id DESC")
_OF_INCIDENT = Statement(f"{_SELECT} WHERE service = {{}} AND incident = {{}} ORDER BY id")
_OF_STATES = Statement(
    f"{_SELECT} WHERE service = {{}} AND item = {{}} AND (state IS NOT NULL OR remark IS NOT NULL) ORDER BY id"
)
_GET = Statement(f"{_SELECT} WHERE service = {{}} AND item = {{}} AND id = {{}}")
_BYTES = Statement("SELECT large, small FROM photo WHERE id = {}")
_SAME = Statement("SELECT 1 AS found FROM photo WHERE item = {} AND sha256 = {}")
_SAME_STATE = Statement("SELECT 1 AS found FROM photo WHERE state = {} AND sha256 = {}")
_DELETE = Statement("DELETE FROM photo WHERE id = {}")
_DELETE_OF_FILE = Statement("DELETE FROM photo WHERE file = {}")


async def insert(photo: Photo, *, large: bytes, small: bytes) -> None:
    """Keep a photograph."""
    await insert_rows(PhotoRow, _PHOTO.row(photo, large=large, small=small))


async def of_item(item_id: UUID, service_id: UUID) -> list[Photo]:
    """The photographs of an item, newest first."""
    return [_PHOTO.value(row) for row in await _OF_ITEM.fetch(service_id, item_id)]


async def of_incident(incident_id: UUID, service_id: UUID) -> Sequence[Photo]:
    """The photographs of an incident, in the order in which they came."""
    return [_PHOTO.value(row) for row in await _OF_INCIDENT.fetch(service_id, incident_id)]


async def of_condition(item_id: UUID, service_id: UUID) -> list[Photo]:
    """The photographs of the states of an item and of what families say of it, in the order in which they came."""
    return [_PHOTO.value(row) for row in await _OF_STATES.fetch(service_id, item_id)]


async def get(photo_id: UUID, item_id: UUID, service_id: UUID) -> Photo:
    """A photograph of an item.

    Raises:
        NotFound: `photo.not_found`.
    """
    row = await _GET.fetch_one(service_id, item_id, photo_id)
    if row is None:
        raise NotFound("photo.not_found", "Ce matériel n’a pas de photo de cet identifiant.")
    return _PHOTO.value(row)


async def content(photo_id: UUID) -> tuple[bytes, bytes]:
    """The bytes of a photograph, large and small."""
    row = await _BYTES.fetch_one(photo_id)
    assert row is not None
    return bytes(row["large"]), bytes(row["small"])


async def is_there(item_id: UUID, sha256: str) -> bool:
    """Whether an item has this very photograph already."""
    return await _SAME.fetch_one(item_id, sha256) is not None


async def is_of_state(state_id: UUID, sha256: str) -> bool:
    """Whether a state has this very photograph already; another may show it again."""
    return await _SAME_STATE.fetch_one(state_id, sha256) is not None


async def delete(photo_id: UUID) -> None:
    """Forget a photograph."""
    await _DELETE.fetch(photo_id)


async def delete_of_file(file_id: UUID) -> None:
    """Forget the picture of a file that is deleted."""
    await _DELETE_OF_FILE.fetch(file_id)
