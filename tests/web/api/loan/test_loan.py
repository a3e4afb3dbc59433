from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from tests.web.cast import (
    BASIS,
    COLLEGE,
    MEDICO_EDUCATIONAL,
    OTHER_PUBLIC_SCHOOL,
    PRIVATE_SCHOOL,
    PUBLIC_SCHOOL,
    UNKNOWN_ID,
    done,
    import_schools,
    loan_body,
    made,
    make_item,
    make_loan,
    make_pupil,
)
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

from materiel.domain.accounts.service import NO_ADDRESS
from materiel.store.accounts import service as services
from materiel.store.engine.statement import Statement

STEPS = {
    "issue": None,
    "handover": {"handed_over_on": "2026-11-21", "items": [{"id": UNKNOWN_ID, "condition": "good"}]},
    "return": {"returned_on": "2026-11-21", "items": [{"id": UNKNOWN_ID, "condition": "good"}]},
    "change-school": {"school": COLLEGE, "effective_on": "2026-11-21"},
    "change-custody": {"custody": "school", "effective_on": "2026-11-21"},
    "renew": {"ends_on": "2027-07-03"},
    "amend": {"add": [], "remove": [], "effective_on": "2026-11-21"},
    "cancel": {"reason": "Élève parti"},
    "recall": {"reason": "Élève parti"},
    "recall-undo": {"reason": "Recopie"},
    "close": None,
}


@pytest.fixture
async def schools(manager: Client) -> None:
    await import_schools(manager)


@pytest.mark.usefixtures("schools")
async def test_a_loan_goes_from_draft_to_closed(manager: Client) -> None:
    loan = await make_loan(manager)
    assert (loan["status"], loan["decision"]["outcome"], loan["version"]) == ("draft", "allowed", 1)
    item = loan["items"][0]["id"]
    assert (await manager.get(f"/api/items/{item}")).json()["status"] == "reserved"

    path = f"/api/loans/{loan['id']}"
    issued = await done(manager, f"{path}/issue")
    assert issued["status"] == "issued"
    assert [each["kind"] for each in issued["documents"]] == ["loan_agreement", "notice"]
    agreement, notice = issued["documents"]
    assert [each["party"] for each in agreement["signatories"]] == ["managing_service", "borrower"]
    assert [each["party"] for each in notice["recipients"]] == ["mayor"]
    assert notice["signatories"] == []

    handed = await done(
        manager,
        f"{path}/handover",
        {"handed_over_on": "2026-11-21", "items": [{"id": item, "condition": "new"}]},
    )
    assert [each["kind"] for each in handed["documents"]] == ["handover_receipt"]
    assert handed["handed_over_unsigned"] is True
    assert (await manager.get(f"/api/items/{item}")).json()["status"] == "on_loan"

    returned = await done(
        manager,
        f"{path}/return",
        {
            "returned_on": "2026-11-21",
            "items": [{"id": item, "condition": "good", "missing_accessories": ["Chargeur"]}],
        },
    )
    assert returned["status"] == "returned"
    assert [each["kind"] for each in returned["documents"]] == ["return_receipt"]
    assert_problem(await manager.post(f"{path}/close"), 409, "loan.receipts_unsigned")
    assert (await done(manager, f"{path}/close?despite_unsigned=true"))["status"] == "closed"

    whole = (await manager.get(path)).json()
    assert [each["kind"] for each in whole["documents"]] == [
        "loan_agreement",
        "notice",
        "handover_receipt",
        "return_receipt",
    ]
    history = (await manager.get(f"/api/items/{item}/history")).json()["items"]
    assert "loan.returned" in {each["action"] for each in history}
    assert "Martin" not in str(history)


@pytest.mark.usefixtures("schools")
async def test_one_that_stays_at_school_is_tripartite(manager: Client) -> None:
    loan = await make_loan(manager, custody="school")
    issued = await done(manager, f"/api/loans/{loan['id']}/issue")
    assert [(each["kind"], each["covers"]) for each in issued["documents"]] == [
        ("tripartite_agreement", ["loan", "deposit"])
    ]
    parties = [each["party"] for each in issued["documents"][0]["signatories"]]
    assert parties == ["managing_service", "borrower", "municipality"]


