from __future__ import annotations

import pytest
from tests.web.cast import COLLEGE, PUPIL, UNKNOWN_ID, import_schools, made, make_pupil
from tests.web.conftest import Client
from tests.web.expectations import assert_problem


@pytest.fixture(autouse=True)
async def schools(manager: Client) -> None:
    await import_schools(manager)


async def test_a_pupil_is_registered_as_typed(manager: Client, reader: Client) -> None:
    pupil = await make_pupil(manager)
    assert {key: pupil[key] for key in PUPIL if key != "representatives"} == {
        key: PUPIL[key] for key in PUPIL if key != "representatives"
    }
    assert pupil["representatives"][0]["capacity"] == "mother"
    hidden = {"large_print": None, "plain_summary": None}
    assert (await reader.get(f"/api/pupils/{pupil['id']}")).json() == {**pupil, **hidden}


async def test_a_pupil_is_found_whatever_the_accents(manager: Client, stranger: Client) -> None:
    pupil = await make_pupil(manager)
    await make_pupil(manager, last_name="Durand", first_name="Léa")
    found = (await manager.get("/api/pupils", params={"q": "zoe MARTIN"})).json()
    assert [each["id"] for each in found["items"]] == [pupil["id"]]
    assert (await stranger.get("/api/pupils", params={"q": "martin"})).json()["items"] == []


async def test_a_pupil_is_corrected(manager: Client) -> None:
    pupil = await make_pupil(manager)
    change = {"version": 1, "school": COLLEGE, "first_name": "Zoë"}
    answer = await manager.patch(f"/api/pupils/{pupil['id']}", json=change)
    assert answer.json() == {**pupil, **change, "version": 2}
    assert_problem(await manager.patch(f"/api/pupils/{pupil['id']}", json=change), 409, "pupil.changed")


async def test_an_unknown_school_is_a_fault_of_its_field(manager: Client) -> None:
    answer = await manager.post("/api/pupils", json={**PUPIL, "school": "0359999Z"})
    problem = answer.json()
    assert (answer.status_code, problem["errors"][0]["pointer"]) == (422, "/school")


async def test_health_data_has_no_field(manager: Client) -> None:
    for field in ("diagnosis", "handicap", "disability"):
        answer = await manager.post("/api/pupils", json={**PUPIL, field: "x"})
        assert_problem(answer, 422, "body.unknown_field")


async def test_who_may_do_what(anonymous: Client, reader: Client, manager: Client, stranger: Client) -> None:
    pupil = await make_pupil(manager)
    path, change = f"/api/pupils/{pupil['id']}", {"version": 1, "first_name": "Zoë"}
    assert_problem(await anonymous.get(path), 401, "auth.token_missing")
    assert_problem(await anonymous.get("/api/pupils"), 401, "auth.token_missing")
    assert_problem(await anonymous.patch(path, json=change), 401, "auth.token_missing")
    assert_problem(await anonymous.post("/api/pupils", json=PUPIL), 401, "auth.token_missing")
    assert_problem(await reader.patch(path, json=change), 403, "actor.forbidden")
    assert_problem(await reader.post("/api/pupils", json=PUPIL), 403, "actor.forbidden")
    assert_problem(await stranger.get(path), 404, "pupil.not_found")
    assert_problem(await stranger.patch(path, json=change), 404, "pupil.not_found")
    assert_problem(await manager.get(f"/api/pupils/{UNKNOWN_ID}"), 404, "pupil.not_found")
    assert_problem(await manager.get("/api/pupils/42"), 404, "route.not_found")
    assert_problem(await manager.patch(path, json={**change, "x": 1}), 422, "body.unknown_field")


async def test_faults_reach_into_lists(manager: Client) -> None:
    body = {**PUPIL, "homes": [{"lines": [], "postcode": "3_5", "city": "R"}], "representatives": [{"last_name": "M"}]}
    problem = assert_problem(await manager.post("/api/pupils", json=body), 422, "body.invalid")
    assert {each["pointer"] for each in problem["errors"]} >= {
        "/homes/0/lines",
        "/homes/0/postcode",
        "/representatives/0/capacity",
    }


async def test_hostile_names_come_back_as_typed(manager: Client) -> None:
    name = "<script>alert('x')</script> & Cie"
    pupil = await made(manager, "/api/pupils", {**PUPIL, "last_name": name})
    assert pupil["last_name"] == name


async def test_two_writings_of_one_name_born_the_same_day_are_told(manager: Client) -> None:
    first = await make_pupil(manager, last_name="Le Goff", first_name="Léa")
    assert first["possible_doubles"] == []
    again = await make_pupil(manager, last_name="LEGOFF", first_name="Lea")
    assert again["possible_doubles"] == [first["id"]]
    assert (await manager.get(f"/api/pupils/{first['id']}")).json()["possible_doubles"] == [again["id"]]
    other = await make_pupil(manager, last_name="Le Goff", first_name="Léa", birth_date="2015-04-03")
    assert other["possible_doubles"] == []


async def test_a_death_noted_by_mistake_is_taken_back(manager: Client, reader: Client, stranger: Client) -> None:
    pupil = await make_pupil(manager)
    path = f"/api/pupils/{pupil['id']}/death/withdraw"
    body = {"reason": "Noté sur la fiche d'un homonyme"}
    assert_problem(await manager.post(path, json=body), 409, "pupil.not_deceased")
    died = {"version": 1, "died_on": "2026-11-20"}
    assert (await manager.patch(f"/api/pupils/{pupil['id']}", json=died)).json()["died_on"] == "2026-11-20"
    assert_problem(await reader.post(path, json=body), 403, "actor.forbidden")
    assert_problem(await stranger.post(path, json=body), 404, "pupil.not_found")
    assert_problem(await manager.post(path, json={"reason": "\u200b"}), 422, "body.invalid")
    assert (await manager.post(path, json=body)).json()["died_on"] is None


