"""The fixed cast of the loans: one service, real schools of Ille-et-Vilaine, three pupils, eight items."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from tests.stage.held import held

import materiel
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.service import ManagingService, ServiceKind
from materiel.domain.address import Address
from materiel.domain.item.item import Item, Ownership
from materiel.domain.people.pupil import Capacity, Home, Pupil, Representative
from materiel.domain.usage import Custody, Usage
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.people import pupil as pupils
from materiel.use_cases.imports.schools import import_schools
from materiel.use_cases.loan.loan import CreateLoan, create_loan
from materiel.use_cases.papers.issuer import Issuer

ANNUAIRE = Path(materiel.__file__).parent / "demo_data" / "annuaire-education-35.csv"
NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
TODAY = date(2026, 9, 7)
SERVICE = UUID("0193a000-0000-7000-8000-000000000001")
OTHER_SERVICE = UUID("0193a000-0000-7000-8000-000000000002")
MANAGER = Actor("token:manager", Role.MANAGER, SERVICE)
READER = Actor("token:reader", Role.READER, SERVICE)
STRANGER = Actor("token:stranger", Role.ADMIN, OTHER_SERVICE)
ISSUER = Issuer(actor=MANAGER, now=NOW, base_url="https://pret.example.fr")

BAULON = "0350122T"
"""École primaire publique."""
CARDROC = "0350165P"
"""École élémentaire publique."""
COLLEGE = "0352958A"
"""Collège public, EPLE."""
PRIVATE = "0352069J"
"""Collège privé sous contrat."""
IME = "0351043U"
"""Établissement médico-éducatif."""

CHILD, ADULT, TWO_HOMES = (UUID(f"0193b000-0000-7000-8000-00000000000{n}") for n in (1, 2, 3))
ITEMS = tuple(UUID(f"0193c000-0000-7000-8000-00000000000{n}") for n in range(1, 9))
LAPTOP, BRAILLE, KEYBOARD, RENTED, FM, SOFTWARE, SPARE, LAST = ITEMS


async def set_up() -> None:
    """Fill a fresh database with the cast."""
    await held("the cast of the loans", _fill)


async def _fill() -> None:
    for service_id, code, departement in ((SERVICE, "DSDEN35", "35"), (OTHER_SERVICE, "DSDEN29", "29")):
        await services.insert(a_service(service_id, code, departement))
    await import_schools(_rows_of(BAULON, CARDROC, COLLEGE, PRIVATE, IME), actor=MANAGER, now=NOW)
    async with write_transaction():
        await items.insert_many([an_item(n, item_id) for n, item_id in enumerate(ITEMS, 1)], NOW)
        for pupil in (a_child(), an_adult(), a_child_with_two_homes()):
            await pupils.insert(pupil, NOW)


def _rows_of(*wanted: str) -> bytes:
    with ANNUAIRE.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter=";") if row["Identifiant_de_l_etablissement"] in wanted]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def a_service(service_id: UUID, code: str, departement: str) -> ManagingService:
    return ManagingService(
        id=service_id,
        code=code,
        name="DSDEN d'Ille-et-Vilaine",
        kind=ServiceKind.DSDEN,
        academie="14",
        departement=departement,
        address=Address(lines=("1 quai Dujardin",), postcode="35000", city="Rennes"),
        phone="02 99 00 00 00",
        signatory_name="Camille Durand",
        signatory_title="Inspectrice d'académie",
    )


def an_item(number: int, item_id: UUID) -> Item:
    rented = item_id == RENTED
    return Item(
        id=item_id,
        service_id=SERVICE,
        inventory_number=f"35-2026-{number:05d}",
        designation="Logiciel de lecture" if item_id == SOFTWARE else "Ordinateur portable",
        category="logiciel" if item_id == SOFTWARE else "ordinateur portable",
        accessories=("Chargeur", "Housse"),
        ownership=Ownership.RENTED if rented else Ownership.STATE,
        lessor="Loueur SA" if rented else "",
        lease_ends_on=date(2027, 3, 31) if rented else None,
        public_code=f"ABCDEFGHJKM{number:02d}",
    )


def _home(street: str) -> Home:
    return Home(address=Address(lines=(street,), postcode="35580", city="Baulon"))


def a_parent(number: int, first_name: str, capacity: Capacity, home: int = 0) -> Representative:
    return Representative(
        id=UUID(f"0193d000-0000-7000-8000-0000000000{number:02d}"),
        last_name="Exemple",
        first_name=first_name,
        capacity=capacity,
        home=home,
    )


def a_child() -> Pupil:
    return Pupil(
        id=CHILD,
        service_id=SERVICE,
        last_name="Exemple",
        first_name="Zoé",
        birth_date=date(2016, 5, 4),
        school_uai=BAULON,
        homes=(_home("3 rue des Lilas"),),
        representatives=(a_parent(1, "Anne", Capacity.MOTHER),),
    )


def an_adult() -> Pupil:
    return Pupil(
        id=ADULT,
        service_id=SERVICE,
        last_name="Modèle",
        first_name="Ilan",
        birth_date=date(2008, 1, 15),
        school_uai=COLLEGE,
        homes=(_home("8 place du Marché"),),
        representatives=(),
    )


def a_child_with_two_homes() -> Pupil:
    return Pupil(
        id=TWO_HOMES,
        service_id=SERVICE,
        last_name="Fictif",
        first_name="Noé",
        birth_date=date(2014, 2, 1),
        school_uai=PRIVATE,
        homes=(_home("1 rue du Four"), _home("2 rue du Puits")),
        representatives=(a_parent(2, "Lise", Capacity.MOTHER, 0), a_parent(3, "Paul", Capacity.FATHER, 1)),
    )


async def noted() -> None:
    """The entry of the journal that a use case writes with what a test has changed by the store: lists are kept till
    the next one.
    """
    async with write_transaction():
        await journal.by(MANAGER, NOW).note("pupil.updated", CHILD, {"fields": []})


def a_request(**asked: object) -> CreateLoan:
    """Zoé takes the laptop home from the public école, unless told otherwise."""
    values: dict[str, object] = {
        "usage": Usage.INDIVIDUAL,
        "custody": Custody.HOME,
        "school": BAULON,
        "items": (LAPTOP,),
        "starts_on": TODAY,
        "purpose": "Prise de notes en classe et devoirs",
        "pupil": CHILD,
    }
    return CreateLoan(**{**values, **asked})  # type: ignore[arg-type]


async def a_draft(**asked: object) -> UUID:
    """The id of a draft loan."""
    return (await create_loan(a_request(**asked), actor=MANAGER, now=NOW)).case.loan.id