@pytest.mark.usefixtures("schools")
async def test_one_item_of_two_stays_at_school_by_a_loan_of_its_own(manager: Client) -> None:
    both = [(await make_item(manager, number))["id"] for number in ("35-2026-0001", "35-2026-0002")]
    pupil = (await make_pupil(manager))["id"]
    loan = await made(manager, "/api/loans", {**loan_body(both[0], pupil), "items": both})
    assert loan["split_from"] is None
    path = f"/api/loans/{loan['id']}"
    await done(manager, f"{path}/issue")
    body = {"custody": "school", "effective_on": loan["starts_on"], "only": [both[1]]}
    first = await done(manager, f"{path}/change-custody", body)
    assert [each["kind"] for each in first["documents"]] == ["amendment"]
    assert [each["removal"] for each in first["items"]] == [None, "moved"]
    (second,) = first["others"]
    assert (first["custody"], second["custody"]) == ("home", "school")
    assert [each["kind"] for each in second["documents"]] == ["tripartite_agreement"]
    assert second["split_from"] == loan["id"]
    assert (await manager.get(f"/api/loans/{second['id']}")).json()["split_from"] == loan["id"]
    unknown = await manager.post(f"{path}/change-custody", json=body)
    assert_problem(unknown, 404, "loan.unknown_item")
    amended = {"effective_on": loan["starts_on"], "remove": [{"id": both[0], "reason": "moved"}]}
    assert_problem(await manager.post(f"{path}/amend", json=amended), 422, "loan.custody_not_amended")


@pytest.mark.usefixtures("schools")
async def test_two_custodies_asked_at_once_are_two_loans_or_none(manager: Client) -> None:
    both = [(await make_item(manager, number))["id"] for number in ("35-2026-0001", "35-2026-0002")]
    body = {**loan_body(both[0], (await make_pupil(manager))["id"]), "items": both}
    all_elsewhere = await manager.post("/api/loans", json=body | {"elsewhere": both})
    assert_problem(all_elsewhere, 422, "loan.custody_of_all")
    unknown = await manager.post("/api/loans", json=body | {"elsewhere": [UNKNOWN_ID]})
    assert_problem(unknown, 404, "loan.unknown_item")
    shared = {"usage": "shared", "custody": "school", "school": COLLEGE, "pupil": None, "basis": None}
    refused = await manager.post("/api/loans", json=body | shared | {"elsewhere": both[1:]})
    assert_problem(refused, 422, "loan.refused")
    assert (await manager.get("/api/loans")).json()["items"] == [], "neither was written"
    loan = await made(manager, "/api/loans", body | {"elsewhere": both[1:]})
    (other,) = loan["others"]
    assert [(each["custody"], [line["id"] for line in each["items"]]) for each in (loan, other)] == [
        ("home", both[:1]),
        ("school", both[1:]),
    ]
    assert len((await manager.get("/api/loans")).json()["items"]) == 2


@pytest.mark.usefixtures("schools")
async def test_a_deposit_for_an_examination_has_a_last_day(manager: Client) -> None:
    item = await make_item(manager)
    body = loan_body(item["id"], None, usage="shared", custody="school", school=COLLEGE, basis=None)
    refused = await manager.post("/api/loans", json={**body, "for_examination": True})
    told = assert_problem(refused, 422, "loan.examination_without_end")
    assert [each["pointer"] for each in told["errors"]] == ["/ends_on"]
    pupil = (await make_pupil(manager))["id"]
    alone = {**loan_body(item["id"], pupil), "for_examination": True, "ends_on": "2027-06-30"}
    assert_problem(await manager.post("/api/loans", json=alone), 422, "loan.examination_is_a_deposit")
    made = await manager.post("/api/loans", json={**body, "for_examination": True, "ends_on": "2027-06-30"})
    assert (made.status_code, made.json()["ends_on"]) == (201, "2027-06-30")


@pytest.mark.usefixtures("schools")
async def test_a_shared_deposit_names_no_pupil(manager: Client) -> None:
    item = await make_item(manager)
    body = loan_body(item["id"], None, usage="shared", custody="school", school=COLLEGE, basis=None)
    loan = await made(manager, "/api/loans", body)
    issued = await done(manager, f"/api/loans/{loan['id']}/issue")
    assert [each["kind"] for each in issued["documents"]] == ["deposit_agreement"]
    parties = [each["party"] for each in issued["documents"][0]["signatories"]]
    assert parties == ["managing_service", "head_of_school"]


