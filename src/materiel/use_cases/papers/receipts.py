"""Receipts of a pile that was just recorded, and how high a pile may be."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.papers.document import Document
from materiel.errors import BadInput
from materiel.store.papers import document as documents

MOST_ITEMS = 100


async def receipts_of(document_ids: Sequence[UUID], *, actor: Actor) -> list[Document]:
    """Documents of the service, in the order asked.

    Raises:
        NotFound: `document.not_found`.
    """
    actor.require(Permission.READ)
    check_height(document_ids)
    return [await documents.get(document_id, actor.service_id) for document_id in document_ids]


def check_height(item_ids: Sequence[UUID]) -> None:
    """Refuse a pile of more items than somebody handles at once.

    Raises:
        BadInput: `pile.too_high`.
    """
    if len(item_ids) > MOST_ITEMS:
        raise BadInput(
            "pile.too_high",
            f"Une pile compte {MOST_ITEMS} matériels au plus : enregistrez celle-ci, puis continuez.",
        )
