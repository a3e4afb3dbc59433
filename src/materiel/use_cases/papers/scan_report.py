"""What the reading of a pile found, as its job tells it: groups, without a name."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.domain.papers.document import SignatureStatus
from materiel.domain.papers.scan_pile import InkVerdict, PageProblem, PageState, ScanPage, ScanPile, missing_of
from materiel.store.papers import document as documents
from materiel.store.papers import scan_pile as piles
from materiel.use_cases.papers.scan_filing import FiledCopy

_UNFILED = frozenset({PageState.WAITING, PageState.INFERRED, PageState.UNREAD, PageState.FOREIGN})


async def report_of(pile: ScanPile, filed: Sequence[FiledCopy]) -> dict[str, object]:
    """The result of the job.

    `{"scan": id, "pages": n, "filed": [{"document", "number", "pages", "inferred"}], "unfiled": [{"page", "code",
    "reason"}], "blank": [page], "duplicates": [page], "missing": [{"document", "number", "pages"}], "boxes":
    {"ink", "none", "look"}, "unsigned": [{"document", "number", "signatories"}]}`; pages are numbered from 1, the blank
    backs of sheets need nobody.
    """
    pages = await piles.pages_of(pile.id)
    boxes = {verdict.value: 0 for verdict in InkVerdict}
    unsigned = []
    for copy in filed:
        seen = await piles.boxes_of([page.id for page in copy.pages])
        for box in seen:
            boxes[box.verdict.value] += 1
        required = {box.id for box in copy.document.signatures if box.status is SignatureStatus.PENDING}
        empty = [
            str(box.signature_id) for box in seen if box.verdict is InkVerdict.NONE and box.signature_id in required
        ]
        if empty:
            unsigned.append({"document": str(copy.document.id), "number": copy.document.number, "signatories": empty})
    return {
        "scan": str(pile.id),
        "pages": len(pages),
        "filed": [_filed(copy, pile) for copy in filed],
        "unfiled": [_unfiled(page) for page in pages if page.state in _UNFILED],
        "blank": [page.rank for page in pages if page.state is PageState.BLANK],
        "duplicates": [page.rank for page in pages if page.state is PageState.DUPLICATE],
        "missing": await _missing(pages, pile.service_id),
        "boxes": boxes,
        "unsigned": unsigned,
    }


def _filed(copy: FiledCopy, pile: ScanPile) -> dict[str, object]:
    return {
        "document": str(copy.document.id),
        "number": copy.document.number,
        "pages": [page.rank for page in copy.pages if page.pile_id == pile.id],
        "inferred": [],
    }


def _unfiled(page: ScanPage) -> dict[str, object]:
    problem = PageProblem.INCOMPLETE if page.state is PageState.WAITING else page.problem or PageProblem.NO_CODE
    return {"page": page.rank, "code": problem.value, "reason": problem.label}


async def _missing(pages: Sequence[ScanPage], service_id: UUID) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for document_id in sorted(
        {page.document_id for page in pages if page.state is PageState.WAITING and page.document_id}
    ):
        document = await documents.get(document_id, service_id)
        lacking = missing_of(await piles.waiting(document_id), document.pages)
        found.append({"document": str(document_id), "number": document.number, "pages": lacking})
    return found
