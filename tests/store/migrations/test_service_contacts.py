"""What was typed of schools and communes for everybody goes to the services concerned, and nothing typed is lost."""

from __future__ import annotations

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.cast import NOW

from materiel.store.engine import database as engines
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id
from materiel.store.places import municipality as municipalities
from materiel.store.places import school as schools

BEFORE = "2026-11-26T10:00:00:000000"
WITH_PUPIL, WITH_JOURNAL, WITHOUT = (str(new_id()) for _ in range(3))
SERVICES = {WITH_PUPIL: "DSDEN35", WITH_JOURNAL: "DSDEN22", WITHOUT: "DSDEN56"}
ADDRESS = '{"lines": ["1 rue"], "postcode": "35580", "city": "Baulon"}'


@pytest.fixture
async def before(new_database, capsys):
    """The schema of the version before, on which a school and its commune were shared."""
    engine = engines.bind(engines.build_engine(await new_database(), synchronous="OFF"))
    await engines.start(engine)
    assert BEFORE in await migrate.check()
    assert (await run_forwards("materiel", migration_id=BEFORE)).success
    capsys.readouterr()
    for service, code in SERVICES.items():
        await insert(
            "managing_service",
            {"id": service, "code": code, "name": code, "kind": "dsden", "academie": "14", "departement": "035"}
            | dict.fromkeys(SERVICE_TEXTS, "")
            | {"address": ADDRESS, "renewal_policy": "yearly", "ask_both_parents": False, "version": 1},
        )
    yield
    await engines.stop(engine)


SERVICE_TEXTS = (
    *("phone", "email", "opening_hours", "signatory_name", "signatory_title", "delegation", "dpo_contact"),
    "inventory_pattern",
)


def written(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, bool | int) else f"'{value}'"


async def insert(table: str, row: dict) -> None:
    await fetch(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(map(written, row.values()))})")


async def a_commune(code: str, **typed) -> None:
    texts = ("email", "phone", "mayor_name", "authority_name", "signatory_name", "signatory_title", "deliberation")
    row = {"insee_code": code, "name": code, "departement": "035", "authority_kind": "commune", "version": 3}
    await insert("municipality", row | dict.fromkeys(texts, "") | typed)


async def a_school(uai: str, commune: str, **typed) -> str:
    school_id = str(new_id())
    empty = (
        *("kind_reason", "kind_decided_by", "type_name", "nature_code", "contract_code", "ministry", "section_of"),
        *("phone", "head_name", "head_title", "on_behalf_of", "board_act", "search", "email"),
    )
    row = {"id": school_id, "uai": uai, "name": uai, "computed_kind": "to_check", "partial_contract": False}
    row |= {"sector": "public", "address": ADDRESS, "municipality": commune, "departement": "035", "academie": "14"}
    row |= {"has_post_bac": False, "is_open": True, "row_digest": "0" * 64, "version": 2}
    await insert("school", dict.fromkeys(empty, "") | row | typed)
    return school_id


async def a_pupil(service: str, school: str) -> None:
    row = {"id": str(new_id()), "service": service, "last_name": "Exemple", "first_name": "Zoé", "school": school}
    row |= {"birth_date": "2015-01-01", "protection": "none", "protection_reference": "", "disagreement": False}
    row |= {"search": "", "created_at": NOW, "version": 1, "email": ""}
    known = await columns_of("pupil")
    await insert("pupil", {name: value for name, value in row.items() if name in known})


async def columns_of(table: str) -> set[str]:
    if engines.is_postgres():
        sql = f"SELECT column_name AS name FROM information_schema.columns WHERE table_name = '{table}'"
    else:
        sql = f"SELECT name FROM pragma_table_info('{table}')"
    return {row["name"] for row in await fetch(sql)}


async def journalled(service: str, sequence: int, action: str, kind: str, subject: str) -> None:
    row = {"id": str(new_id()), "chain": service, "sequence": sequence, "at": NOW, "actor": "user:x", "action": action}
    row |= {"subject_kind": kind, "subject_id": subject, "details": "{}"}
    await insert("journal", row | {"previous_hash": "0" * 64, "hash": f"{sequence}" * 64})


