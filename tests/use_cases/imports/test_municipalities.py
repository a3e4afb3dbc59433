"""Communes completed from the administration's directory: what is typed wins, what is taken says where from."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.address import Address
from materiel.domain.imports.import_file import ImportKind
from materiel.domain.places.directory import PATERNITY
from materiel.domain.places.municipality import AuthorityKind, Municipality
from materiel.errors import BadInput, Conflict, NotFound, PermissionDenied
from materiel.exchange.report import FileReport
from materiel.exchange.tabular import TableFormat
from materiel.store.engine.database import fetch
from materiel.store.places import municipality as municipalities
from materiel.use_cases.imports import import_file as importing
from materiel.use_cases.imports.import_file import confirm_import, examine_file, get_import, model_of
from materiel.use_cases.imports.municipalities import EVERY, import_municipalities
from materiel.use_cases.imports.rejected import rejected_of
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.links.mailbox import confirm_mailbox, read_mailbox
from materiel.use_cases.places.municipality import UpdateMunicipality, get_municipality, update_municipality
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

BAULON, CARDROC = "35016", "35050"
PLACE = Address(lines=("1 place de la Mairie",), postcode="35580", city="Baulon")
STRANGER = Actor("token:stranger", Role.MANAGER, cast.OTHER_SERVICE)
ON = date(2026, 1, 15)


@pytest.fixture(autouse=True)
async def known_world(db: object) -> None:
    await cast.set_up()


def office(code: str, name: str = "Mairie", kind: str = "mairie", **more: Any) -> dict[str, Any]:
    address = {"type_adresse": "Adresse", "numero_voie": "1 place de la Mairie", "code_postal": "35580"}
    return {
        "nom": name,
        "pivot": json.dumps([{"type_service_local": kind, "code_insee_commune": code.split(",")}]),
        "adresse": json.dumps([address | {"nom_commune": "Baulon"}]),
        "telephone": json.dumps([{"valeur": "0299853333"}]),
        "adresse_courriel": f"mairie-{code[:5]}@exemple.invalid",
        "date_modification": "15/01/2026 10:11:12",
    } | more


def file(*offices: dict[str, Any]) -> bytes:
    return json.dumps({"results": offices}).encode()


def as_csv(*offices: dict[str, Any]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(offices[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(offices)
    return text.getvalue().encode()


async def complete(*offices: dict[str, Any], actor: Actor = cast.MANAGER, **options: Any) -> FileReport:
    return await import_municipalities(file(*offices), actor=actor, now=cast.NOW, **options)


async def commune(code: str = BAULON, actor: Actor = cast.MANAGER) -> Municipality:
    return await get_municipality(code, actor=actor)


async def typed(**values: Any) -> Municipality:
    known = await commune()
    command = UpdateMunicipality(insee_code=BAULON, version=known.version, **values)
    return await update_municipality(command, actor=cast.MANAGER, now=cast.NOW)


async def test_a_commune_without_anything_is_completed_with_its_source():
    report = await complete(office(BAULON), office("99999"), office("35016", "CPAM", "cpam"))
    known = await commune()
    assert (known.address, known.phone, known.email) == (PLACE, "02 99 85 33 33", "mairie-35016@exemple.invalid")
    assert (known.source, known.source_on) == (PATERNITY, ON)
    assert known.source_fields == ("address", "phone", "email")
    assert (known.mayor_name, known.signatory_name) == ("", "")
    assert (report.read, report.created, report.updated, report.outside, report.unchanged) == (3, 1, 0, 2, 0)
    assert report.absent == len(await municipalities.names()) - 1
    actions = [row["action"] for row in await fetch("SELECT action FROM journal ORDER BY id")]
    assert actions[-2:] == ["municipality.completed", "municipality.imported"]


async def test_the_same_file_again_changes_nothing():
    await complete(office(BAULON))
    known = await commune()
    report = await complete(office(BAULON))
    assert await commune() == known
    assert (report.created, report.updated, report.unchanged, report.communes) == (0, 0, 1, [])


async def test_what_is_typed_wins_and_the_rest_is_filled():
    await typed(email="saisie@exemple.invalid", mayor_name="Mme Guérin")
    report = await complete(office(BAULON))
    known = await commune()
    assert (known.email, known.mayor_name, known.address) == ("saisie@exemple.invalid", "Mme Guérin", PLACE)
    assert known.source_fields == ("address", "phone")
    assert report.updated == 1
    (left,) = [each for each in report.communes[0].contacts if not each.fills]
    assert (left.before, left.after) == ("saisie@exemple.invalid", "mairie-35016@exemple.invalid")
    assert (left.asks_code, left.outcome) == (True, "")


async def test_a_dry_run_says_it_all_and_writes_nothing():
    report = await complete(office(BAULON), actor=cast.READER, dry_run=True)
    assert (report.created, [each.field for each in report.communes[0].contacts]) == (1, ["address", "phone", "email"])
    assert report.communes[0].contacts[0].after == "1 place de la Mairie, 35580 Baulon"
    assert (await commune()).contact_id is None
    with pytest.raises(PermissionDenied):
        await complete(office(BAULON), actor=cast.READER)


async def test_a_replaced_mailbox_serves_once_its_code_is_typed_and_the_former_one_is_told(monkeypatch):
    monkeypatch.setattr("materiel.use_cases.links.mailbox.secrets.randbelow", lambda most: 123456)
    await typed(email="saisie@exemple.invalid")
    report = await complete(office(BAULON), chosen=(EVERY,), base_url="https://pret.exemple.invalid")
    assert [each.outcome for each in report.communes[0].contacts] == ["taken", "taken", "asked"]
    assert (await commune()).email == "saisie@exemple.invalid"
    sent = {row["to_address"] for row in await fetch("SELECT to_address FROM outbox")}
    assert sent == {"saisie@exemple.invalid", "mairie-35016@exemple.invalid"}
    hall = InviteInstitution(insee_code=BAULON)
    assert (await read_mailbox(hall, actor=cast.MANAGER)).pending is not None
    # The same file given again meanwhile sends no second code.
    again = await complete(office(BAULON), chosen=(EVERY,))
    assert (again.updated, again.communes[0].contacts[0].outcome) == (0, "asked")
    assert len(await fetch("SELECT id FROM outbox")) == 2
    await confirm_mailbox(hall, "123456", actor=cast.MANAGER, now=cast.NOW)
    known = await commune()
    assert (known.email, known.source_fields) == ("mairie-35016@exemple.invalid", ("address", "phone", "email"))


async def test_what_is_corrected_by_hand_no_longer_comes_from_the_file():
    await complete(office(BAULON))
    known = await typed(phone="02 99 00 00 00")
    assert (known.source_fields, known.source_on) == (("address", "email"), ON)


async def test_an_epci_said_competent_is_offered_with_its_mailbox():
    await typed(authority_kind=AuthorityKind.EPCI)
    body = office(f"{BAULON},{CARDROC}", "CC du Canut", "epci", adresse_courriel="cc@exemple.invalid")
    await complete(office(BAULON), body)
    known = await commune()
    assert (known.authority_name, known.authority_email) == ("CC du Canut", "cc@exemple.invalid")
    assert (await commune(CARDROC)).authority_name == ""


async def test_delegated_halls_arrondissements_and_doubles_are_left_aside_and_said():
    report = await complete(
        office(BAULON, "Mairie déléguée - Le Bourg"),
        office(BAULON),
        office(CARDROC, "Mairie - Cardroc"),
        office(CARDROC, "Hôtel de ville"),
        office(f"{BAULON},{CARDROC}", "Mairie des deux communes"),
        office("75104", "Mairie du 4e arrondissement"),
    )
    assert (await commune()).source_fields == ("address", "phone", "email")
    assert (await commune(CARDROC)).contact_id is None
    assert {each.code for each in report.warnings} == {
        "directory.part_of_commune",
        "directory.two_town_halls",
        "directory.several_communes",
    }


async def test_the_arrondissements_of_a_city_of_the_service_are_said_and_the_city_is_completed():
    await municipalities.insert_names({"75104": "Paris 4e", "75056": "Paris"})
    await fetch("UPDATE managing_service SET departement = '75' WHERE code = 'DSDEN35'")
    report = await complete(office("75104", "Mairie du 4e arrondissement"), office("75056", "Mairie - Paris"))
    assert [each.code for each in report.warnings] == ["directory.arrondissement"]
    assert (await commune("75104")).email == "mairie-75056@exemple.invalid"


async def test_a_service_writes_its_own_communes_alone():
    await complete(office(BAULON))
    assert (await commune(actor=STRANGER)).contact_id is None
    # A DSDEN of another département, that lends nothing here: nothing is offered, nothing is read.
    report = await complete(office(BAULON), actor=STRANGER)
    assert (report.created, report.communes, report.outside) == (0, [], 1)


async def test_what_no_document_can_print_is_not_taken():
    await complete(
        office(
            BAULON, adresse=json.dumps([{"numero_voie": "१ place", "code_postal": "35580", "nom_commune": "Baulon"}])
        )
    )
    assert (await commune()).source_fields == ("phone", "email")


@pytest.mark.parametrize("spoilt", [b"", b"]" * 30])
async def test_a_file_cut_in_its_middle_writes_nothing(spoilt):
    data = file(office(BAULON), office(CARDROC))[:-90] + spoilt
    with pytest.raises(BadInput):
        await import_municipalities(data, actor=cast.MANAGER, now=cast.NOW)
    assert (await commune()).contact_id is None


async def examined(data: bytes) -> UUID:
    sent = await examine_file(ImportKind.MUNICIPALITIES, "mairies.json", data, actor=cast.MANAGER, now=cast.NOW)
    return sent.id


async def run() -> bool:
    return await run_next("tests", HANDLERS, clock=lambda: cast.NOW)


async def test_only_the_ticked_differences_are_replaced_by_the_job(monkeypatch):
    monkeypatch.setattr(importing, "AT_ONCE", 10)
    await typed(phone="02 99 00 00 00", address=replace(PLACE, lines=("Ailleurs",)))
    file_id = await examined(file(office(BAULON)))
    assert await run()
    found = await get_import(file_id, actor=cast.MANAGER, now=cast.NOW)
    assert found.report is not None
    address, phone, email = found.report.communes[0].contacts
    assert (address.fills, phone.fills, email.fills) == (False, False, True)
    await confirm_import(file_id, actor=cast.MANAGER, now=cast.NOW, chosen=[phone.token])
    assert await run()
    known = await commune()
    assert (known.phone, known.address) == ("02 99 85 33 33", replace(PLACE, lines=("Ailleurs",)))
    assert known.source_fields == ("phone", "email")


async def test_a_large_file_is_kept_in_little_and_read_back_whole(monkeypatch):
    monkeypatch.setattr(importing, "AT_ONCE", 10)
    data = file(office(BAULON), *[office("99999")] * 200)
    for form in (data, as_csv(office(BAULON), *[office("99999")] * 200)):
        file_id = await examined(form)
        (kept,) = await fetch(f"SELECT length(content) AS size FROM import_content WHERE import_file = '{file_id}'")
        assert kept["size"] < len(form) / 5
        assert await run()
        found = await get_import(file_id, actor=cast.MANAGER, now=cast.NOW)
        assert found.report is not None
        assert (found.report.read, found.report.created) == (201, 1)


@pytest.mark.parametrize("at_once", [10, 300_000])
async def test_an_archive_is_refused_before_it_is_kept(monkeypatch, at_once):
    monkeypatch.setattr(importing, "AT_ONCE", at_once)
    with pytest.raises(BadInput) as refusal:
        await examined(gzip.compress(file(office(BAULON))))
    assert refusal.value.code == "import.not_csv"
    assert await fetch("SELECT id FROM import_file") == []


async def test_a_tick_does_not_undo_what_was_typed_since():
    await typed(phone="02 99 00 00 00")
    file_id = await examined(file(office(BAULON)))
    found = await get_import(file_id, actor=cast.MANAGER, now=cast.NOW)
    assert found.report is not None
    tokens = [each.token for each in found.report.communes[0].contacts]
    await typed(phone="02 99 11 11 11")
    await confirm_import(file_id, actor=cast.MANAGER, now=cast.NOW, chosen=tokens)
    assert await run()
    assert (await commune()).phone == "02 99 11 11 11"


async def test_a_job_begun_again_finishes_and_counts_the_whole():
    file_id = await examined(file(office(BAULON), office(CARDROC)))
    job = await confirm_import(file_id, actor=cast.MANAGER, now=cast.NOW)
    await complete(office(BAULON))
    assert await confirm_import(file_id, actor=cast.MANAGER, now=cast.NOW) == job
    assert await run()
    assert {code: bool((await commune(code)).email) for code in (BAULON, CARDROC)} == {BAULON: True, CARDROC: True}


async def test_the_file_has_no_model_and_no_lines_to_correct():
    with pytest.raises(NotFound) as no_model:
        model_of(ImportKind.MUNICIPALITIES)
    assert no_model.value.code == "import.no_model"
    file_id = await examined(file(office(BAULON, pivot="[{")))
    with pytest.raises(NotFound) as nothing:
        await rejected_of(file_id, TableFormat.CSV, actor=cast.MANAGER, now=cast.NOW)
    assert nothing.value.code == "import.nothing_to_correct"


async def test_a_commune_written_meanwhile_is_left_to_another_try(monkeypatch):
    write = municipalities.save

    async def overtaken(known: Municipality, service_id: UUID) -> Municipality:
        return await write(replace(known, version=known.version + 5), service_id)

    monkeypatch.setattr(municipalities, "save", overtaken)
    with pytest.raises(Conflict):
        await complete(office(BAULON))
    assert (await commune()).contact_id is None


async def test_a_file_expires_with_the_others():
    file_id = await examined(file(office(BAULON)))
    with pytest.raises(NotFound):
        await get_import(file_id, actor=cast.MANAGER, now=cast.NOW + timedelta(days=2))
    with pytest.raises(NotFound):
        await get_import(file_id, actor=STRANGER, now=cast.NOW)
