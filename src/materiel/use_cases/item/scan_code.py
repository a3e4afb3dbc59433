"""What the code of a label tells: to a manager the item, its loan and what is missing; to a stranger whom to call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.item.item import Item
from materiel.domain.loan.loan import Loan
from materiel.domain.papers.document import Document, DocumentStatus, Signature, SignatureStatus
from materiel.errors import NotFound
from materiel.store.accounts import service as services
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A required signature of a document in force that is not there yet."""

    document: Document
    signature: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """An item, its open loan if any, the documents of that loan and the signatures they still lack."""

    item: Item
    loan: Loan | None
    documents: tuple[Document, ...]
    missing: tuple[Missing, ...]


async def scan_item(code: str, *, actor: Actor) -> Scanned:
    """Lead a manager from a label to the item and its papers.

    Raises:
        NotFound: `item.not_found`, for an unknown code as for another service's item.
    """
    actor.require(Permission.READ)
    item = await items.by_public_code(code.strip().upper())
    if item is None or item.service_id != actor.service_id:
        raise NotFound(
            "item.not_found",
            "Ce code ne correspond à aucun matériel de votre service. Vérifiez l'étiquette, ou cherchez le "
            "numéro d'inventaire écrit à côté.",
        )
    loan = await loans.open_loan_of(item.id)
    papers = tuple(await documents.of_loan(loan.id)) if loan else ()
    return Scanned(item=item, loan=loan, documents=papers, missing=missing_signatures(papers))


def missing_signatures(papers: Sequence[Document]) -> tuple[Missing, ...]:
    """The required signatures still awaited on the documents in force, in the order of the papers."""
    return tuple(
        Missing(document=document, signature=signature)
        for document in papers
        if document.status is DocumentStatus.IN_FORCE
        for signature in document.signatures
        if signature.status is SignatureStatus.PENDING
    )


async def whom_to_call(code: str) -> ManagingService | None:
    """The service to call when its item is found; None for an unknown code.

    The page shows the same thing for a known and an unknown code when the installation has one service.
    """
    item = await items.by_public_code(code.strip().upper())
    every = await services.all()
    if item is not None:
        return next(service for service in every if service.id == item.service_id)
    return every[0] if len(every) == 1 else None