async def who_knows(table: str, column: str, value: object) -> set[str]:
    rows = await fetch(f"SELECT service FROM {table} WHERE {column} = '{value}'")
    return {SERVICES[str(row["service"])] for row in rows}


async def test_what_was_typed_goes_to_who_has_pupils_there_else_to_who_typed_it_else_to_all(before):
    for code in ("35016", "35017", "35018"):
        await a_commune(code, mayor_name=f"Maire de {code}")
    first = await a_school("0350122T", "35016", decided_kind="eple", kind_reason="Vu", kind_decided_by="user:x")
    second = await a_school("0350123U", "35017", head_name="Mme Le Goff")
    third = await a_school("0350124V", "35018", board_act="n° 3")
    bare = await a_school("0350125W", "35018")
    await a_pupil(WITH_PUPIL, first)
    await journalled(WITH_JOURNAL, 1, "school.contact_updated", "school", "0350123U")
    await journalled(WITH_JOURNAL, 2, "municipality.updated", "municipality", "35017")
    await migrate.upgrade()
    assert await who_knows("school_contact", "school", first) == {"DSDEN35"}
    assert await who_knows("school_contact", "school", second) == {"DSDEN22"}
    assert await who_knows("school_contact", "school", third) == set(SERVICES.values())
    assert await who_knows("school_contact", "school", bare) == set()
    assert await who_knows("municipality_contact", "municipality", "35016") == {"DSDEN35"}
    assert await who_knows("municipality_contact", "municipality", "35017") == {"DSDEN22"}
    assert await who_knows("municipality_contact", "municipality", "35018") == set(SERVICES.values())


async def test_what_was_typed_is_whole_after_the_upgrade(before):
    address = '{"lines": ["Mairie"], "postcode": "35580", "city": "Baulon"}'
    await a_commune("35016", mayor_name="Mme Guérin", email="mairie@exemple.invalid", address=address)
    school_id = await a_school(
        "0350122T",
        "35016",
        email="ce.0350122T@exemple.invalid",
        decided_kind="eple",
        kind_reason="Vu au rectorat",
        kind_decided_by="user:x",
        kind_decided_at=NOW,
        head_name="Mme Le Goff",
        on_behalf_of="OGEC",
    )
    await a_pupil(WITH_PUPIL, school_id)
    await migrate.upgrade()
    service = next(row["id"] for row in await fetch("SELECT id FROM managing_service WHERE code = 'DSDEN35'"))
    school = await schools.by_uai("0350122T", service)
    assert (school.kind.value, school.kind_reason, school.head_name) == ("eple", "Vu au rectorat", "Mme Le Goff")
    assert (school.on_behalf_of, school.email, school.version) == ("OGEC", "ce.0350122T@exemple.invalid", 1)
    commune = await municipalities.get("35016", service)
    assert (commune.mayor_name, commune.email) == ("Mme Guérin", "mairie@exemple.invalid")
    assert commune.address is not None
    assert commune.address.lines == ("Mairie",)
    saved = await schools.save_contact(school, service)
    assert (saved.contact_id, saved.version) == (school.contact_id, 2)


async def test_the_mailbox_of_a_school_that_has_links_is_kept_with_the_service(before):
    await a_commune("35016")
    school_id = await a_school("0350122T", "35016", email="ce.0350122T@exemple.invalid")
    row = {"id": str(new_id()), "service": WITH_PUPIL, "kind": "institution", "school": school_id}
    row |= {"token_hash": "0" * 64}
    row |= {"email": "ce.0350122T@exemple.invalid", "name": "École", "created_at": NOW, "expires_at": NOW}
    await insert("access_link", row)
    await migrate.upgrade()
    await fetch("UPDATE school SET email = 'autre@exemple.invalid'")
    service = next(row["id"] for row in await fetch("SELECT id FROM managing_service WHERE code = 'DSDEN35'"))
    assert (await schools.by_uai("0350122T", service)).email == "ce.0350122T@exemple.invalid"
