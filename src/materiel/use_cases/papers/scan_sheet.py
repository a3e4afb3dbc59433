"""What a pile of pages tells whoever reads it over: its papers and their boxes, what is missing, what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.papers.document import Document, DocumentStatus, Signature, SignatureStatus, find_box
from materiel.domain.papers.scan_pile import (
    BoxState,
    InkVerdict,
    PageState,
    ScanBox,
    ScanPage,
    ScanPile,
    missing_of,
)
from materiel.domain.work.job import Job
from materiel.errors import NotFound
from materiel.store.papers import document as documents
from materiel.store.papers import scan_pile as piles
from materiel.store.papers.scan_pile import LeftToRead
from materiel.store.work import job as jobs

__all__ = ["LeftToRead", "PaperSeen", "PileSheet", "left_to_read", "list_piles", "read_pile"]

PILES_SHOWN = 30


class PaperGroup(LabelledEnum):
    """What a paper that came back asks for."""

    LOOK = "look", "À regarder"
    UNSIGNED = "unsigned", "Revenus sans signature"
    COMPLETE = "complete", "Complets, à confirmer"
    SETTLED = "settled", "Déjà classés"


@dataclass(frozen=True, slots=True)
class BoxSeen:
    """A box of a paper: what was seen, on which page of the pile, and whose signature it is."""

    box: ScanBox
    page: ScanPage
    signature: Signature
    has_picture: bool

    @property
    def waits(self) -> bool:
        """Whether a person has still to say what it is."""
        return self.box.state is BoxState.WAITING and self.signature.status is not SignatureStatus.SIGNED

    @property
    def is_unsigned(self) -> bool:
        """Whether a required signature is not there, as the machine sees it or as a person said."""
        empty = self.box.state is BoxState.LEFT or (self.waits and self.box.verdict is InkVerdict.NONE)
        return empty and self.signature.status is SignatureStatus.PENDING

    @property
    def told(self) -> str:
        """What is said of the box."""
        if self.signature.status is SignatureStatus.SIGNED or self.box.state is BoxState.SIGNED:
            return "signature enregistrée"
        return BoxState.LEFT.label if self.box.state is BoxState.LEFT else self.box.verdict.label


@dataclass(frozen=True, slots=True)
class PaperSeen:
    """A complete copy of a document that came back."""

    document: Document
    scan_id: UUID
    pages: tuple[ScanPage, ...]
    boxes: tuple[BoxSeen, ...]

    @property
    def group(self) -> PaperGroup:
        """What it asks for."""
        waiting = [box for box in self.boxes if box.waits]
        if any(box.box.verdict is InkVerdict.LOOK for box in waiting):
            return PaperGroup.LOOK
        if any(box.is_unsigned for box in waiting):
            return PaperGroup.UNSIGNED
        return PaperGroup.COMPLETE if waiting else PaperGroup.SETTLED

    @property
    def may_be_signed(self) -> bool:
        """Whether a signature may still be recorded on it."""
        return self.document.status is DocumentStatus.IN_FORCE

    @property
    def unsigned_by(self) -> list[str]:
        """The names of those whose required signature is not there."""
        return [box.signature.name for box in self.boxes if box.is_unsigned]


@dataclass(frozen=True, slots=True)
class IncompletePaper:
    """A document some pages of which came, and what is missing."""

    document: Document
    pages: tuple[ScanPage, ...]
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LoosePage:
    """A page alone: its guessed document, and when the same page came first, where that is known."""

    page: ScanPage
    document: Document | None = None
    came_at: datetime | None = None
    has_picture: bool = False


@dataclass(frozen=True, slots=True)
class PileSheet:
    """A pile and all that it holds. `job` is None once it is forgotten."""

    pile: ScanPile
    job: Job | None
    pages: tuple[ScanPage, ...]
    papers: tuple[PaperSeen, ...]
    incomplete: tuple[IncompletePaper, ...]
    by_hand: tuple[LoosePage, ...]
    foreign: tuple[LoosePage, ...]
    duplicates: tuple[LoosePage, ...]

    def of(self, group: PaperGroup) -> list[PaperSeen]:
        """The papers of a group."""
        return [paper for paper in self.papers if paper.group is group]

    @property
    def left(self) -> int:
        """How many things are left to settle."""
        papers = sum(paper.group is not PaperGroup.SETTLED for paper in self.papers)
        return papers + len(self.incomplete) + len(self.by_hand) + len(self.foreign)


async def list_piles(*, actor: Actor) -> list[tuple[ScanPile, int]]:
    """The last piles of the service, newest first, each with how many things are left to settle in it.

    A pile that is older and not settled is there too.
    """
    actor.require(Permission.READ)
    left: dict[UUID, int] = {}
    for each in await piles.left_to_read(actor.service_id):
        left[each.pile_id] = left.get(each.pile_id, 0) + 1
    listed = await piles.last(actor.service_id, limit=PILES_SHOWN)
    known = {pile.id for pile in listed}
    listed += [await piles.get(pile_id, actor.service_id) for pile_id in left if pile_id not in known]
    return [(pile, left.get(pile.id, 0)) for pile in listed]


async def left_to_read(*, actor: Actor) -> list[LeftToRead]:
    """What is left to read over in the service, oldest first."""
    actor.require(Permission.READ)
    return await piles.left_to_read(actor.service_id)


async def pile_of_job(job_id: UUID, *, actor: Actor) -> ScanPile | None:
    """The pile that a job of the service reads."""
    actor.require(Permission.READ)
    return await piles.of_job(job_id, actor.service_id)


async def read_pile(pile_id: UUID, *, actor: Actor) -> PileSheet:
    """A pile of the actor's service, with all that it holds.

    Raises:
        NotFound: `scan_pile.not_found`.
    """
    actor.require(Permission.READ)
    pile = await piles.get(pile_id, actor.service_id)
    pages = await piles.pages_of(pile_id)
    ids = sorted({page.document_id for page in pages if page.document_id is not None})
    found = {each.id: each for each in await documents.get_many(ids, actor.service_id)}
    pictured = await piles.pictured_pages(pile_id)
    return PileSheet(
        pile=pile,
        job=await _job(pile),
        pages=tuple(pages),
        papers=tuple(await _papers(pages, found)),
        incomplete=tuple(await _incomplete(pages, found)),
        by_hand=tuple(
            [_loose(page, found, pictured) for page in pages if page.state in (PageState.UNREAD, PageState.INFERRED)]
        ),
        foreign=tuple(LoosePage(page) for page in pages if page.state is PageState.FOREIGN),
        duplicates=tuple([await _twin(page, pile) for page in pages if page.state is PageState.DUPLICATE]),
    )


async def read_page_picture(pile_id: UUID, rank: int, *, actor: Actor) -> bytes:
    """The picture of a page, upright: a JPEG file that we made.

    Raises:
        NotFound: `scan_pile.not_found`, `scan_page.not_found`, `scan_page.no_image`.
    """
    actor.require(Permission.READ)
    await piles.get(pile_id, actor.service_id)
    page = await piles.page(pile_id, rank)
    _, preview = await piles.page_bytes(page.id)
    if not preview:
        raise NotFound(
            "scan_page.no_image", "L’image de cette page n’est plus gardée : ouvrez la numérisation du document."
        )
    return preview


async def read_box_picture(pile_id: UUID, rank: int, box_id: UUID, *, actor: Actor) -> bytes:
    """The picture of a box of a page.

    Raises:
        NotFound: `scan_pile.not_found`, `scan_page.not_found`, `scan_box.not_found`.
    """
    actor.require(Permission.READ)
    await piles.get(pile_id, actor.service_id)
    page = await piles.page(pile_id, rank)
    return await piles.picture(box_id, page.id)


async def unsigned_scans(document: Document, scan_ids: Sequence[UUID], *, actor: Actor) -> dict[UUID, list[str]]:
    """Of each scan of a document that was read by its boxes, the names of those whose signature is not confirmed.

    A scan that nobody looked at this way is not there.
    """
    actor.require(Permission.READ)
    told = {}
    for scan_id in scan_ids:
        pages = await piles.pages_of_scan(scan_id)
        boxes = await _boxes(pages, document)
        if boxes:
            told[scan_id] = [box.signature.name for box in boxes if box.is_unsigned or box.waits]
    return told


async def _job(pile: ScanPile) -> Job | None:
    try:
        return await jobs.get(pile.job_id, pile.service_id)
    except NotFound:
        return None


async def _papers(pages: Sequence[ScanPage], found: dict[UUID, Document]) -> list[PaperSeen]:
    scans: dict[UUID, UUID] = {}
    for page in pages:
        if page.scan_id is not None and page.document_id is not None:
            scans.setdefault(page.scan_id, page.document_id)
    papers = []
    for scan_id, document_id in scans.items():
        parts = await piles.pages_of_scan(scan_id)
        document = found[document_id]
        papers.append(PaperSeen(document, scan_id, tuple(parts), tuple(await _boxes(parts, document))))
    return papers


async def _boxes(pages: Sequence[ScanPage], document: Document) -> list[BoxSeen]:
    by_id = {page.id: page for page in pages}
    order = {signature.id: rank for rank, signature in enumerate(document.signatures)}
    boxes = await piles.boxes_of(list(by_id))
    boxes.sort(key=lambda box: order[box.signature_id])
    pictured = await piles.pictured_boxes(list(by_id))
    return [BoxSeen(box, by_id[box.page_id], find_box(document, box.signature_id), box.id in pictured) for box in boxes]


async def _incomplete(pages: Sequence[ScanPage], found: dict[UUID, Document]) -> list[IncompletePaper]:
    here: dict[UUID, list[ScanPage]] = {}
    for page in pages:
        if page.state is PageState.WAITING and page.document_id is not None:
            here.setdefault(page.document_id, []).append(page)
    told = []
    for document_id, mine in here.items():
        document = found[document_id]
        missing = missing_of(await piles.waiting(document_id), document.pages)
        told.append(IncompletePaper(document, tuple(mine), tuple(missing)))
    return told


def _loose(page: ScanPage, found: dict[UUID, Document], pictured: set[UUID]) -> LoosePage:
    document = found.get(page.document_id) if page.document_id else None
    return LoosePage(page, document, has_picture=page.id in pictured)


async def _twin(page: ScanPage, pile: ScanPile) -> LoosePage:
    return LoosePage(page, came_at=await piles.first_came_at(pile.service_id, page.sha256))
