"""Photographs of items, attached by managers and shown; what links send for an incident is shown the same way.

Each is made again in the process of the scans: upright, of a bearable size, without what a telephone notes of where.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.incident.photo import Photo, PhotoOccasion, check_photos, check_removable
from materiel.errors import BadInput
from materiel.scans.process import reading
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.incident import incident as incidents
from materiel.store.incident import photo as photos
from materiel.store.item import item as items
from materiel.store.loan import loan as loans


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPhotos:
    """Photographs of an item: when they were taken, and the incident that they are about, if any."""

    item_id: UUID
    files: tuple[bytes, ...]
    occasion: PhotoOccasion
    taken_on: date
    incident_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A photograph made again: large, and as a thumbnail."""

    sha256: str
    large: bytes
    small: bytes


async def pictures_of(files: Sequence[bytes]) -> list[Picture]:
    """Photographs made again, in a process of their own.

    Raises:
        BadInput: `photo.unreadable`, `photo.too_large`, `scan.unreadable`.
    """
    made = []
    async with reading() as reader:
        for data in files:
            large, small = await reader.show(data)
            made.append(Picture(hashlib.sha256(data).hexdigest(), large, small))
    return made


async def add_photos(command: AddPhotos, *, actor: Actor, now: datetime) -> int:
    """Attach photographs to an item; the same one is kept once. How many were kept.

    Raises:
        NotFound: `item.not_found`, `incident.not_found`.
        BadInput: `photo.too_many`, `photo.too_large`, `photo.unreadable`, `photo.in_future`.
    """
    actor.require(Permission.WRITE)
    check_photos([len(data) for data in command.files])
    if command.taken_on > actor.civil_date(now):
        raise BadInput("photo.in_future", "Ces photos ne peuvent pas être prises dans l'avenir : corrigez la date.")
    return await _keep(command, await pictures_of(command.files), actor=actor, now=now)


@in_one_visit
async def _keep(command: AddPhotos, made: Sequence[Picture], *, actor: Actor, now: datetime) -> int:
    actor.require(Permission.WRITE)
    async with write_transaction():
        item = await items.get(command.item_id, actor.service_id)
        incident = await incidents.get(command.incident_id, actor.service_id) if command.incident_id else None
        if incident is not None and incident.item_id != item.id:
            raise BadInput("photo.other_item", "Cet incident est celui d'un autre matériel.")
        loan = await loans.open_loan_of(item.id)
        loan_id = incident.loan_id if incident else loan.id if loan else None
        kept = 0
        for picture in made:
            if await photos.is_there(item.id, picture.sha256):
                continue
            photo = Photo(
                id=new_id(),
                service_id=actor.service_id,
                item_id=item.id,
                occasion=command.occasion,
                taken_on=command.taken_on,
                sha256=picture.sha256,
                added_by=actor.id,
                added_at=now,
                loan_id=loan_id,
                incident_id=incident.id if incident else None,
            )
            await photos.insert(photo, large=picture.large, small=picture.small)
            kept += 1
        if kept:
            facts = {"photos": kept, "occasion": command.occasion.value}
            await journal.by(actor, now).note("item.photographed", item.id, facts)
    return kept


async def photos_of_item(item_id: UUID, *, actor: Actor) -> list[Photo]:
    """The photographs of an item of the service, newest first.

    Raises:
        NotFound: `item.not_found`.
    """
    actor.require(Permission.READ)
    await items.get(item_id, actor.service_id)
    return await photos.of_item(item_id, actor.service_id)


async def read_photo(item_id: UUID, photo_id: UUID, *, actor: Actor, small: bool = False) -> bytes:
    """A photograph as a JPEG file that we made.

    Raises:
        NotFound: `photo.not_found`.
    """
    actor.require(Permission.READ)
    photo = await photos.get(photo_id, item_id, actor.service_id)
    large, thumbnail = await photos.content(photo.id)
    return thumbnail if small else large


@in_one_visit
async def remove_photo(item_id: UUID, photo_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Delete a photograph that should not be there.

    Raises:
        NotFound: `photo.not_found`.
        Conflict: `photo.of_family`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        photo = await photos.get(photo_id, item_id, actor.service_id)
        check_removable(photo)
        await photos.delete(photo.id)
        await journal.by(actor, now).note("item.photo_removed", item_id, {"occasion": photo.occasion.value})
