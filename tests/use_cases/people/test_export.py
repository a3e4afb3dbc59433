"""One person's data in one file: all that the base holds, nothing of another's hidden address, no agent, no secret."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tests.stage import family_cast
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.history.reading import ReadingKind
from materiel.domain.incident.incident import IncidentKind
from materiel.domain.language.typography import typeset
from materiel.domain.people.confidential_home import tells_any
from materiel.domain.people.export import TITLES, WITHHELD, cleared, told_agent, withheld_words
from materiel.domain.people.pupil import Pupil
from materiel.errors import NotFound, PermissionDenied
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.people import data as person_data
from materiel.store.people import pupil as pupils
from materiel.store.tables import ALL_TABLES
from materiel.use_cases.history.reading import record_reading
from materiel.use_cases.incident.incident import RecordIncident, record_incident
from materiel.use_cases.links.access_link import LinkHolder, make_link
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.people.export import ExportPerson, export_person

LISE, PAUL = (UUID(f"0193d000-0000-7000-8000-0000000000{n:02d}") for n in (2, 3))


@pytest.fixture
async def pupil(db: object) -> Pupil:
    """Noé lives in two homes, borrows, and has an incident, a link, a reading."""
    await family_cast.set_up()
    loan_id = await cast.a_draft(pupil=cast.TWO_HOMES, school=cast.PRIVATE)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    told = RecordIncident(item_id=cast.LAPTOP, kind=IncidentKind.BREAKDOWN, description="Écran fendu")
    await record_incident(told, actor=cast.MANAGER, now=cast.NOW)
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    lise = noe.representatives[0]
    holder = LinkHolder(
        service_id=cast.SERVICE, email=lise.email, name=lise.full_name, pupil_id=noe.id, representative_id=lise.id
    )
    async with write_transaction():
        await make_link(holder, actor_id="tests", now=cast.NOW)
    await record_reading(ReadingKind.PUPIL, noe.id, actor=cast.MANAGER, now=cast.NOW)
    return noe


async def exported(**asked: Any) -> tuple[dict[str, Any], str, list[str]]:
    command = ExportPerson(pupil_id=cast.TWO_HOMES, **asked)
    data = await export_person(command, actor=cast.MANAGER, now=cast.NOW)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        return json.loads(archive.read("donnees.json")), archive.read("donnees.html").decode(), names


async def test_all_that_the_base_holds_on_a_pupil_is_there(pupil: Pupil) -> None:
    data, page, names = await exported()
    expected = {"pupil", "home", "representative", "loan", "loan_item", "document", "signature", "access_link"}
    assert expected | {"incident", "journal", "reading", "recipient", "loan_school"} <= set(data)
    assert data["incident"][0]["description"] == "Écran fendu"
    assert data["loan_item"][0]["item"] == "35-2026-00001"
    assert {each["last_name"] for each in data["representative"]} == {"Exemple"}
    papers = await fetch("SELECT number FROM document")
    assert sorted(f"documents/{row['number']}.pdf" for row in papers) == sorted(n for n in names if n.endswith(".pdf"))
    for part in ("Données personnelles de Noé", "1 rue du Four", "Écran fendu"):
        assert part in page
    assert any("émis" in line["sentence"] for line in data["journal"])
    noted = await fetch("SELECT details FROM journal WHERE action = 'pupil.data_exported'")
    assert [row["details"] for row in noted] == ["{}"]


async def test_neither_secrets_nor_agents_nor_other_pupils_are_there(pupil: Pupil) -> None:
    await issue_loan(await cast.a_draft(items=(cast.SPARE,)), issuer=cast.ISSUER)
    data, page, _ = await exported()
    everything = json.dumps(data) + page
    hashes = [row["token_hash"] for row in await fetch("SELECT token_hash FROM access_link")]
    codes = [row["code"] for row in await fetch("SELECT code FROM document")]
    for secret in (*hashes, *codes, cast.MANAGER.id, "Zoé"):
        assert secret not in everything


async def test_every_table_that_refers_to_a_pupil_is_followed() -> None:
    reached, todo = {"pupil"}, ["pupil"]
    while todo:
        for table, _ in person_data._referring(todo.pop()):
            if table not in reached:
                reached.add(table)
                todo.append(table)
    known = {table._meta.tablename for table in ALL_TABLES}
    assert known >= person_data.LEFT_OUT_TABLES
    assert {"home", "representative", "loan", "document", "signature_evidence", "incident_note"} <= reached
    assert reached - set(TITLES) == set(), "give each its French title"


async def test_one_representatives_data_are_hers_alone(pupil: Pupil) -> None:
    data, page, _ = await exported(representative_id=LISE)
    assert [each["first_name"] for each in data["representative"]] == ["Lise"]
    assert "Données personnelles de Lise Exemple" in page
    assert "1 rue du Four" in json.dumps(data["home"])
    assert "2 rue du Puits" not in json.dumps(data)
    assert "pupil" not in data
    noted = await fetch("SELECT details FROM journal WHERE action = 'pupil.data_exported'")
    assert json.loads(noted[0]["details"]) == {"representative": str(LISE), "handed_to": str(LISE)}


def hidden_second(noe: Pupil) -> Pupil:
    first, second = noe.homes
    return replace(noe, homes=(first, replace(second, confidential=True)))


async def test_the_hidden_address_of_the_other_home_is_withheld(pupil: Pupil) -> None:
    async with write_transaction():
        await pupils.save(hidden_second(pupil))
    data, page, names = await exported(handed_to=LISE)
    assert "2 rue du Puits" not in json.dumps(data, ensure_ascii=False) + page
    assert "1 rue du Four" in page
    # The papers were issued while it was told: they stay out.
    assert data["withheld_documents"]
    assert not any(name.endswith(f"{number}.pdf") for name in names for number in data["withheld_documents"])
    hers, _, _ = await exported(handed_to=PAUL)
    assert "2 rue du Puits" in json.dumps(hers, ensure_ascii=False)
    assert hers["withheld_documents"] == []
    nobody, _, _ = await exported()
    assert "2 rue du Puits" not in json.dumps(nobody, ensure_ascii=False)


@pytest.mark.parametrize(("handed_to", "told"), [(LISE, 0), (PAUL, 1), (None, None)], ids=["lise", "paul", "nobody"])
async def test_of_two_hidden_homes_each_reads_their_own_alone(
    pupil: Pupil, handed_to: UUID | None, told: int | None
) -> None:
    lines = (("Résidence « Les Ifs »", '12 rue "du Four"'), ("Bâtiment B", "2 rue du Puits"))
    homes = [
        replace(home, confidential=True, address=replace(home.address, lines=each))
        for home, each in zip(pupil.homes, lines, strict=True)
    ]
    async with write_transaction():
        await pupils.save(replace(pupil, homes=tuple(homes)))
    data, _, _ = await exported(handed_to=handed_to)
    shown = [home["address"] for home in data["home"]]
    assert [address == WITHHELD for address in shown] == [rank != told for rank in range(2)]
    if told is not None:
        assert json.loads(shown[told])["lines"] == list(lines[told])


def test_words_withheld_are_cleared_at_every_depth() -> None:
    assert cleared({"a": ["chez 2 rue du Puits", 3]}, ["2 rue du Puits"]) == {"a": ["chez non communiqué", 3]}
    assert (told_agent("user:1"), told_agent("link:1"), told_agent("Paul")) == (
        "le service",
        "par un lien d'accès",
        "Paul",
    )


async def test_nothing_is_withheld_where_nothing_is_hidden(pupil: Pupil) -> None:
    assert withheld_words(pupil, None) == []


async def test_a_reader_exports_nobody_and_a_stranger_finds_nobody(pupil: Pupil) -> None:
    command = ExportPerson(pupil_id=cast.TWO_HOMES)
    with refused(PermissionDenied, "actor.forbidden"):
        await export_person(command, actor=cast.READER, now=cast.NOW)
    with refused(NotFound, "pupil.not_found"):
        await export_person(command, actor=cast.STRANGER, now=cast.NOW)
    with refused(NotFound, "representative.not_found"):
        await export_person(replace(command, handed_to=cast.CHILD), actor=cast.MANAGER, now=cast.NOW)


@pytest.mark.parametrize(
    "typed", ["2 rue du Puits", "06.12.34.56.78", "06 12 34 56 78", "l'Isle d'Abeau", "a.b@exemple.fr"]
)
def test_what_is_withheld_is_known_however_it_was_set(typed: str) -> None:
    """A paper and a message are set as French is: a hidden address must be found there too."""
    for text in (typed, typeset(typed)):
        assert tells_any(f"chez {text}, dit-on", [typed])
        assert cleared(f"chez {text}, dit-on", [typed]) == f"chez {WITHHELD}, dit-on"
    assert not tells_any("chez 3 rue des Fours", [typed])
