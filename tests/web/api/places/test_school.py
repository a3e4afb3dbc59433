from __future__ import annotations

import asyncio

from tests.web.cast import ANNUAIRE, PRIVATE_SCHOOL, PUBLIC_SCHOOL, annuaire, import_schools
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

DECISION = {"kind": "private_no_contract", "reason": "Contrat résilié à la rentrée", "version": 1}
CONTACT = {"head_name": "Dominique Le Goff", "head_title": "Directrice", "version": 1}


async def test_the_real_annuaire_goes_in_twice_and_changes_once(manager: Client) -> None:
    files = {"file": ("annuaire.csv", ANNUAIRE.read_bytes(), "text/csv")}
    first = (await manager.post("/api/schools/import", files=files)).json()
    again = (await manager.post("/api/schools/import", files=files)).json()
    assert (first["read"], first["rejected"]) == (996, [])
    assert first["created"] + first["unchanged"] == 996
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 996)
    assert sum(first["kinds"].values()) == 996


async def test_a_dry_run_writes_nothing(manager: Client, reader: Client) -> None:
    files = {"file": ("annuaire.csv", annuaire(), "text/csv")}
    report = await reader.post("/api/schools/import", params={"dry_run": "true"}, files=files)
    assert report.json()["created"] == 5
    assert_problem(await manager.get(f"/api/schools/{PUBLIC_SCHOOL}"), 404, "school.not_found")


async def test_a_file_that_is_no_annuaire_is_400(manager: Client) -> None:
    for content in (b"", b"a;b\n1;2\n", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100):
        answer = await manager.post("/api/schools/import", files={"file": ("x.csv", content, "text/csv")})
        assert answer.status_code == 400
        assert_problem(answer, 400, answer.json()["code"])


async def test_a_missing_file_is_told(manager: Client) -> None:
    answer = await manager.post("/api/schools/import", files={"autre": ("x.csv", b"x", "text/csv")})
    assert_problem(answer, 400, "request.invalid_parameter")


async def test_a_school_is_read_in_either_case(manager: Client, reader: Client) -> None:
    await import_schools(manager)
    school = (await reader.get(f"/api/schools/{PUBLIC_SCHOOL.lower()}")).json()
    assert (school["uai"], school["kind"], school["sector"]) == (PUBLIC_SCHOOL, "public_primary", "public")
    assert school["municipality"] == {"insee_code": "35001", "name": "Acigné"}


async def test_schools_are_searched_and_paged(manager: Client) -> None:
    await import_schools(manager)
    found = (await manager.get("/api/schools", params={"q": "ACIGNE"})).json()
    assert [school["uai"] for school in found["items"]] == [PUBLIC_SCHOOL]
    first = (await manager.get("/api/schools", params={"limit": 3})).json()
    second = (await manager.get("/api/schools", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    uais = [school["uai"] for school in first["items"] + second["items"]]
    assert uais == sorted(set(uais))
    assert len(uais) == 5
    kind = (await manager.get("/api/schools", params={"kind": "medico_educational"})).json()
    assert len(kind["items"]) == 1


async def test_a_decision_survives_the_next_import(manager: Client) -> None:
    await import_schools(manager)
    decided = await manager.patch(f"/api/schools/{PRIVATE_SCHOOL}", json=DECISION)
    assert decided.json()["kind"] == "private_no_contract"
    await import_schools(manager)
    school = (await manager.get(f"/api/schools/{PRIVATE_SCHOOL}")).json()
    assert (school["kind"], school["computed_kind"]) == ("private_no_contract", "private_under_contract")
    assert_problem(await manager.patch(f"/api/schools/{PRIVATE_SCHOOL}", json=DECISION), 409, "school.changed")


async def test_of_two_simultaneous_decisions_one_wins(manager: Client) -> None:
    await import_schools(manager)
    path = f"/api/schools/{PRIVATE_SCHOOL}"
    answers = await asyncio.gather(*(manager.patch(path, json=DECISION) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5


async def test_who_signs_is_kept(manager: Client) -> None:
    await import_schools(manager)
    answer = await manager.patch(f"/api/schools/{PUBLIC_SCHOOL}/contact", json=CONTACT)
    assert answer.json()["head_name"] == "Dominique Le Goff"


async def test_who_may_do_what(anonymous: Client, reader: Client, manager: Client) -> None:
    files = {"file": ("annuaire.csv", annuaire(), "text/csv")}
    assert_problem(await anonymous.post("/api/schools/import", files=files), 401, "auth.token_missing")
    assert_problem(await reader.post("/api/schools/import", files=files), 403, "actor.forbidden")
    await import_schools(manager)
    for path, body in ((f"/api/schools/{PUBLIC_SCHOOL}", DECISION), (f"/api/schools/{PUBLIC_SCHOOL}/contact", CONTACT)):
        assert_problem(await anonymous.patch(path, json=body), 401, "auth.token_missing")
        assert_problem(await reader.patch(path, json=body), 403, "actor.forbidden")
        assert_problem(await manager.patch(path, json={**body, "x": 1}), 422, "body.unknown_field")
    assert_problem(await anonymous.get("/api/schools"), 401, "auth.token_missing")
    assert_problem(await manager.get("/api/schools/0359999Z"), 404, "school.not_found")
    assert_problem(await manager.patch("/api/schools/0359999Z", json=DECISION), 404, "school.not_found")
    assert_problem(await anonymous.get(f"/api/schools/{PUBLIC_SCHOOL}"), 401, "auth.token_missing")


async def test_communes_have_contacts(anonymous: Client, reader: Client, manager: Client) -> None:
    await import_schools(manager)
    path, change = (
        "/api/municipalities/35001",
        {"version": 1, "mayor_name": "Dominique Morvan", "authority_email": "ecoles@sivos.example"},
    )
    assert (await reader.get(path)).json()["name"] == "Acigné"
    assert (await manager.patch(path, json=change)).json()["mayor_name"] == "Dominique Morvan"
    assert_problem(await manager.patch(path, json=change), 409, "municipality.changed")
    assert_problem(await reader.patch(path, json=change), 403, "actor.forbidden")
    assert_problem(await anonymous.get(path), 401, "auth.token_missing")
    assert_problem(await anonymous.patch(path, json=change), 401, "auth.token_missing")
    assert_problem(await manager.get("/api/municipalities/99999"), 404, "municipality.not_found")
    assert_problem(await manager.patch(path, json={**change, "x": 1}), 422, "body.unknown_field")
