"""From a code that was read, a number typed or a photograph to the item meant, its loan and its papers.

A stranger who reads the code of a label is told whom to call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.code import document_code, label_code, readings
from materiel.domain.item.item import Item
from materiel.domain.item.label import replaced
from materiel.domain.item.list import ItemFilter
from materiel.domain.language.identifiers import clean_inventory_number
from materiel.domain.loan.loan import Loan
from materiel.domain.papers.document import Document, DocumentStatus, Signature, SignatureStatus
from materiel.errors import NotFound
from materiel.scans.photo import LARGEST_BYTES, read_codes
from materiel.store.item import item as items
from materiel.store.item import label as labels
from materiel.store.item import list as item_list
from materiel.store.item import twin as twins
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents

_photos = asyncio.Semaphore(2)
"""Photographs read at once: more would only take turns on the processor."""

SHORTEST_SEARCH = 3
LARGEST_UPLOAD = LARGEST_BYTES + 50_000_000
"""A photograph and the fields of its form; a heavier one is refused before it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A required signature of a document in force that is not there yet."""

    document: Document
    signature: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOfCode:
    """An item, its open loan if any, the documents of that loan and the signatures they still lack."""

    item: Item
    loan: Loan | None
    documents: tuple[Document, ...]
    missing: tuple[Missing, ...]


async def item_of_code(code: str, *, actor: Actor) -> ItemOfCode:
    """Lead a manager from a label to the item and its papers.

    Raises:
        NotFound: `item.not_found`, for an unknown code as for another service's item; `label.replaced`, with the item.
    """
    actor.require(Permission.READ)
    item = await items.by_public_code(code.strip().upper())
    if item is None:
        await _refuse_replaced(code.strip().upper(), actor)
    if item is None or item.service_id != actor.service_id:
        raise NotFound(
            "item.not_found",
            "Ce code ne correspond à aucun matériel de votre service. Vérifiez l'étiquette, ou cherchez le "
            "numéro d'inventaire écrit à côté.",
        )
    loan = await loans.open_loan_of(item.id)
    papers = tuple(await documents.of_loan(loan.id)) if loan else ()
    return ItemOfCode(item=item, loan=loan, documents=papers, missing=missing_signatures(papers))


async def replaced_on(code: str) -> date | None:
    """Since when a code is that of a label replaced by another; None for any other code. Anyone may read it."""
    former = await labels.revoked(code.strip().upper())
    return former.revoked_on if former is not None else None


async def _refuse_replaced(code: str, actor: Actor) -> None:
    """Raise `label.replaced` when a code is that of a former label of the actor's service."""
    former = await labels.revoked(code)
    if former is not None and former.service_id == actor.service_id:
        raise replaced(former, (await items.get(former.item_id, actor.service_id)).inventory_number)


def missing_signatures(papers: Sequence[Document]) -> tuple[Missing, ...]:
    """The required signatures still awaited on the documents in force, in the order of the papers."""
    return tuple(
        Missing(document=document, signature=signature)
        for document in papers
        if document.status is DocumentStatus.IN_FORCE
        for signature in document.signatures
        if signature.status is SignatureStatus.PENDING
    )


async def item_of_label(text: str, *, actor: Actor) -> Item | None:
    """The item whose label was read, by its address or its code; None for anything else, another service's included.

    Every field where a label may be read asks here, so that each says the same of one that is worth nothing any more.

    Raises:
        NotFound: `label.replaced`, with the item that bore it.
    """
    actor.require(Permission.READ)
    for code in filter(None, map(label_code, readings(text))):
        item = await items.by_public_code(code)
        if item is not None and item.service_id == actor.service_id:
            return item
        if item is None:
            await _refuse_replaced(code, actor)
    return None


async def bearer_of(former: NotFound, *, actor: Actor) -> Item:
    """The item that bore the label of a `label.replaced`, as `item_of_label` raises it."""
    return await items.get(UUID(str(former.facts["item"])), actor.service_id)


async def find_meant_item(text: str, *, actor: Actor) -> Item:
    """The item of a label's address or code, of an inventory number, or the only one that a serial number finds.

    Raises:
        NotFound: `item.not_found`, nothing of the service or several things; another service's item included;
            `label.replaced`, by a label that is worth nothing any more: who knows what it is stuck on.
    """
    actor.require(Permission.READ)
    meant = readings(text)
    if (labelled := await item_of_label(text, actor=actor)) is not None:
        return labelled
    for each in meant:
        item = await items.by_inventory_number(actor.service_id, clean_inventory_number(each))
        if item is not None:
            return item
    for each in meant:
        if len(each) >= SHORTEST_SEARCH:
            found = await item_list.page(actor.service_id, ItemFilter(q=each), limit=2)
            if len(found) == 1:
                return found[0][0]
    near = await near_items(text, actor=actor)
    raise NotFound("item.not_found", _not_found(meant, [each.inventory_number for each in near]))


async def near_items(text: str, *, actor: Actor) -> list[Item]:
    """The items whose numbers look like what was read: O for 0, I for 1, zeros of the beginning that were lost."""
    actor.require(Permission.READ)
    typed = [clean_inventory_number(each) for each in readings(text)]
    numbers = sorted(set((await twins.numbers_like(actor.service_id, typed)).values()))
    found = await items.by_inventory_numbers(actor.service_id, numbers)
    return [found[number] for number in numbers if number in found]


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


def _not_found(meant: tuple[str, ...], near: Sequence[str]) -> str:
    if not meant:
        return "Rien n'a été lu : scannez l'étiquette, ou saisissez le numéro d'inventaire."
    if any(document_code(each) for each in meant):
        return "Ce code est celui d'un document : scannez plutôt l'étiquette collée sur le matériel."
    if near:
        return f"« {meant[0]} » ne désigne aucun matériel de votre service, mais ressemble à {' et à '.join(near)}."
    shown = meant[0] if len(meant[0]) <= 40 else f"{meant[0][:39]}…"
    return (
        f"« {shown} » ne désigne aucun matériel de votre service, ou en désigne plusieurs. "
        "Vérifiez l'étiquette, ou saisissez le numéro d'inventaire entier."
    )