@pytest.mark.usefixtures("schools")
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"usage": "shared", "custody": "school", "school": PRIVATE_SCHOOL, "pupil": None}, "COLLECTIF_PRIVE"),
        ({"usage": "shared", "custody": "home", "pupil": None}, "COLLECTIF_DOMICILE"),
        ({"school": MEDICO_EDUCATIONAL}, "MEDICO_EDUCATIF"),
        ({"basis": {"kind": "pap"}}, "PAP_SEUL"),
    ],
    ids=["private-shared", "shared-home", "medico-educational", "pap"],
)
async def test_a_refusal_cites_its_source_and_leaves_no_trace(
    manager: Client, changes: dict[str, object], refusal: str
) -> None:
    item, pupil = await make_item(manager), await make_pupil(manager)
    body = loan_body(item["id"], pupil["id"]) | changes
    problem = assert_problem(await manager.post("/api/loans", json=body), 422, "loan.refused")
    assert problem["refusal"] == refusal
    asked = {key: body[key] for key in ("usage", "custody", "school", "basis")}
    decision = await done(manager, "/api/decisions", asked)
    assert (decision["outcome"], decision["code"]) == ("refused", refusal)
    assert decision["source"]
    assert (await manager.get(f"/api/items/{item['id']}")).json()["status"] == "in_stock"
    assert (await manager.get("/api/loans")).json()["items"] == []


@pytest.mark.usefixtures("schools")
async def test_an_item_of_a_draft_is_taken(manager: Client) -> None:
    loan = await make_loan(manager)
    again = loan_body(loan["items"][0]["id"], loan["pupil"])
    assert_problem(await manager.post("/api/loans", json=again), 409, "item.already_lent")


