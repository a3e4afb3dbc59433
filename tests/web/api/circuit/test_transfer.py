"""Transfers through the API: both services read them, one answers, and the item is then the other's."""

from __future__ import annotations

import pytest
from tests.web.cast import UNKNOWN_ID, done, import_schools, loan_body, made, make_item, make_pupil
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

WHY = "Réorganisation des secteurs"


@pytest.fixture
async def theirs(stranger: Client) -> str:
    """The code of the other service."""
    found: str = (await stranger.get("/api/service")).json()["code"]
    return found


async def asked(manager: Client, theirs: str, **changes: object) -> dict[str, object]:
    item = await make_item(manager, **changes)
    return await made(manager, "/api/transfers", {"items": [item["id"]], "to": theirs, "reason": WHY})


async def test_the_number_the_code_and_the_history_follow(manager: Client, stranger: Client, theirs: str) -> None:
    item = await make_item(manager)
    transfer = await made(manager, "/api/transfers", {"items": [item["id"]], "to": theirs, "reason": WHY})
    assert (transfer["state"], transfer["to"], transfer["awaits_us"]) == ("asked", theirs, False)
    path = f"/api/transfers/{transfer['id']}"
    seen = (await stranger.get(path)).json()
    assert seen["awaits_us"] is True
    (waiting,) = (await stranger.get("/api/transfers?awaits_us=true")).json()["items"]
    assert waiting["id"] == seen["id"]
    assert_problem(await manager.get(f"{path}/act"), 409, "transfer.not_accepted")
    accepted = await done(stranger, f"{path}/accept")
    (moved,) = accepted["items"]
    ours, act = await manager.get(f"{path}/act"), await stranger.get(f"{path}/act")
    assert act.headers["content-type"] == "application/pdf"
    assert act.content == ours.content
    assert act.content.startswith(b"%PDF-")
    assert accepted["state"] == "accepted"
    assert moved["id"] == item["id"]
    found = (await stranger.get("/api/items", params={"inventory_number": item["inventory_number"]})).json()["items"]
    assert [(each["id"], each["public_code"]) for each in found] == [(moved["received_as"], item["public_code"])]
    # The identifier that the item had leads to it, in the service that has it now.
    assert (await stranger.get(f"/api/items/{item['id']}")).json()["id"] == moved["received_as"]
    assert (await stranger.get(f"/api/scan/{item['public_code']}")).json()["item"]["id"] == moved["received_as"]
    history = (await stranger.get(f"/api/items/{item['id']}/history")).text
    assert "Entré à l'inventaire" in history
    assert (await manager.get(f"/api/items/{item['id']}")).json()["status"] == "transferred"
    assert_problem(await manager.get(f"/api/scan/{item['public_code']}"), 404, "item.not_found")
    assert_problem(await stranger.post(f"{path}/accept"), 409, "transfer.over")


async def test_a_loan_passes_when_both_say_so(manager: Client, stranger: Client, theirs: str) -> None:
    await import_schools(manager)
    item = (await make_item(manager))["id"]
    paper = {"reference": "Conv. 12/2025", "signed_on": "2025-09-03"}
    body = loan_body(item, (await make_pupil(manager))["id"]) | {"handed_over_on": "2025-09-04", "paper": paper}
    body.pop("starts_on", None)
    loan_out = await made(manager, "/api/loans/take-over", body)
    body = {"items": [item], "to": theirs, "reason": WHY}
    assert_problem(await manager.post("/api/transfers", json=body), 409, "transfer.item_lent")
    transfer = await made(manager, "/api/transfers", {**body, "with_loans": True})
    (offered,) = transfer["loans"]
    assert (offered["loan"], offered["items"]) == (loan_out["id"], [item])
    path = f"/api/transfers/{transfer['id']}"
    (seen,) = (await stranger.get(path)).json()["loans"]
    assert seen == {**offered, "loan": None}
    assert_problem(await stranger.post(f"{path}/accept"), 422, "transfer.loan_unaccepted")
    accepted = await done(stranger, f"{path}/accept?with_loans=true")
    (taken,) = accepted["loans"]
    loan = (await stranger.get(f"/api/loans/{taken['loan']}")).json()
    assert (loan["status"], loan["origin"]) == ("handed_over", "taken_over")
    assert (await manager.get(f"/api/loans/{loan_out['id']}")).json()["status"] == "closed"


