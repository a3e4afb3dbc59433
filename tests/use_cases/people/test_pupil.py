from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

import materiel
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.service import ManagingService, ServiceKind
from materiel.domain.address import Address
from materiel.domain.people.pupil import Capacity, Home
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch
from materiel.use_cases.imports.schools import import_schools
from materiel.use_cases.people.pupil import (
    RegisterPupil,
    RepresentativeInput,
    UpdatePupil,
    get_pupil,
    list_pupils,
    register_pupil,
    update_pupil,
)

ANNUAIRE = Path(materiel.__file__).parent / "demo_data" / "annuaire-education-35.csv"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SERVICE = ManagingService(
    id=UUID("0193a000-0000-7000-8000-000000000001"),
    code="DSDEN35",
    name="DSDEN d'Ille-et-Vilaine",
    kind=ServiceKind.DSDEN,
    academie="14",
    departement="035",
    address=Address(lines=("1 quai Dujardin",), postcode="35000", city="Rennes"),
)
OTHER = replace(SERVICE, id=UUID("0193a000-0000-7000-8000-000000000002"), code="DSDEN22", departement="022")
MANAGER = Actor("token:manager", Role.MANAGER, SERVICE.id)
READER = Actor("token:reader", Role.READER, SERVICE.id)
STRANGER = Actor("token:stranger", Role.ADMIN, OTHER.id)
HOME = Home(address=Address(lines=("3 rue des Lilas",), postcode="35580", city="Baulon"))
MOTHER = RepresentativeInput(
    last_name="Morvan", first_name="Anne", capacity=Capacity.MOTHER, home=0, email="anne@exemple.fr"
)


@pytest.fixture(autouse=True)
async def known_world(db):
    await services.insert(SERVICE)
    await services.insert(OTHER)
    lines = ANNUAIRE.read_bytes().splitlines(keepends=True)
    await import_schools(b"".join(lines[:5]), actor=MANAGER, now=NOW)


def a_command(**changes):
    typed = {
        "last_name": "Morvan",
        "first_name": "Léo",
        "birth_date": date(2015, 3, 4),
        "school": "0350122T",
        "homes": (HOME,),
        "representatives": (MOTHER,),
    }
    return RegisterPupil(**typed | changes)


async def register(**changes):
    return await register_pupil(a_command(**changes), actor=MANAGER, now=NOW)


async def test_a_pupil_is_registered_and_read_back():
    pupil = await register(first_name="  Léo ", school=" 350122t")
    assert (pupil.full_name, pupil.school_uai, pupil.version) == ("Léo Morvan", "0350122T", 1)
    assert pupil.representatives[0].full_name == "Anne Morvan"
    assert await get_pupil(pupil.id, actor=READER) == pupil


async def test_the_journal_holds_no_name():
    await register()
    rows = await fetch("SELECT action, details FROM journal ORDER BY sequence")
    assert rows[-1]["action"] == "pupil.registered"
    assert not any("Morvan" in row["details"] or "Léo" in row["details"] for row in rows)


async def test_a_minor_without_representative_is_accepted():
    assert (await register(representatives=())).representatives == ()


async def test_two_homes_and_two_parents_are_kept_in_order():
    second = Home(address=Address(lines=("Appt 4", "2 quai Émile Zola"), postcode="35000", city="Rennes"))
    father = RepresentativeInput(last_name="Le Bihan", first_name="Yann", capacity=Capacity.FATHER, home=1)
    pupil = await register(homes=(HOME, second), representatives=(MOTHER, father))
    found = await get_pupil(pupil.id, actor=READER)
    assert found.homes == (HOME, second)
    assert [person.home for person in found.representatives] == [0, 1]


