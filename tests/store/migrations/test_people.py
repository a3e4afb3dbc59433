"""Boxes made before signers had ids find theirs once, by the rule of then; those whose person is not found do not."""

from __future__ import annotations

from uuid import UUID

import pytest
from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.cast import NOW

from materiel.settings import resource_dir
from materiel.store.engine import database as engines
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch, write_transaction

ID = "2026-11-28T00:00:10:000000"
NAMES = "service school pupil lise paul gone loan document lise_link old_link own_link item told typed presence"
IDS = {name: UUID(int=number) for number, name in enumerate(NAMES.split(), 1)}


def literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value).upper()
    return "'" + str(value).replace("'", "''") + "'"


async def insert(table: str, **values: object) -> None:
    await fetch(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(map(literal, values.values()))})")


async def a_person(called: str, first_name: str, capacity: str, position: int, **changes: object) -> None:
    values: dict[str, object] = {
        "id": IDS[called],
        "pupil": IDS["pupil"],
        "position": position,
        "last_name": "Exemple",
        "first_name": first_name,
        "capacity": capacity,
        "email": f"{called}@exemple.fr",
        "phone": "",
        "on_behalf_of": "",
        "reference": "",
        "sole_authority": False,
    }
    await insert("representative", **(values | changes))


async def a_link(called: str, **changes: object) -> None:
    values: dict[str, object] = {
        "id": IDS[called],
        "service": IDS["service"],
        "kind": "family",
        "pupil": IDS["pupil"],
        "email": "x@exemple.fr",
        "name": "X",
        "token_hash": called,
        "created_at": NOW,
        "expires_at": NOW,
    }
    await insert("access_link", **(values | changes))


async def a_box(number: int, party: str, name: str, capacity: str, signed: bool = False) -> None:
    await insert(
        "signature",
        id=UUID(int=100 + number),
        document=IDS["document"],
        position=number,
        party=party,
        name=name,
        capacity=capacity,
        status="signed" if signed else "pending",
        signed_on="2026-09-07" if signed else None,
        recorded_by="",
    )