async def test_a_loan_between_services_comes_back_or_lasts_by_the_choice_of_both(
    manager: Client, stranger: Client, theirs: str
) -> None:
    item = (await make_item(manager))["id"]
    body = {"items": [item], "to": theirs, "reason": WHY, "until": "2029-01-15"}
    past = await manager.post("/api/transfers", json={**body, "until": "2020-01-01"})
    assert_problem(past, 422, "transfer.invalid")
    path = f"/api/transfers/{(await made(manager, '/api/transfers', body))['id']}"
    assert_problem(await manager.post(f"{path}/return"), 409, "transfer.not_lent")
    assert (await done(stranger, f"{path}/accept"))["until"] == "2029-01-15"
    asked = await done(stranger, f"{path}/extension", {"until": "2029-06-30"})
    assert (asked["until"], asked["until_asked"]) == ("2029-01-15", "2029-06-30")
    own = await stranger.post(f"{path}/extension/answer", json={"accept": True})
    assert_problem(own, 403, "transfer.not_yours")
    assert (await done(manager, f"{path}/extension/answer", {"accept": True}))["until"] == "2029-06-30"
    back = await done(stranger, f"{path}/return")
    assert (back["from"], back["returns"]) == (theirs, path.rpartition("/")[2])
    await done(manager, f"/api/transfers/{back['id']}/accept")
    assert (await stranger.get(path)).json()["returned_on"] is not None
    assert (await manager.get(f"/api/items/{item}")).json()["status"] == "in_stock"


async def test_it_is_refused_or_withdrawn(manager: Client, stranger: Client, theirs: str) -> None:
    first = await asked(manager, theirs)
    path = f"/api/transfers/{first['id']}"
    assert_problem(await manager.post(f"{path}/refuse", json={"reason": "Non"}), 403, "transfer.not_yours")
    assert_problem(await stranger.post(f"{path}/withdraw"), 403, "transfer.not_yours")
    refused = await done(stranger, f"{path}/refuse", {"reason": "Nous en avons assez"})
    assert (refused["state"], refused["answer_reason"]) == ("refused", "Nous en avons assez")
    second = await made(
        manager,
        "/api/transfers",
        {"items": [first["items"][0]["id"]], "to": theirs, "reason": WHY},  # type: ignore[index]
    )
    assert (await done(manager, f"/api/transfers/{second['id']}/withdraw"))["state"] == "withdrawn"
    pages = (await manager.get("/api/transfers", params={"limit": 1})).json()
    assert [each["id"] for each in pages["items"]] == [second["id"]]
    rest = (await manager.get("/api/transfers", params={"cursor": pages["next_cursor"]})).json()
    assert [each["id"] for each in rest["items"]] == [first["id"]]
    only = (await manager.get("/api/transfers", params={"state": "refused"})).json()["items"]
    assert [each["id"] for each in only] == [first["id"]]


async def test_what_is_refused_says_why(manager: Client, reader: Client, stranger: Client, theirs: str) -> None:
    item = await make_item(manager)
    body = {"items": [item["id"]], "to": theirs, "reason": WHY}
    assert_problem(await reader.post("/api/transfers", json=body), 403, "actor.forbidden")
    assert_problem(await manager.post("/api/transfers", json={**body, "to": "NULLE"}), 404, "service.not_found")
    assert_problem(await manager.post("/api/transfers", json={**body, "items": []}), 422, "transfer.invalid")
    assert_problem(await stranger.post("/api/transfers", json={**body, "to": "DSDEN35"}), 404, "item.not_found")
    transfer = await made(manager, "/api/transfers", body)
    assert_problem(await manager.post("/api/transfers", json=body), 409, "transfer.already_asked")
    assert_problem(await stranger.get(f"/api/transfers/{UNKNOWN_ID}"), 404, "transfer.not_found")
    left = await stranger.post(f"/api/transfers/{transfer['id']}/accept", params={"leave_out": item["id"]})
    assert_problem(left, 422, "transfer.invalid")
    await make_item(stranger)
    assert_problem(await stranger.post(f"/api/transfers/{transfer['id']}/accept"), 409, "transfer.number_taken")
