"""Lists of loans and of documents for the pages: filtered, newest first, each with its place and what it awaits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.item import Item
from materiel.domain.language.order import LinePlace, Order, few_sorted
from materiel.domain.loan.alerts import Alert, age, alerts
from materiel.domain.loan.loan import Loan, name_without_agreement
from materiel.domain.papers.document import AGREEMENTS, Document, awaited, in_force
from materiel.store.accounts import service as services
from materiel.store.desk import dashboard
from materiel.store.desk.dashboard import LoanPlace
from materiel.store.engine.database import together
from materiel.store.item import item as items
from materiel.store.loan import list as loan_list
from materiel.store.loan import loan as loans
from materiel.store.loan.list import LoanFilter
from materiel.store.loan.split import formers
from materiel.store.papers import document as documents
from materiel.store.papers import list as document_list
from materiel.store.papers.list import DocumentFilter
from materiel.use_cases.search.total import Total, whole_total

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
    """A loan as a list shows it. `number` is its agreement's, or what its old paper bore, empty for a draft; `papers`,
    the oldest first.

    `items` are those that it still holds or reserves, in the order of its lines.
    `at`: where it stands in the list, once it is in one.
    """

    loan: Loan
    place: LoanPlace
    number: str
    alerts: tuple[Alert, ...]
    papers: tuple[Document, ...]
    items: tuple[Item, ...]
    at: LinePlace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A document as a list shows it, with the place of its loan; `at`: where it stands in the list, once in one."""

    document: Document
    place: LoanPlace
    at: LinePlace | None = None

    @property
    def awaited_of(self) -> tuple[str, ...]:
        """Who has still to sign it, by their names."""
        return tuple(dict.fromkeys(box.name for _, box in awaited([self.document])))


async def list_loan_lines(
    wanted: LoanFilter, *, actor: Actor, now: datetime, limit: int, before: UUID | None = None
) -> list[LoanLine]:
    """Loans of the actor's service, newest first, before one of them."""
    actor.require(Permission.READ)
    found = await loan_list.ids(actor.service_id, wanted, limit=limit, before=before)
    return await loan_lines(found, actor=actor, now=now)


MOST_THINGS = 2_000
"""Loans whose items are counted."""

BY_AGE = "depuis"
MOST_BY_AGE = 500
"""How many loans are sorted by the age of what is missing to them: each is looked at whole."""


async def loan_page(
    wanted: LoanFilter, order: Order, *, actor: Actor, now: datetime, limit: int, after: LinePlace | None = None
) -> list[LoanLine]:
    """Loans of the actor's service after the place of one of them, each with its own."""
    actor.require(Permission.READ)
    if order.column == BY_AGE:
        found = await list_loan_lines(wanted, actor=actor, now=now, limit=MOST_BY_AGE)
        return [
            replace(line, at=at)
            for line, at in few_sorted(
                found,
                lambda line: LinePlace(age(line.alerts), line.loan.id),
                descending=order.descending,
                limit=limit,
                after=after,
            )
        ]
    listed = await loan_list.page(actor.service_id, wanted, order, limit=limit, after=after)
    places = dict(listed)
    lines = await loan_lines(list(places), actor=actor, now=now)
    return [replace(line, at=places[line.loan.id]) for line in lines]


async def total_loans(wanted: LoanFilter, *, actor: Actor, now: datetime) -> Total:
    """How many loans of the actor's service match, on all pages, and how many items the few of a short list have."""
    actor.require(Permission.READ)

    async def add_up(at_most: int | None) -> Total:
        count = await loan_list.count(actor.service_id, wanted, at_most=at_most)
        few = 0 < count <= MOST_THINGS
        return Total(count, {"nombre": await loan_list.count_things(actor.service_id, wanted)} if few else {})

    return await whole_total(("loans", actor.service_id, wanted), add_up, now, searched=bool(wanted.q))


async def loan_lines(found: list[UUID], *, actor: Actor, now: datetime) -> list[LoanLine]:
    """These loans of the actor's service, in the order of their ids given by `get_many`."""
    actor.require(Permission.READ)
    places: dict[UUID, LoanPlace]
    papers: dict[UUID, list[Document]]
    listed: list[Loan]
    places, papers, listed = await together(
        dashboard.places(actor.service_id, found),
        documents.of_loans(found),
        loans.get_many(found, actor.service_id),
    )
    former = await formers(listed, actor.service_id)
    wanted_items = {line.item_id for loan in listed if loan.is_open for line in loan.open_items}
    held = {each.id: each for each in await items.get_many(list(wanted_items), actor.service_id)}
    policy = (await services.get(actor.service_id)).renewal_policy
    return [
        LoanLine(
            loan=loan,
            place=places[loan.id],
            number=_number(loan, papers[loan.id]),
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
            items=tuple(held[line.item_id] for line in loan.open_items if line.item_id in held),
        )
        for loan in listed
    ]


async def list_documents(
    wanted: DocumentFilter, *, actor: Actor, limit: int, before: UUID | None = None
) -> list[DocumentLine]:
    """Documents of the actor's service, newest first, before one of them."""
    after = None if before is None else LinePlace(before, before)
    return await document_page(wanted, document_list.NEWEST, actor=actor, limit=limit, after=after)


async def document_page(
    wanted: DocumentFilter, order: Order, *, actor: Actor, limit: int, after: LinePlace | None = None
) -> list[DocumentLine]:
    """Documents of the actor's service after the place of one of them, each with its own."""
    actor.require(Permission.READ)
    found = await document_list.sorted_documents(actor.service_id, wanted, order, limit=limit, after=after)
    loan_ids = list(dict.fromkeys(each.loan_id for each, _ in found))
    places = await dashboard.places(actor.service_id, loan_ids)
    by_id = {paper.id: paper for papers in (await documents.of_loans(loan_ids)).values() for paper in papers}
    return [DocumentLine(document=by_id[each.id], place=places[each.loan_id], at=at) for each, at in found]


async def total_documents(wanted: DocumentFilter, *, actor: Actor, now: datetime) -> Total:
    """How many documents of the actor's service match, on all pages."""
    actor.require(Permission.READ)

    async def add_up(at_most: int | None) -> Total:
        return Total(await document_list.count(actor.service_id, wanted, at_most=at_most))

    return await whole_total(("documents", actor.service_id, wanted), add_up, now, searched=bool(wanted.number))


def _number(loan: Loan, papers: Sequence[Document]) -> str:
    agreements = [paper for paper in papers if paper.kind in AGREEMENTS]
    current = in_force(agreements) or tuple(agreements)
    return current[-1].number if current else name_without_agreement(loan)
