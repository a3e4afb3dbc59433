"""The fixed cast of the domain's tests: values with plain defaults, of which a test names only what matters."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from materiel.domain.accounts.service import ManagingService, ServiceKind
from materiel.domain.address import Address
from materiel.domain.item.item import Item
from materiel.domain.loan.loan import Loan, LoanItem, LoanStatus
from materiel.domain.papers.document import (
    Document,
    DocumentKind,
    DocumentStatus,
    Party,
    Signature,
    SignatureStatus,
)
from materiel.domain.people.pupil import Capacity, Home, Pupil, Representative
from materiel.domain.places.municipality import Municipality
from materiel.domain.places.school import School, SchoolKind, Sector
from materiel.domain.usage import Basis, BasisKind, Custody, Usage

TODAY = date(2026, 11, 21)
STARTS_ON = date(2026, 9, 1)
ENDS_ON = date(2027, 8, 31)

SECTORS = {
    SchoolKind.PUBLIC_PRIMARY: Sector.PUBLIC,
    SchoolKind.EPLE: Sector.PUBLIC,
    SchoolKind.AGRICULTURAL_PUBLIC: Sector.PUBLIC,
    SchoolKind.PRIVATE_UNDER_CONTRACT: Sector.PRIVATE,
    SchoolKind.PRIVATE_NO_CONTRACT: Sector.PRIVATE,
    SchoolKind.AGRICULTURAL_PRIVATE: Sector.PRIVATE,
}


def an_id(number: int) -> UUID:
    return UUID(int=number)


def an_address(*lines: str, postcode: str = "35580", city: str = "Baulon") -> Address:
    return Address(lines=lines or ("6 rue Philippe",), postcode=postcode, city=city)


def a_service(**changes: Any) -> ManagingService:
    values: dict[str, Any] = {
        "id": an_id(1),
        "code": "DSDEN35",
        "name": "DSDEN d'Ille-et-Vilaine",
        "kind": ServiceKind.DSDEN,
        "academie": "14",
        "departement": "035",
        "address": an_address("1 quai Dujardin", postcode="35000", city="Rennes"),
    }
    return ManagingService(**values | changes)


def a_school(kind: SchoolKind = SchoolKind.PUBLIC_PRIMARY, **changes: Any) -> School:
    values: dict[str, Any] = {
        "id": an_id(2),
        "uai": "0350122T",
        "name": "École primaire publique les Lucioles",
        "kind": kind,
        "computed_kind": kind,
        "sector": SECTORS.get(kind, Sector.UNKNOWN),
        "address": an_address(),
        "municipality_insee": "35016",
        "municipality_name": "Baulon",
        "departement": "035",
        "academie": "14",
    }
    return School(**values | changes)


def another_school(kind: SchoolKind = SchoolKind.EPLE, **changes: Any) -> School:
    values: dict[str, Any] = {"id": an_id(3), "uai": "0350063D", "name": "Collège Anne de Bretagne"}
    return a_school(kind, **values | changes)


def a_municipality(**changes: Any) -> Municipality:
    values: dict[str, Any] = {"insee_code": "35016", "name": "Baulon", "departement": "035"}
    return Municipality(**values | changes)


def a_parent(number: int = 1, **changes: Any) -> Representative:
    first_name, capacity = (("Jeanne", Capacity.MOTHER), ("Paul", Capacity.FATHER))[number - 1]
    values: dict[str, Any] = {
        "id": an_id(10 + number),
        "last_name": "Martin",
        "first_name": first_name,
        "capacity": capacity,
    }
    return Representative(**values | changes)


def a_pupil(*representatives: Representative, **changes: Any) -> Pupil:
    values: dict[str, Any] = {
        "id": an_id(20),
        "service_id": an_id(1),
        "last_name": "Martin",
        "first_name": "Léa",
        "birth_date": date(2016, 5, 4),
        "school_uai": "0350122T",
        "homes": (Home(address=an_address()),),
        "representatives": representatives,
    }
    return Pupil(**values | changes)


def an_item(number: int = 1, **changes: Any) -> Item:
    values: dict[str, Any] = {
        "id": an_id(100 + number),
        "service_id": an_id(1),
        "inventory_number": f"35-{number:05}",
        "designation": "Ordinateur portable",
        "public_code": f"CODE{number:09}",
    }
    return Item(**values | changes)


def a_line(number: int = 1, **changes: Any) -> LoanItem:
    values: dict[str, Any] = {"item_id": an_id(100 + number), "added_on": STARTS_ON}
    return LoanItem(**values | changes)


def a_loan(*lines: LoanItem, **changes: Any) -> Loan:
    values: dict[str, Any] = {
        "id": an_id(30),
        "service_id": an_id(1),
        "usage": Usage.INDIVIDUAL,
        "custody": Custody.HOME,
        "school_uai": "0350122T",
        "pupil_id": an_id(20),
        "status": LoanStatus.DRAFT,
        "starts_on": STARTS_ON,
        "ends_on": ENDS_ON,
        "purpose": "Travail scolaire",
        "basis": Basis(kind=BasisKind.CDAPH, valid_until=date(2028, 8, 31)),
        "items": lines or (a_line(),),
        "created_at": datetime(2026, 9, 1, 8, tzinfo=UTC),
    }
    return Loan(**values | changes)


def an_issued_loan(*lines: LoanItem, **changes: Any) -> Loan:
    values: dict[str, Any] = {"status": LoanStatus.ISSUED, "issued_on": STARTS_ON}
    return a_loan(*lines, **values | changes)


def a_loan_out(*lines: LoanItem, **changes: Any) -> Loan:
    values: dict[str, Any] = {
        "status": LoanStatus.HANDED_OVER,
        "issued_on": STARTS_ON,
        "handed_over_on": date(2026, 9, 4),
    }
    return a_loan(*(lines or (a_line(handed_over_on=date(2026, 9, 4)),)), **values | changes)


def a_box(
    number: int = 1, status: SignatureStatus = SignatureStatus.PENDING, party: Party = Party.BORROWER
) -> Signature:
    signed_on = date(2026, 9, 3) if status is SignatureStatus.SIGNED else None
    return Signature(
        id=an_id(50 + number),
        party=party,
        name=f"Signataire {number}",
        capacity="mère",
        status=status,
        signed_on=signed_on,
    )


def a_document(kind: DocumentKind = DocumentKind.LOAN_AGREEMENT, *signatures: Signature, **changes: Any) -> Document:
    values: dict[str, Any] = {
        "id": an_id(40),
        "service_id": an_id(1),
        "loan_id": an_id(30),
        "kind": kind,
        "number": "DSDEN35-2026-00001",
        "covers": (),
        "status": DocumentStatus.IN_FORCE,
        "issued_on": STARTS_ON,
        "wording": STARTS_ON,
        "code": "CODE",
        "sha256": "0" * 64,
        "pages": 2,
        "content": "{}",
        "signatures": signatures,
    }
    return Document(**values | changes)
