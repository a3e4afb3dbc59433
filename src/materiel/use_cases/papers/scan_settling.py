"""What a person says of a page of a pile that was read: which one it is, or that it is of no use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.papers.document import Document
from materiel.domain.papers.scan_pile import (
    PageState,
    ScanPage,
    check_by_hand,
    check_number,
    checked_discard,
)
from materiel.errors import Conflict, NotFound
from materiel.scans.process import reading
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.papers import document as documents
from materiel.store.papers import scan_pile as piles
from materiel.use_cases.papers.scan_filing import file_copies


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePage:
    """Which page of which document a page of a pile is: the document by its number or its id.

    `turned`: degrees clockwise to add to how the page is shown, a quarter turn at a time.
    """

    pile_id: UUID
    rank: int
    page: int
    number: str = ""
    document_id: UUID | None = None
    turned: int = 0


async def file_page(command: FilePage, *, actor: Actor, now: datetime) -> Document:
    """File a page by hand, then the copy that it makes complete.

    Raises:
        NotFound: `scan_pile.not_found`, `scan_page.not_found`, `document.not_found`.
        Conflict: `scan_page.settled`, `scan_page.foreign`, `scan_page.no_picture`, `scan_page.changed`.
        BadInput: `scan_page.no_such_page`.
    """
    document = await _place(command, actor=actor, now=now)
    by = journal.by(actor, now)
    async with reading() as reader:
        await file_copies(document, reader, by=by, transaction=write_transaction)
    return document


@in_one_visit
async def _place(command: FilePage, *, actor: Actor, now: datetime) -> Document:
    actor.require(Permission.WRITE)
    async with write_transaction():
        await piles.get(command.pile_id, actor.service_id)
        page = await piles.page(command.pile_id, command.rank)
        check_by_hand(page)
        document = await _document(command, actor.service_id)
        check_number(command.page, document.pages)
        if not (await piles.page_bytes(page.id))[0]:
            raise Conflict(
                "scan_page.no_picture",
                "Rien n'a pu être lu de cette page : numérisez-la de nouveau, et écartez celle-ci.",
            )
        after = replace(
            page,
            state=PageState.WAITING,
            problem=None,
            document_id=document.id,
            number=command.page,
            rotation=(page.rotation + command.turned) % 360,
            settled_by=actor.id,
            settled_at=now,
        )
        await piles.place(page, after)
        if (page.document_id, page.number) != (after.document_id, after.number):
            await piles.drop_boxes(page.id)
        await journal.by(actor, now).note(
            "scan.page_filed",
            document.id,
            {"loan": str(document.loan_id), "pile": str(page.pile_id), "rank": page.rank, "page": command.page},
            of="document",
        )
    return document


async def _document(command: FilePage, service_id: UUID) -> Document:
    if command.document_id is not None:
        return await documents.get(command.document_id, service_id)
    found = await documents.by_number(command.number.strip(), service_id)
    if found is None:
        raise NotFound(
            "document.not_found", "Aucun document de votre service ne porte ce numéro : relisez-le sur le papier."
        )
    return found


@in_one_visit
async def discard_page(pile_id: UUID, rank: int, *, reason: str, actor: Actor, now: datetime) -> ScanPage:
    """Set a page aside: its picture goes, the reason stays.

    Raises:
        NotFound: `scan_pile.not_found`, `scan_page.not_found`.
        Conflict: `scan_page.settled`, `scan_page.changed`.
        BadInput: `scan_page.reason`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        pile = await piles.get(pile_id, actor.service_id)
        page = await piles.page(pile_id, rank)
        kept = checked_discard(page, reason)
        after = replace(page, state=PageState.DISCARDED, reason=kept, settled_by=actor.id, settled_at=now)
        await piles.discard(page, after)
        await journal.by(actor, now).note("scan.page_discarded", pile.job_id, {"rank": page.rank}, of="job")
    return after
