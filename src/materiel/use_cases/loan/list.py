"""Lists of loans and of documents for the pages: filtered, newest first, each with its place and what it awaits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.loan.alerts import Alert, alerts
from materiel.domain.loan.loan import Loan
from materiel.domain.papers.document import AGREEMENTS, Document, in_force
from materiel.store.accounts import service as services
from materiel.store.desk import dashboard
from materiel.store.desk.dashboard import LoanPlace
from materiel.store.item import item as items
from materiel.store.loan import list as loan_list
from materiel.store.loan import loan as loans
from materiel.store.loan.list import LoanFilter
from materiel.store.loan.split import formers
from materiel.store.papers import document as documents
from materiel.store.papers import list as document_list
from materiel.store.papers.list import DocumentFilter

__all__ = [
    "DocumentFilter",
    "DocumentLine",
    "LoanFilter",
    "LoanLine",
    "list_documents",
    "list_loan_lines",
    "loan_lines",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanLine:
    """A loan as a list shows it. `number` is its agreement's, empty for a draft; `papers`, the oldest first."""

    loan: Loan
    place: LoanPlace
    number: str
    alerts: tuple[Alert, ...]
    papers: tuple[Document, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A document as a list shows it, with the place of its loan."""

    document: Document
    place: LoanPlace


async def list_loan_lines(
    wanted: LoanFilter, *, actor: Actor, now: datetime, limit: int, before: UUID | None = None
) -> list[LoanLine]:
    """Loans of the actor's service, newest first, before one of them."""
    actor.require(Permission.READ)
    found = await loan_list.ids(actor.service_id, wanted, limit=limit, before=before)
    return await loan_lines(found, actor=actor, now=now)


async def loan_lines(found: list[UUID], *, actor: Actor, now: datetime) -> list[LoanLine]:
    """These loans of the actor's service, in the order of their ids given by `get_many`."""
    actor.require(Permission.READ)
    places = await dashboard.places(actor.service_id, found)
    papers = await documents.of_loans(found)
    listed = await loans.get_many(found, actor.service_id)
    former = await formers(listed, actor.service_id)
    wanted_items = {line.item_id for loan in listed if loan.is_open for line in loan.open_items}
    held = {each.id: each for each in await items.get_many(list(wanted_items), actor.service_id)}
    policy = (await services.get(actor.service_id)).renewal_policy
    return [
        LoanLine(
            loan=loan,
            place=places[loan.id],
            number=_number(papers[loan.id]),
            alerts=alerts(
                loan,
                papers[loan.id],
                actor.civil_date(now),
                pupil_died=places[loan.id].pupil_died,
                items=[held[line.item_id] for line in loan.open_items if line.item_id in held],
                policy=policy,
                former=former.get(loan.id),
            ),
            papers=tuple(papers[loan.id]),
        )
        for loan in listed
    ]


async def list_documents(
    wanted: DocumentFilter, *, actor: Actor, limit: int, before: UUID | None = None
) -> list[DocumentLine]:
    """Documents of the actor's service, newest first, before one of them."""
    actor.require(Permission.READ)
    found = await document_list.page(actor.service_id, wanted, limit=limit, before=before)
    loan_ids = list(dict.fromkeys(each.loan_id for each in found))
    places = await dashboard.places(actor.service_id, loan_ids)
    by_id = {paper.id: paper for papers in (await documents.of_loans(loan_ids)).values() for paper in papers}
    return [DocumentLine(document=by_id[each.id], place=places[each.loan_id]) for each in found]


def _number(papers: Sequence[Document]) -> str:
    agreements = [paper for paper in papers if paper.kind in AGREEMENTS]
    current = in_force(agreements) or tuple(agreements)
    return current[-1].number if current else ""
