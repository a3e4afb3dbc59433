from datetime import UTC, datetime
from uuid import UUID

import pytest
from tests.use_cases.loan_cast import a_service

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.address import Address
from materiel.domain.places.municipality import AuthorityKind
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch
from materiel.store.places import municipality as municipalities
from materiel.use_cases.places.municipality import UpdateMunicipality, get_municipality, update_municipality

pytestmark = pytest.mark.usefixtures("db")

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SERVICE = UUID("0193a000-0000-7000-8000-000000000001")
MANAGER = Actor("token:manager", Role.MANAGER, SERVICE)
READER = Actor("token:reader", Role.READER, SERVICE)
TOWN_HALL = Address(lines=("Mairie", "1 place de la Mairie"), postcode="35580", city="Baulon")


@pytest.fixture(autouse=True)
async def baulon(db):
    await services.insert(a_service(SERVICE, "DSDEN35", "35"))
    await municipalities.insert_names({"35016": "Baulon", "75056": "Paris"})


async def test_contacts_are_kept():
    command = UpdateMunicipality(
        insee_code="35016",
        version=1,
        address=TOWN_HALL,
        email="mairie@baulon.fr",
        mayor_name="Mme Guérin",
        authority_kind=AuthorityKind.SYNDICATE,
        authority_name="SIVOS du Canut",
        authority_address=TOWN_HALL,
        signatory_name="M. Le Roux",
        signatory_title="Président",
    )
    saved = await update_municipality(command, actor=MANAGER, now=NOW)
    assert saved.version == 2
    assert await get_municipality("35016", actor=READER) == saved
    assert (saved.name, saved.departement, saved.address) == ("Baulon", "035", TOWN_HALL)
    assert [row["action"] for row in await fetch("SELECT action FROM journal")] == ["municipality.updated"]


async def test_the_mayor_of_an_arrondissement_is_the_city_s():
    assert (await get_municipality("75104", actor=READER)).name == "Paris"


async def test_an_import_leaves_contacts_alone():
    command = UpdateMunicipality(insee_code="35016", version=1, mayor_name="Mme Guérin")
    saved = await update_municipality(command, actor=MANAGER, now=NOW)
    await municipalities.insert_names({"35016": "BAULON"})
    assert await get_municipality("35016", actor=READER) == saved


async def test_every_fault_is_told_at_once():
    command = UpdateMunicipality(
        insee_code="35016",
        version=1,
        email="mairie",
        mayor_name="x" * 201,
        address=Address(lines=("",), postcode="1", city="Baulon"),
    )
    with pytest.raises(RuleBroken) as refusal:
        await update_municipality(command, actor=MANAGER, now=NOW)
    assert {error.pointer for error in refusal.value.errors} == {
        "/email",
        "/mayor_name",
        "/address/lines/0",
        "/address/postcode",
    }


async def test_a_stale_change_is_refused():
    command = UpdateMunicipality(insee_code="35016", version=3, phone="02 99 00 00 00")
    with pytest.raises(Conflict) as refusal:
        await update_municipality(command, actor=MANAGER, now=NOW)
    assert refusal.value.code == "municipality.changed"


async def test_an_unknown_municipality_is_not_found():
    with pytest.raises(NotFound):
        await get_municipality("99999", actor=READER)


async def test_a_reader_changes_nothing():
    with pytest.raises(PermissionDenied):
        await update_municipality(UpdateMunicipality(insee_code="35016", version=1), actor=READER, now=NOW)
