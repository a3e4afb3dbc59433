"""Imports by the API: examined first, confirmed, told cell by cell, undone while nothing depends on them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.web.cast import COLLEGE, PUBLIC_SCHOOL, UNKNOWN_ID, import_schools, make_item, make_pupil
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

PATH = "/api/imports"
CSV = (
    "Numéro d'inventaire;Désignation;Prix;Teinte\n"
    "35-2026-00100;Tablette;12,50;x\n35-2026-00101;;;\n35-2;Souris;offert;\n"
)


def clock() -> datetime:
    return datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


async def run() -> bool:
    return await run_next("test", HANDLERS, clock=clock)


async def send(client: Client, text: str = CSV, kind: str = "items", key: str = "", **fields: str) -> Any:
    files = {"file": ("parc.csv", text.encode(), "text/csv")}
    headers = {"Idempotency-Key": key} if key else {}
    return await client.post(PATH, data={"kind": kind, **fields}, files=files, headers=headers)


async def started(client: Client, text: str = CSV, **fields: str) -> str:
    answer = await send(client, text, **fields)
    assert answer.status_code == 202, answer.text
    assert await run()
    found: str = answer.json()["id"]
    return found


async def read(client: Client, import_id: str) -> dict[str, Any]:
    answer = await client.get(f"{PATH}/{import_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_file_is_examined_confirmed_and_undone(manager: Client) -> None:
    answer = await send(manager)
    assert answer.status_code == 202, answer.text
    import_id, job = answer.json()["id"], answer.json()["job"]
    assert (await read(manager, import_id))["state"] == "examining"
    assert_problem(await manager.post(f"{PATH}/{import_id}/confirm"), 409, "import.not_examined")
    assert await run()
    assert (await manager.get(f"/api/jobs/{job}")).json()["state"] == "done"
    examined = await read(manager, import_id)
    assert (examined["state"], examined["read"], examined["created"], examined["changes"]) == ("examined", 3, 2, [])
    assert [(each["line"], each["column"], each["cell"]) for each in examined["rejected"]] == [
        (3, "Désignation", ""),
    ]
    assert [(each["line"], each["column"], each["cell"]) for each in examined["remarks"] if each["column"]] == [
        (4, "Prix d'achat", "offert"),
        (1, "Teinte", None),
    ]
    assert [each["title"] for each in examined["columns"] if not each["kept"]] == ["Teinte"]
    assert_problem(await manager.post(f"{PATH}/{import_id}/undo"), 409, "import.nothing_to_undo")
    confirmed = await manager.post(f"{PATH}/{import_id}/confirm")
    assert confirmed.status_code == 202
    assert await run()
    assert (await read(manager, import_id))["state"] == "imported"
    assert (await manager.get("/api/items", params={"q": "35-2026-00100"})).json()["items"]
    undoing = await manager.post(f"{PATH}/{import_id}/undo")
    assert undoing.status_code == 202
    assert (await read(manager, import_id))["state"] == "undoing"
    assert await run()
    assert (await read(manager, import_id))["state"] == "undone"
    assert (await manager.get("/api/items", params={"q": "35-2026-00100"})).json()["items"] == []
    assert (await manager.post(f"{PATH}/{import_id}/undo")).json() == undoing.json()
    told = (await manager.get(f"/api/jobs/{undoing.json()['job']}")).json()["result"]
    assert (told["removed"], told["restored"], told["left"]) == (2, 0, 0)


async def test_a_corrected_cell_is_told_old_and_new(manager: Client) -> None:
    item = await make_item(manager)
    line = f"{item['inventory_number']};{item['designation']};412,50;\n"
    import_id = await started(manager, CSV.splitlines()[0] + "\n" + line)
    (change,) = (await read(manager, import_id))["changes"]
    assert (change["line"], change["key"], change["subject"]) == (2, item["inventory_number"], item["id"])
    assert (change["field"], change["new"]) == ("Prix d'achat", "412,50\u00a0€")


async def test_an_import_may_be_asked_unseen_and_under_a_key_is_made_once(manager: Client) -> None:
    first = await send(manager, key="one", dry_run="false")
    again = await send(manager, key="one", dry_run="false")
    assert first.json() == again.json()
    assert await run()
    assert not await run()
    found = await read(manager, first.json()["id"])
    assert (found["state"], found["created"]) == ("imported", 2)


async def test_what_is_used_keeps_an_import(manager: Client) -> None:
    import_id = await started(manager, dry_run="false")
    item = (await manager.get("/api/items", params={"q": "35-2026-00100"})).json()["items"][0]
    patched = await manager.patch(f"/api/items/{item['id']}", json={"version": item["version"], "brand": "Acme"})
    assert patched.status_code == 200, patched.text
    answer = await manager.post(f"{PATH}/{import_id}/undo")
    assert_problem(answer, 409, "import.in_use")
    assert answer.json()["in_use"] == [{"why": "changed", "kind": "item", "count": 1, "ids": [item["id"]]}]


async def test_pupils_are_imported_by_the_api(manager: Client) -> None:
    await import_schools(manager)
    text = (
        "Nom;Prénom;Né le;UAI;Adresse;CP;Ville;Responsable 2 nom;Responsable 2 mail\n"
        "Morvan;Zoé;04/03/2015;0350122Z;3 rue des Lilas;35580;Baulon;Morvan;anne@\n"
        "Morvan;Yann;demain;0350122T;3 rue;35580;Baulon;;\n"
    )
    found = await read(manager, await started(manager, text, kind="pupils"))
    assert [(each["line"], each["column"], each["cell"]) for each in found["rejected"]] == [
        (2, "UAI", "0350122Z"),
        (3, "Date de naissance", "demain"),
    ]


UNTITLED = "Code;Genre;Lieu\n35-2026-00200;Tablette;Armoire 1\n"
MAPPING = '{"Code": "inventory_number", "Genre": "Désignation", "Lieu": null, "Couleur": null}'


async def test_columns_are_said_by_the_program(manager: Client) -> None:
    found = await read(manager, await started(manager, UNTITLED, mapping=MAPPING))
    assert (found["created"], found["missing"]) == (1, [])
    assert [(each["title"], each["field"]) for each in found["columns"]] == [
        ("Code", "inventory_number"),
        ("Genre", "designation"),
        ("Lieu", None),
    ]
    assert [each["code"] for each in found["remarks"] if each["code"].startswith("import.")] == ["import.title_absent"]
    unseen = await read(manager, await started(manager, UNTITLED, mapping=MAPPING, dry_run="false"))
    assert (unseen["state"], unseen["created"]) == ("imported", 1)


async def test_a_guess_is_told_as_one_even_when_a_column_is_missing(manager: Client) -> None:
    found = await read(manager, await started(manager, "Code;Genre\n35-1;a\n35-2;b\n35-3;c\n"))
    assert found["missing"] == ["Désignation"]
    assert [(each["field"], each["guessed"]) for each in found["columns"]] == [
        ("inventory_number", True),
        (None, False),
    ]


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"mapping": '["Code"]'}, 400, "import.bad_mapping"),
        ({"mapping": '{"Code": "couleur"}'}, 400, "import.unknown_field"),
        ({"schools": '{"Code": 3}'}, 400, "import.bad_mapping"),
        ({"encoding": "ebcdic"}, 400, "import.unknown_encoding"),
        ({"kind": "schools", "sheet": "Parc"}, 400, "import.no_options"),
        ({"kind": "pupils", "school": "0359999Z"}, 404, "school.not_found"),
    ],
)
async def test_what_cannot_be_said_of_a_file_is_refused(
    manager: Client, fields: dict[str, str], status: int, code: str
) -> None:
    assert_problem(await send(manager, UNTITLED, **fields), status, code)


async def test_a_file_is_read_again_as_the_program_says(manager: Client) -> None:
    await import_schools(manager)
    text = "Élève;Naissance;École\nMORVAN Zoé;04/03/2015;Jeanne d'Arc\nMORVAN Tom;04/03/2015;Sirènes\n"
    import_id = await started(manager, text, kind="pupils", mapping='{"Naissance": "date_de_naissance"}')
    found = await read(manager, import_id)
    assert [(each["written"], each["lines"], each["said"]) for each in found["schools"]] == [
        ("Jeanne d'Arc", 1, None),
        ("Sirènes", 1, None),
    ]
    said = {"mapping": {"Naissance": "date_de_naissance"}, "schools": {"Jeanne d'Arc": PUBLIC_SCHOOL, "Sirènes": None}}
    answer = await manager.post(f"{PATH}/{import_id}/read", json=said)
    assert (answer.status_code, answer.json().get("id")) == (202, import_id), answer.text
    assert await run()
    found = await read(manager, import_id)
    assert (found["created"], [each["said"] for each in found["schools"]]) == (1, [PUBLIC_SCHOOL, ""])
    assert (await manager.post(f"{PATH}/{import_id}/confirm")).status_code == 202
    assert_problem(await manager.post(f"{PATH}/{import_id}/read", json={}), 409, "import.under_way")
    assert await run()
    assert (await read(manager, import_id))["created"] == 1


@pytest.mark.parametrize("path", ["", "/confirm", "/undo"])
async def test_an_import_is_its_services_alone(manager: Client, reader: Client, stranger: Client, path: str) -> None:
    import_id = await started(manager)
    for client, status, code in ((stranger, 404, "import.expired"), (reader, 403, "actor.forbidden")):
        ask = client.post if path else client.get
        assert_problem(await ask(f"{PATH}/{import_id}{path}"), status, code)
        assert_problem(await send(reader), 403, "actor.forbidden")
    ask = manager.post if path else manager.get
    assert_problem(await ask(f"{PATH}/{UNKNOWN_ID}{path}"), 404, "import.expired")


async def test_what_is_no_table_is_refused(manager: Client) -> None:
    untitled = await read(manager, await started(manager, "Teinte;Prix\nRouge;3\n"))
    assert (untitled["missing"], untitled["read"]) == (["Numéro d'inventaire", "Désignation"], 0)
    assert (await send(manager, kind="vehicles")).status_code == 400
    assert (await manager.post(PATH, data={"kind": "items"})).status_code in (400, 415, 422)


async def test_a_park_makes_items_pupils_and_loans(manager: Client) -> None:
    await import_schools(manager)
    park = (
        "N° inv.;Type;NOM élève;Prénom élève;Né(e) le;UAI;Date de remise;Signée\n"
        f"35-2026-00100;Loupe;Morvan;Zoé;04/03/2015;{PUBLIC_SCHOOL};06/10/2025;oui\n"
        "35-2026-00101;Loupe;;;;;;\n"
    )
    import_id = await started(manager, park, kind="inventory", dry_run="false")
    found = await read(manager, import_id)
    assert (found["state"], found["rejected"]) == ("imported", [])
    assert found["made"] == {"item": 2, "pupil": 1, "loan": 1}
    (loan,) = (await manager.get("/api/loans")).json()["items"]
    assert (loan["origin"], loan["status"], loan["handed_over_on"]) == ("taken_over", "handed_over", "2025-10-06")
    assert (await manager.post(f"{PATH}/{import_id}/undo")).status_code == 202
    assert await run()
    assert (await manager.get("/api/loans")).json()["items"] == []
    lone = "Inventaire;Élève;Date de remise\n35-2026-00999;Morvan Zoé;06/10/2025\n"
    refused = await read(manager, await started(manager, lone, kind="loans"))
    assert [each["code"] for each in refused["rejected"]] == ["item.unknown"]


async def test_needs_are_written_down_for_known_pupils(manager: Client) -> None:
    await import_schools(manager)
    pupil = await make_pupil(manager)
    known = f"{pupil['last_name']};{pupil['first_name']};{pupil['birth_date']}"
    listed = (
        "Nom;Prénom;Date de naissance;Besoin;Notifié le;Suite\n"
        f"{known};Loupe électronique;01/06/2026;x\nInconnu;Zoé;04/03/2015;Loupe;01/06/2026;\n"
    )
    examined = await read(manager, await started(manager, listed, kind="needs"))
    assert (examined["created"], [each["code"] for each in examined["rejected"]]) == (1, ["pupil.unknown"])
    (remark,) = examined["remarks"]
    assert (remark["code"], remark["column"]) == ("column.unread", "Suite")
    assert "sa seule case remplie n'est pas importée" in remark["detail"]
    import_id = await started(manager, listed, kind="needs", dry_run="false")
    (need,) = (await manager.get("/api/needs")).json()["items"]
    assert (need["pupil"], need["wording"], need["state"]) == (pupil["id"], "Loupe électronique", "open")
    order = {"version": need["version"], "reference": "BC 12"}
    assert (await manager.post(f"/api/needs/{need['id']}/order", json=order)).status_code == 200
    held = assert_problem(await manager.post(f"{PATH}/{import_id}/undo"), 409, "import.in_use")
    assert held["in_use"] == [{"why": "order", "kind": "need", "count": 1, "ids": [need["id"]]}]


PUPILS = (
    "Nom;Prénom;Date de naissance;UAI\n"
    "{0[last_name]};{0[first_name]};{0[birth_date]};{1}\n"
    "{2[last_name]};{2[first_name]};{2[birth_date]};{3}\n"
)


async def two_known_pupils(manager: Client, admin: Client) -> tuple[dict[str, Any], dict[str, Any]]:
    await import_schools(admin)
    first, second = await make_pupil(manager), await make_pupil(manager, first_name="Yann", last_name="Autre")
    return first, second


async def test_the_pupils_whom_a_file_moves_are_told_and_moved_as_a_lot(manager: Client, admin: Client) -> None:
    first, second = await two_known_pupils(manager, admin)
    text = PUPILS.format(first, COLLEGE, second, second["school"])
    import_id = await started(manager, text, kind="pupils")
    report = await read(manager, import_id)
    assert (report["read"], report["moving"], report["unchanged"], report["rejected"]) == (2, 1, 1, [])
    assert report["moves"] == [
        {
            "line": 2,
            "pupil": first["id"],
            "from": first["school"],
            "to": COLLEGE,
            "outcome": "record",
            "why": "Aucun prêt en cours : seule la fiche change.",
            "documents": [],
        }
    ]
    moves = f"{PATH}/{import_id}/moves"
    stranger = await manager.post(moves, json={"on": "2026-11-21", "pupils": [second["id"]]})
    assert_problem(stranger, 422, "import.not_moving")
    assert stranger.json()["errors"][0]["pointer"] == "/pupils/0"
    early = await manager.post(moves, json={"on": "2026-11-22", "pupils": [first["id"]]})
    assert_problem(early, 422, "lot.invalid")
    assert [each["pointer"] for each in early.json()["errors"]] == ["/on"]
    asked = await manager.post(moves, json={"on": "2026-11-21"})
    assert asked.status_code == 202, asked.text
    assert await run()
    lines = (await manager.get(f"/api/lots/{asked.json()['job']}/lines")).json()["items"]
    assert [(each["subject"], each["state"]) for each in lines] == [(first["id"], "done")]
    assert (await manager.get(f"/api/pupils/{first['id']}")).json()["school"] == COLLEGE
    assert [each["outcome"] for each in (await read(manager, import_id))["moves"]] == ["done"]
    assert_problem(await manager.post(moves, json={"on": "2026-11-21"}), 400, "lot.none_chosen")