@pytest.mark.usefixtures("schools")
async def test_of_many_simultaneous_loans_one_wins(manager: Client) -> None:
    item, pupil = await make_item(manager), await make_pupil(manager)
    body = loan_body(item["id"], pupil["id"])
    answers = await asyncio.gather(*(manager.post("/api/loans", json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    for answer in answers:
        if answer.status_code == 409:
            assert_problem(answer, 409, "item.already_lent")


@pytest.mark.usefixtures("schools")
async def test_of_two_simultaneous_issues_one_wins(manager: Client) -> None:
    loan = await make_loan(manager)
    path = f"/api/loans/{loan['id']}/issue"
    answers = await asyncio.gather(*(manager.post(path) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    whole = (await manager.get(f"/api/loans/{loan['id']}")).json()
    assert len(whole["documents"]) == 2


@pytest.mark.usefixtures("schools")
async def test_a_change_of_school_tells_the_new_mayor_only(manager: Client) -> None:
    loan = await make_loan(manager)
    path = f"/api/loans/{loan['id']}"
    await done(manager, f"{path}/issue")
    changed = await done(
        manager, f"{path}/change-school", {"school": OTHER_PUBLIC_SCHOOL, "effective_on": "2026-11-21"}
    )
    assert changed["school"] == OTHER_PUBLIC_SCHOOL
    assert [each["kind"] for each in changed["documents"]] == ["notice"]


@pytest.mark.usefixtures("schools")
async def test_a_cancelled_draft_frees_its_item(manager: Client) -> None:
    loan = await make_loan(manager)
    cancelled = await done(manager, f"/api/loans/{loan['id']}/cancel", {"reason": "Élève parti"})
    assert cancelled["status"] == "cancelled"
    item = loan["items"][0]["id"]
    assert (await manager.get(f"/api/items/{item}")).json()["status"] == "in_stock"


@pytest.mark.usefixtures("schools")
async def test_a_list_follows_its_cursor(manager: Client) -> None:
    made_loans = [(await make_loan(manager, f"35-2026-{number:04}"))["id"] for number in range(5)]
    seen: list[str] = []
    cursor = None
    while True:
        parameters = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await manager.get("/api/loans", params=parameters)).json()
        seen += [loan["id"] for loan in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == made_loans
    mine = await manager.get("/api/loans", params={"status": "draft", "school": PUBLIC_SCHOOL.lower()})
    assert len(mine.json()["items"]) == 5


@pytest.mark.usefixtures("schools")
async def test_another_service_finds_no_loan(manager: Client, stranger: Client) -> None:
    loan = await make_loan(manager)
    path = f"/api/loans/{loan['id']}"
    assert_problem(await stranger.get(path), 404, "loan.not_found")
    for step, body in STEPS.items():
        answer = await stranger.post(f"{path}/{step}", json=body) if body else await stranger.post(f"{path}/{step}")
        assert_problem(answer, 404, "loan.not_found")
    theirs = await stranger.post(
        "/api/loans", json=loan_body(loan["items"][0]["id"], None, usage="shared", custody="school")
    )
    problem = assert_problem(theirs, 404, "item.not_found")
    assert problem["errors"][0]["pointer"] == "/items/0"


@pytest.mark.parametrize("step", STEPS, ids=str)
async def test_a_step_needs_a_role_and_a_loan(anonymous: Client, reader: Client, manager: Client, step: str) -> None:
    body, path = STEPS[step], f"/api/loans/{UNKNOWN_ID}/{step}"
    content = {"json": body} if body else {}
    assert_problem(await anonymous.post(path, **content), 401, "auth.token_missing")
    assert_problem(await reader.post(path, **content), 403, "actor.forbidden")
    assert_problem(await manager.post(path, **content), 404, "loan.not_found")
    assert_problem(await manager.post(f"/api/loans/42/{step}", **content), 404, "route.not_found")
    if body:
        answer = await manager.post(path, json={**body, "couleur": "bleu"})
        assert_problem(answer, 422, "body.unknown_field")


async def test_a_loan_needs_a_known_school(manager: Client) -> None:
    item = await make_item(manager)
    answer = await manager.post("/api/loans", json=loan_body(item["id"], None))
    assert_problem(answer, 404, "school.not_found")


async def test_a_body_of_loan_has_bounds(manager: Client) -> None:
    body = {"usage": "autre", "custody": "home", "items": [], "starts_on": "demain", "basis": {**BASIS, "x": 1}}
    problem = assert_problem(await manager.post("/api/loans", json=body), 422, "body.invalid")
    assert {each["pointer"] for each in problem["errors"]} == {
        "/usage",
        "/school",
        "/items",
        "/starts_on",
        "/purpose",
        "/basis/x",
    }


async def test_roles_are_asked_for_a_new_loan(anonymous: Client, reader: Client) -> None:
    body = loan_body(UNKNOWN_ID, None)
    assert_problem(await anonymous.post("/api/loans", json=body), 401, "auth.token_missing")
    assert_problem(await reader.post("/api/loans", json=body), 403, "actor.forbidden")
    assert_problem(await anonymous.get("/api/loans"), 401, "auth.token_missing")
    assert (await reader.get("/api/loans")).status_code == 200


@pytest.mark.usefixtures("schools")
async def test_a_decision_tells_when_each_document_is_made(manager: Client) -> None:
    question = {"usage": "individual", "custody": "home", "school": PUBLIC_SCHOOL}
    answer = (await manager.post("/api/decisions", json=question)).json()
    assert [(each["kind"], each["made_at"]) for each in answer["documents"]] == [
        ("loan_agreement", "issue"),
        ("notice", "issue"),
        ("handover_receipt", "handover"),
    ]


@pytest.mark.usefixtures("schools")
async def test_a_service_without_its_address_is_told_which_field_is_missing(manager: Client) -> None:
    await services.save(replace(await services.by_code("DSDEN35"), address=NO_ADDRESS))
    loan = await make_loan(manager)
    asked = loan_body(loan["items"][0]["id"], loan["pupil"])
    question = {name: asked[name] for name in ("usage", "custody", "school", "pupil")}
    told = (await manager.post("/api/decisions", json=question)).json()["obstacles"]
    assert [each["code"] for each in told] == ["service.incomplete"]
    refused = await manager.post(f"/api/loans/{loan['id']}/issue")
    problem = assert_problem(refused, 422, "service.incomplete")
    assert [each["pointer"] for each in problem["errors"]] == ["/address"]
    assert "address" in (await manager.get("/api/service")).json()


async def test_the_form_of_a_hand_over_is_printed_and_says_what_it_is(
    manager: Client, anonymous: Client, stranger: Client
) -> None:
    await import_schools(manager)
    loan = await make_loan(manager)
    path = f"/api/loans/{loan['id']}/handover-form"
    assert_problem(await manager.get(path), 409, "loan.not_issued")
    issued = await done(manager, f"/api/loans/{loan['id']}/issue")
    form = await manager.get(path)
    assert (form.status_code, form.headers["content-type"]) == (200, "application/pdf")
    assert form.content.startswith(b"%PDF-")
    assert_problem(await stranger.get(path), 404, "loan.not_found")
    row = await Statement("SELECT code FROM document WHERE id = {}").fetch_one(UUID(issued["documents"][0]["id"]))
    for mark in ("f/1", "f", "f/9"):
        page = await anonymous.get(f"/v/{row['code']}/{mark}")
        assert page.status_code == 200, mark
        assert "ne constate rien par lui-même" in page.text
        assert "Document authentique, en vigueur" not in page.text
