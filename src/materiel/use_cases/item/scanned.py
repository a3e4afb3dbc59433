"""From what was scanned, photographed or typed to the item meant, in the actor's service alone."""

from __future__ import annotations

import asyncio
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.item import Item
from materiel.domain.item.list import ItemFilter
from materiel.domain.item.scanned import document_code, label_code, readings
from materiel.domain.language.identifiers import clean_inventory_number
from materiel.errors import NotFound
from materiel.scans.photo import LARGEST_BYTES, read_codes
from materiel.store.item import item as items
from materiel.store.item import list as item_list
from materiel.store.papers import document as documents

_photos = asyncio.Semaphore(2)
"""Photographs read at once: more would only take turns on the processor."""

SHORTEST_SEARCH = 3
LARGEST_UPLOAD = LARGEST_BYTES + 100_000
"""A photograph and the fields of its form; a heavier one is refused before it is read."""


async def find_scanned(text: str, *, actor: Actor) -> Item:
    """The item of a label's address or code, of an inventory number, or the only one that a serial number finds.

    Raises:
        NotFound: `item.not_found`, nothing of the service or several things; another service's item included.
    """
    actor.require(Permission.READ)
    meant = readings(text)
    for each in meant:
        code = label_code(each)
        item = await items.by_public_code(code) if code else None
        if item is not None and item.service_id == actor.service_id:
            return item
        item = await items.by_inventory_number(actor.service_id, clean_inventory_number(each))
        if item is not None:
            return item
    for each in meant:
        if len(each) >= SHORTEST_SEARCH:
            found = await item_list.page(actor.service_id, ItemFilter(q=each), limit=2)
            if len(found) == 1:
                return found[0]
    raise NotFound("item.not_found", _not_found(meant))


async def find_document(text: str, *, actor: Actor) -> UUID | None:
    """The document whose printed code was read, when it is the service's; None otherwise."""
    actor.require(Permission.READ)
    for each in readings(text):
        code = document_code(each)
        document = await documents.by_code(code) if code else None
        if document is not None and document.service_id == actor.service_id:
            return document.id
    return None


async def read_photo(data: bytes, *, actor: Actor) -> list[str]:
    """The texts of the codes of a photograph, from top to bottom.

    Raises:
        BadInput: `photo.too_large`, `photo.unreadable`.
    """
    actor.require(Permission.READ)
    return await codes_in_photo(data)


async def codes_in_photo(data: bytes) -> list[str]:
    """The texts of the codes of a photograph; the caller has made sure that whoever sends it may scan.

    Raises:
        BadInput: `photo.too_large`, `photo.unreadable`.
    """
    async with _photos:
        return await asyncio.to_thread(read_codes, data)


def _not_found(meant: tuple[str, ...]) -> str:
    if not meant:
        return "Rien n'a été lu : scannez l'étiquette, ou saisissez le numéro d'inventaire."
    if any(document_code(each) for each in meant):
        return "Ce code est celui d'un document : scannez plutôt l'étiquette collée sur le matériel."
    shown = meant[0] if len(meant[0]) <= 40 else f"{meant[0][:39]}…"
    return (
        f"« {shown} » ne désigne aucun matériel de votre service, ou en désigne plusieurs. "
        "Vérifiez l'étiquette, ou saisissez le numéro d'inventaire entier."
    )
