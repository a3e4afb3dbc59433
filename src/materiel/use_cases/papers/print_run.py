"""Several documents as one file, to be printed at once."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from uuid import UUID

from materiel.documents.content_json import content_from_json
from materiel.documents.pdf.render import merge
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


async def merged_pdf(document_ids: Sequence[UUID], *, actor: Actor) -> bytes:
    """One PDF of several documents of the service, to print at once.

    Raises:
        NotFound: `document.not_found`.
        BadInput: `pile.empty`, `pile.too_high`.
    """
    papers = await receipts_of(document_ids, actor=actor)
    if not papers:
        raise BadInput("pile.empty", "Aucun document à imprimer : choisissez-en au moins un.")

    def draw() -> bytes:
        out = io.BytesIO()
        merge((content_from_json(paper.content) for paper in papers), out)
        return out.getvalue()

    return await asyncio.to_thread(draw)


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