async def test_every_fault_is_told_at_once():
    bad_home = Home(address=Address(lines=(), postcode="3500", city=""))
    bad_person = RepresentativeInput(last_name=" ", home=2, email="pas une adresse", phone="appeler le soir")
    with pytest.raises(RuleBroken) as refusal:
        await register(
            last_name="",
            first_name="x" * 101,
            birth_date=date(2027, 1, 1),
            homes=(HOME, bad_home),
            representatives=(MOTHER, bad_person),
        )
    assert refusal.value.code == "pupil.invalid"
    assert [error.pointer for error in refusal.value.errors] == [
        "/last_name",
        "/first_name",
        "/birth_date",
        "/homes/1/lines",
        "/homes/1/city",
        "/homes/1/postcode",
        "/representatives/1/last_name",
        "/representatives/1/home",
        "/representatives/1/email",
        "/representatives/1/phone",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"homes": ()},
        {"homes": (HOME,) * 5},
        {"representatives": (MOTHER,) * 7},
        {"birth_date": date(1985, 12, 31)},
        {"representatives": (replace(MOTHER, home=-1),)},
        {"representatives": (replace(MOTHER, home=1),)},
        {"representatives": (replace(MOTHER, email="a" * 250 + "@b.fr"),)},
        {"homes": (Home(address=Address(lines=("x" * 101,), postcode="35000", city="Rennes")),)},
        {"homes": (Home(address=Address(lines=("a", "b", "c", "d", "e"), postcode="35000", city="Rennes")),)},
    ],
)
async def test_bounds_are_kept(changes):
    with pytest.raises(RuleBroken):
        await register(**changes)
    assert await list_pupils(actor=READER) == []


async def test_an_unknown_school_is_a_fault_of_its_field():
    with pytest.raises(RuleBroken) as refusal:
        await register(school="0940176F")
    assert [error.pointer for error in refusal.value.errors] == ["/school"]


async def test_a_pupil_is_corrected_field_by_field():
    pupil = await register()
    command = UpdatePupil(pupil_id=pupil.id, version=1, first_name="Léa", school="0350165P")
    saved = await update_pupil(command, actor=MANAGER, now=NOW)
    assert (saved.first_name, saved.school_uai, saved.last_name, saved.version) == ("Léa", "0350165P", "Morvan", 2)
    assert await get_pupil(pupil.id, actor=READER) == saved


async def test_a_home_that_a_representative_names_cannot_go():
    second = Home(address=Address(lines=("2 quai Zola",), postcode="35000", city="Rennes"))
    pupil = await register(homes=(HOME, second), representatives=(replace(MOTHER, home=1),))
    with pytest.raises(RuleBroken) as refusal:
        await update_pupil(UpdatePupil(pupil_id=pupil.id, version=1, homes=(HOME,)), actor=MANAGER, now=NOW)
    assert [error.pointer for error in refusal.value.errors] == ["/representatives/0/home"]


async def test_a_stale_correction_is_refused():
    pupil = await register()
    command = UpdatePupil(pupil_id=pupil.id, version=1, first_name="Léa")
    await update_pupil(command, actor=MANAGER, now=NOW)
    with pytest.raises(Conflict) as refusal:
        await update_pupil(command, actor=MANAGER, now=NOW)
    assert refusal.value.code == "pupil.changed"


async def test_the_pupil_of_another_service_does_not_exist():
    pupil = await register()
    with pytest.raises(NotFound):
        await get_pupil(pupil.id, actor=STRANGER)
    with pytest.raises(NotFound):
        await update_pupil(UpdatePupil(pupil_id=pupil.id, version=1, last_name="X"), actor=STRANGER, now=NOW)
    assert await list_pupils(actor=STRANGER, q="morvan") == []


async def test_pupils_are_searched_without_accents():
    pupil = await register()
    assert await list_pupils(actor=READER, q="MORVAN leo") == [pupil]
    assert await list_pupils(actor=READER, q="durand") == []


async def test_a_reader_registers_nobody():
    with pytest.raises(PermissionDenied):
        await register_pupil(a_command(), actor=READER, now=NOW)