async def test_a_correction_carries_the_ids_of_the_people(manager: Client) -> None:
    pupil = await make_pupil(manager)
    (person,) = pupil["representatives"]
    renamed = {**person, "last_name": "Durand", "first_name": "Anne"}
    path = f"/api/pupils/{pupil['id']}"
    answer = await manager.patch(path, json={"version": 1, "representatives": [renamed]})
    assert answer.json()["representatives"] == [renamed]
    # A client that knows nothing of ids types the list again: the same name in the same capacity is the same person.
    again = {key: value for key, value in renamed.items() if key != "id"} | {
        "last_name": "DURAND",
        "phone": "0299000000",
    }
    father = {"last_name": "Durand", "first_name": "Anne", "capacity": "father"}
    answer = await manager.patch(path, json={"version": 2, "representatives": [father, again]})
    ids = [each["id"] for each in answer.json()["representatives"]]
    assert (ids[1], ids[0] == person["id"]) == (person["id"], False)


async def test_an_id_that_is_nobodys_is_refused(manager: Client) -> None:
    pupil = await make_pupil(manager)
    (person,) = pupil["representatives"]
    path = f"/api/pupils/{pupil['id']}"
    for people in ([{**person, "id": UNKNOWN_ID}], [person, {**person, "first_name": "Deux"}]):
        answer = await manager.patch(path, json={"version": 1, "representatives": people})
        assert_problem(answer, 422, "pupil.invalid")
        assert answer.json()["errors"][0]["pointer"] == f"/representatives/{len(people) - 1}/id"
    assert_problem(await manager.post("/api/pupils", json={**PUPIL, "representatives": [person]}), 422, "pupil.invalid")


async def test_a_pupil_has_an_address_of_ones_own(manager: Client) -> None:
    pupil = await make_pupil(manager, email="zoe@example.org", phone="06 00 00 00 00")
    assert (pupil["email"], pupil["phone"]) == ("zoe@example.org", "06 00 00 00 00")
    answer = await manager.patch(f"/api/pupils/{pupil['id']}", json={"version": 1, "email": ""})
    assert (answer.json()["email"], answer.json()["phone"]) == ("", "06 00 00 00 00")


async def test_an_address_not_to_be_communicated_is_marked_on_its_home(manager: Client) -> None:
    shown, hidden = PUPIL["homes"][0], {**PUPIL["homes"][0], "lines": ["1 rue Cachée"], "confidential": True}
    pupil = await make_pupil(manager, homes=[shown, hidden])
    assert pupil["homes"] == [shown, hidden]
    changed = await manager.patch(f"/api/pupils/{pupil['id']}", json={"version": 1, "homes": [shown]})
    assert changed.json()["homes"] == [shown]


async def test_a_pupil_entered_by_mistake_is_deleted_or_merged(
    manager: Client, reader: Client, stranger: Client
) -> None:
    kept, double, alone = [await make_pupil(manager) for _ in range(3)]
    path, body = f"/api/pupils/{double['id']}/merge", {"into": kept["id"], "reason": "Saisi deux fois"}
    assert_problem(await reader.post(path, json=body), 403, "actor.forbidden")
    assert_problem(await stranger.post(path, json=body), 404, "pupil.not_found")
    assert_problem(await manager.post(path, json={**body, "into": double["id"]}), 409, "pupil.merge_itself")
    assert (await manager.post(path, json=body)).json()["id"] == kept["id"]
    assert_problem(await manager.get(f"/api/pupils/{double['id']}"), 404, "pupil.not_found")
    gone = await manager.post(f"/api/pupils/{alone['id']}/delete", json={"reason": "Erreur"})
    assert (gone.status_code, gone.json()) == (200, {"deleted": alone["id"]})
    assert_problem(await manager.get(f"/api/pupils/{alone['id']}"), 404, "pupil.not_found")


async def test_a_home_abroad_says_its_country_and_a_french_one_none(manager: Client) -> None:
    abroad = {"lines": ["1 rue Haute"], "postcode": "L-1234", "city": "Luxembourg", "country": "Luxembourg"}
    pupil = await make_pupil(manager, homes=[PUPIL["homes"][0], abroad])
    assert pupil["homes"] == [PUPIL["homes"][0], abroad]
    answer = await manager.post("/api/pupils", json={**PUPIL, "homes": [{**abroad, "country": ""}]})
    problem = assert_problem(answer, 422, "pupil.invalid")
    assert [each["pointer"] for each in problem["errors"]] == ["/homes/0/postcode"]


async def test_how_agreements_are_printed_too_is_told_to_those_who_print_them(manager: Client, reader: Client) -> None:
    pupil = await make_pupil(manager, large_print=True)
    path = f"/api/pupils/{pupil['id']}"
    assert (pupil["large_print"], pupil["plain_summary"]) == (True, False)
    changed = await manager.patch(path, json={"version": pupil["version"], "plain_summary": True})
    assert (changed.json()["large_print"], changed.json()["plain_summary"]) == (True, True)
    assert (await manager.get(path)).json()["plain_summary"] is True
    read = (await reader.get(path)).json()
    assert (read["large_print"], read["plain_summary"]) == (None, None)
    assert "large_print" not in (await manager.get("/api/pupils")).json()["items"][0]
