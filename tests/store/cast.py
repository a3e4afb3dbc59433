"""The fixed cast of the store's tests: one service, one school, and what hangs below them."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from uuid import UUID

from materiel.domain.accounts.service import ManagingService, ServiceKind
from materiel.domain.address import Address
from materiel.domain.item.item import Item
from materiel.domain.loan.loan import Loan, LoanItem, LoanStatus
from materiel.domain.papers.document import (
    Covers,
    Document,
    DocumentKind,
    DocumentStatus,
    Party,
    Recipient,
    Signature,
    SignatureStatus,
)
from materiel.domain.people.pupil import Capacity, Home, Pupil, Representative
from materiel.domain.places.school import School, SchoolKind, Sector
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.engine.ids import new_id, new_public_code
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.places import municipality as municipalities
from materiel.store.places import school as schools

NOW = datetime(2026, 9, 10, 8, 30, 0, 250_000, tzinfo=UTC)
TODAY = date(2026, 9, 10)
PDF = b"%PDF-1.7 une convention"
CONTENT = '{"title":"Convention de prêt"}'
DSDEN_35 = UUID("00000000-0000-7000-8000-000000000035")
ADDRESS = Address(lines=("1 quai Dujardin",), postcode="35000", city="Rennes")


def a_service(**changes) -> ManagingService:
    given = {
        "id": DSDEN_35,
        "code": "DSDEN35",
        "name": "DSDEN d’Ille-et-Vilaine",
        "kind": ServiceKind.DSDEN,
        "academie": "14",
        "departement": "35",
        "address": ADDRESS,
    }
    return ManagingService(**given | changes)


def a_school(**changes) -> School:
    given = {
        "id": new_id(),
        "uai": "0351234A",
        "name": "École élémentaire Le Chat Perché",
        "kind": SchoolKind.PUBLIC_PRIMARY,
        "computed_kind": SchoolKind.PUBLIC_PRIMARY,
        "sector": Sector.PUBLIC,
        "address": Address(lines=("2 rue de l’École",), postcode="35580", city="Baulon"),
        "municipality_insee": "35016",
        "municipality_name": "Baulon",
        "departement": "35",
        "academie": "14",
    }
    return School(**given | changes)


def an_item(**changes) -> Item:
    given = {
        "id": new_id(),
        "service_id": DSDEN_35,
        "inventory_number": "2026-0001",
        "designation": "Ordinateur portable à écran tactile",
        "category": "informatique",
        "brand": "Œillet",
        "model": "T-14",
        "serial_number": "SN5CG1234XYZ",
        "accessories": ("chargeur", "housse"),
        "purchase_price_cents": 89_900,
        "public_code": new_public_code(),
    }
    return Item(**given | changes)


def a_pupil(**changes) -> Pupil:
    given = {
        "id": new_id(),
        "service_id": DSDEN_35,
        "last_name": "Le Goff",
        "first_name": "Maël",
        "birth_date": date(2015, 4, 2),
        "school_uai": "0351234A",
        "homes": (Home(address=ADDRESS), Home(address=ADDRESS)),
        "representatives": (
            Representative(id=new_id(), last_name="Le Goff", first_name="Anne", capacity=Capacity.MOTHER, home=0),
            Representative(id=new_id(), last_name="Cariou", first_name="Yann", capacity=Capacity.FATHER, home=1),
        ),
    }
    return Pupil(**given | changes)


def a_line(item: Item, **changes) -> LoanItem:
    return LoanItem(**{"item_id": item.id, "added_on": TODAY} | changes)


def a_loan(*lent: Item, **changes) -> Loan:
    given = {
        "id": new_id(),
        "service_id": DSDEN_35,
        "usage": Usage.INDIVIDUAL,
        "custody": Custody.HOME,
        "school_uai": "0351234A",
        "pupil_id": None,
        "status": LoanStatus.DRAFT,
        "starts_on": TODAY,
        "ends_on": date(2027, 7, 6),
        "purpose": "Prendre des notes en classe et à la maison",
        "basis": Basis(kind=BasisKind.CDAPH, reference="35-2026-118", decided_on=date(2026, 6, 2)),
        "items": tuple(a_line(item) for item in lent),
        "created_at": NOW,
    }
    return Loan(**given | changes)


def a_document(loan: Loan, **changes) -> Document:
    given = {
        "id": new_id(),
        "service_id": loan.service_id,
        "loan_id": loan.id,
        "kind": DocumentKind.TRIPARTITE_AGREEMENT,
        "number": "DSDEN35-2026-0001",
        "covers": (Covers.LOAN, Covers.DEPOSIT),
        "status": DocumentStatus.IN_FORCE,
        "issued_on": TODAY,
        "wording": date(2026, 9, 1),
        "code": new_public_code(),
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "pages": 2,
        "content": CONTENT,
        "signatures": (
            Signature(
                id=new_id(),
                party=Party.BORROWER,
                name="Anne Le Goff",
                capacity="mère",
                status=SignatureStatus.PENDING,
            ),
            Signature(
                id=new_id(),
                party=Party.MUNICIPALITY,
                name="La maire",
                capacity="maire de Baulon",
                status=SignatureStatus.PENDING,
            ),
        ),
        "recipients": (Recipient(id=new_id(), party=Party.HEAD_OF_SCHOOL, name="La directrice"),),
    }
    return Document(**given | changes)


async def settle() -> None:
    """Add the service and the school that everything else refers to."""
    async with write_transaction():
        await services.insert(a_service())
        await municipalities.insert_names({"35016": "Baulon"})
        await schools.upsert([a_school()])


async def given_item(**changes) -> Item:
    item = an_item(**changes)
    await items.insert(item, NOW)
    return item


async def given_pupil(**changes) -> Pupil:
    pupil = a_pupil(**changes)
    async with write_transaction():
        await pupils.insert(pupil, NOW)
    return pupil


async def given_loan(*lent: Item, **changes) -> Loan:
    loan = a_loan(*lent, **changes)
    async with write_transaction():
        await loans.insert(loan, "{}")
    return loan


async def given_document(loan: Loan, *, pdf: bytes = PDF, shared: int = 0, **changes) -> Document:
    """An issued document and its journal entry, as the use case writes them."""
    document = a_document(loan, **{"sha256": hashlib.sha256(pdf).hexdigest()} | changes)
    async with write_transaction():
        await documents.insert([(document, pdf)], issued_at=NOW, shared=shared)
        await journal.By(document.service_id, "token:1", NOW).note(
            "document.issued",
            document.id,
            {
                "kind": document.kind.value,
                "number": document.number,
                "sha256": document.sha256,
                "content_sha256": hashlib.sha256(document.content.encode()).hexdigest(),
            },
        )
    return document
