"""Export items, loans and the register to a CSV or a workbook. Scoped to the actor's service.

An export streams by pages, so its size is bounded by nothing but the client's patience.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from time import thread_time
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.item import HELD, Item
from materiel.domain.loan.loan import Loan
from materiel.exchange.item import HEADINGS, item_cells
from materiel.exchange.tabular import Rows, TableFormat, written
from materiel.exchange.writing import Cell
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.use_cases.process.turns import rest_since

PAGE = 100

LOAN_COLUMNS = (
    *("Prêt", "Usage", "Lieu de garde", "UAI", "Établissement", "Nom", "Prénom", "Matériels"),
    *("État", "Début", "Fin", "Émis le", "Remis le", "Clos le", "Origine"),
)
NAMELESS = {name: heading for name, heading in HEADINGS.items() if name != "note"}
"""What the register says of an item: a note is free, and a name may stand in it."""
REGISTER_COLUMNS = (*NAMELESS.values(), "UAI", "Établissement", "Depuis le", "Jusqu'au")


async def export_items(*, actor: Actor, form: TableFormat = TableFormat.CSV) -> AsyncIterator[bytes]:
    """The items of the service, with the columns that `import_items` reads."""
    actor.require(Permission.READ)

    async def pages() -> AsyncIterator[Rows]:
        async for page in _item_pages(actor.service_id):
            yield [item_cells(item) for item in page]

    async for piece in written(form, list(HEADINGS.values()), pages()):
        yield piece


async def export_register(*, actor: Actor, form: TableFormat = TableFormat.CSV) -> AsyncIterator[bytes]:
    """The register: every item of the service and the school where it is lent or deposited; no pupil's name."""
    actor.require(Permission.READ)
    async for piece in written(form, REGISTER_COLUMNS, _register_pages(actor.service_id)):
        yield piece


async def export_loans(*, actor: Actor, form: TableFormat = TableFormat.CSV) -> AsyncIterator[bytes]:
    """The loans and deposits of the service, open or over, one line each with the numbers of its items."""
    actor.require(Permission.READ)
    async for piece in written(form, LOAN_COLUMNS, _loan_pages(actor.service_id)):
        yield piece


async def _register_pages(service_id: UUID) -> AsyncIterator[Rows]:
    names: dict[str, str] = {}
    async for page in _item_pages(service_id):
        rows = []
        for item in page:
            loan = await loans.open_loan_of(item.id) if item.status in HELD else None
            where: list[Cell] = [None, None, None, None]
            if loan is not None:
                name = await _school_name(loan, names)
                where = [loan.school_uai, name, await _there_since(loan, item.id), loan.ends_on]
            rows.append([*item_cells(item, NAMELESS), *where])
        yield rows


async def _there_since(loan: Loan, item_id: UUID) -> date:
    """Since when an item is where its loan is: the loan may have moved after it began, or the item come after."""
    line = next(each for each in loan.open_items if each.item_id == item_id)
    places = [place.since for place in await loans.schools_of(loan.id)]
    return max(line.handed_over_on or line.added_on, loan.starts_on, *places[-1:])


async def _loan_pages(service_id: UUID) -> AsyncIterator[Rows]:
    names: dict[str, str] = {}
    after: UUID | None = None
    while page := await loans.page(service_id, limit=PAGE, after=after):
        began = thread_time()
        numbers = await documents.agreement_numbers([loan.id for loan in page])
        yield [await _loan_cells(loan, numbers.get(loan.id, ""), names) for loan in page]
        await rest_since(began)
        after = page[-1].id


async def _item_pages(service_id: UUID) -> AsyncIterator[list[Item]]:
    after: UUID | None = None
    while page := await items.page(service_id, limit=PAGE, after=after):
        began = thread_time()
        yield page
        await rest_since(began)
        after = page[-1].id


async def _loan_cells(loan: Loan, number: str, names: dict[str, str]) -> list[Cell]:
    pupil = await pupils.get(loan.pupil_id, loan.service_id) if loan.pupil_id else None
    lent = await items.get_many([line.item_id for line in loan.items], loan.service_id)
    return [
        number,
        loan.usage,
        loan.custody,
        loan.school_uai,
        await _school_name(loan, names),
        pupil.last_name if pupil else None,
        pupil.first_name if pupil else None,
        ", ".join(item.inventory_number for item in lent),
        loan.status,
        loan.starts_on,
        loan.ends_on,
        loan.issued_on,
        loan.handed_over_on,
        loan.closed_on,
        loan.origin,
    ]


async def _school_name(loan: Loan, names: dict[str, str]) -> str:
    uai = loan.school_uai
    if uai not in names:
        names[uai] = (await schools.by_uai(uai, loan.service_id)).name
    return names[uai]