async def former_rows() -> None:
    texts = {"phone": "", "opening_hours": "", "signatory_name": "", "signatory_title": "", "delegation": ""}
    await insert(
        "managing_service",
        **{"id": IDS["service"], "code": "DSDEN35", "name": "DSDEN", "kind": "dsden", "academie": "14"},
        **{"departement": "035", "address": "{}", "email": "", "dpo_contact": "", "renewal_policy": "yearly"},
        **{"ask_both_parents": False, "inventory_pattern": "", "version": 1} | texts,
    )
    await insert(
        "municipality",
        **{"insee_code": "35016", "name": "Baulon", "departement": "035", "email": "", "phone": ""},
        **{"mayor_name": "", "authority_kind": "commune", "authority_name": "", "signatory_name": ""},
        **{"signatory_title": "", "deliberation": "", "version": 1},
    )
    await insert(
        "school",
        **{"id": IDS["school"], "uai": "0350122T", "name": "École", "computed_kind": "public_primary"},
        **{"kind_reason": "", "kind_decided_by": "", "partial_contract": False, "sector": "public", "type_name": ""},
        **{"nature_code": "", "contract_code": "", "ministry": "", "section_of": "", "address": "{}"},
        **{"municipality": "35016", "departement": "035", "academie": "14", "email": "", "phone": ""},
        **{"head_name": "", "head_title": "", "on_behalf_of": "", "board_act": "", "has_post_bac": False},
        **{"is_open": True, "row_digest": "", "search": "", "version": 1},
    )
    await insert(
        "pupil",
        **{"id": IDS["pupil"], "service": IDS["service"], "last_name": "Exemple", "first_name": "Noé"},
        **{"birth_date": "2012-01-01", "school": IDS["school"], "protection": "none", "protection_reference": ""},
        **{"disagreement": False, "search": "", "created_at": NOW, "version": 1},
    )
    await a_person("lise", "Lise", "mother", 0)
    await a_person("paul", "Noé", "father", 1)
    await insert(
        "loan",
        **{"id": IDS["loan"], "service": IDS["service"], "usage": "individual", "custody": "home"},
        **{"school": IDS["school"], "pupil": IDS["pupil"], "status": "issued", "purpose": "", "basis_reference": ""},
        **{"override_reason": "", "override_by": "", "decision": "{}", "created_at": NOW, "recall_reason": ""},
        version=1,
    )
    await insert(
        "document",
        **{"id": IDS["document"], "service": IDS["service"], "loan": IDS["loan"], "kind": "loan_agreement"},
        **{"number": "1", "covers": "loan", "status": "in_force", "issued_on": "2026-09-07", "issued_at": NOW},
        **{"wording": "2025-09-01", "code": "A", "sha256": "0" * 64, "pages": 1, "content": "{}"},
        school=IDS["school"],
    )
    await a_box(0, "managing_service", "L'inspecteur d'académie – directeur académique", "")
    await a_box(1, "borrower", "EXEMPLE Lise", "mère", signed=True)
    await a_box(2, "borrower", "Noé Exemple", "élève ayant atteint la majorité")
    await a_box(3, "borrower", "Noé Exemple", "père")
    await a_box(4, "borrower", "Camille Partie", "mère")
    await a_box(5, "borrower", "La personne qui rapporte le matériel", "nom et qualité à indiquer")
    await a_box(6, "municipality", "Le maire de Baulon", "")
    await a_box(7, "head_of_school", "Yann Riou", "principal")
    await a_link("lise_link", representative=IDS["lise"], email="lise@exemple.fr", name="Lise Exemple")
    await a_link("old_link", representative=IDS["gone"], email="Lise@exemple.fr", name="Lise Exemple")
    await a_link("own_link", email="noe@exemple.fr", name="Noé Exemple")
    await insert(
        "item",
        **{"id": IDS["item"], "service": IDS["service"], "inventory_number": "35-1", "designation": "Ordinateur"},
        **{"category": "", "brand": "", "model": "", "serial_number": "", "accessories": "[]", "ownership": "state"},
        **{"lessor": "", "funding_service": "", "status": "on_loan", "public_code": "A", "search": ""},
        **{"created_at": NOW, "version": 1},
    )
    about = {"service": IDS["service"], "item": IDS["item"], "loan": IDS["loan"]}
    for told, by in (("told", f"link:{IDS['lise_link']}"), ("typed", "user:1")):
        await insert(
            "incident",
            **{"id": IDS[told], "kind": "breakdown", "description": "", "declared_by": by, "declared_as": "family"},
            **{"declared_at": NOW, "state": "open", "resolution": "", "version": 1} | about,
        )
    await insert(
        "presence",
        **{"id": IDS["presence"], "is_present": True, "seen_on": "2026-09-07", "confirmed_at": NOW},
        **{"confirmed_by": f"link:{IDS['own_link']}"} | about,
    )


@pytest.fixture
async def former(new_database, capsys):
    engine = engines.bind(engines.build_engine(await new_database(), synchronous="OFF"))
    await engines.start(engine)
    async with write_transaction():
        ran = await run_forwards("materiel", migration_id=before())
        assert ran.success
        await former_rows()
    yield engine
    await engines.stop(engine)


def before() -> str:
    """The last migration before this one."""
    manager = BaseMigrationManager()
    ids = sorted(manager.get_migration_ids(manager.get_migration_modules(str(resource_dir("migrations")))))
    return ids[ids.index(ID) - 1]


async def test_each_box_link_and_address_finds_its_person_once(former: object) -> None:
    await migrate.upgrade()
    rows = await fetch("SELECT position, signer, signer_id FROM signature ORDER BY position")
    assert [(row["signer"], row["signer_id"]) for row in rows] == [
        ("office", IDS["service"]),
        ("representative", IDS["lise"]),
        ("pupil", IDS["pupil"]),
        ("representative", IDS["paul"]),
        (None, None),
        ("bearer", None),
        ("office", None),
        ("official", IDS["school"]),
    ]
    links = await fetch("SELECT id, representative FROM access_link ORDER BY id")
    assert [row["representative"] for row in links] == [IDS["lise"], IDS["lise"], None]
    assert [row["email"] for row in await fetch("SELECT email FROM pupil")] == ["noe@exemple.fr"]
    told = await fetch("SELECT declared_link FROM incident ORDER BY id")
    assert [row["declared_link"] for row in told] == [IDS["lise_link"], None]
    assert [row["confirmed_link"] for row in await fetch("SELECT confirmed_link FROM presence")] == [IDS["own_link"]]


async def test_what_is_signed_is_frozen_again(former: object) -> None:
    await migrate.upgrade()
    with pytest.raises(Exception, match="signature_frozen"):
        await fetch("UPDATE signature SET signer_id = NULL WHERE status = 'signed'")
