"""`GET /api/search`: the one search, described, scoped, and refused when too little is typed."""

from __future__ import annotations

from tests.web.cast import import_schools, make_item, make_loan
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

ROUTE = "/api/search"


async def test_what_answers_is_told_kind_by_kind(manager: Client, reader: Client, stranger: Client) -> None:
    await import_schools(manager)
    loan = await make_loan(manager)
    found = (await manager.get(ROUTE, params={"q": "martin"})).json()
    assert found["exact"] is None
    kinds = [group["kind"] for group in found["groups"]]
    assert kinds == ["pupil", "representative", "loan"]
    (drafted,) = found["groups"][2]["hits"]
    assert (drafted["key"], drafted["act"], drafted["state"]) == (loan["id"], "resume", "draft")
    assert (drafted["loan_id"], drafted["pupil_id"]) == (loan["id"], loan["pupil"])
    assert found["groups"][0]["more"] is False
    read = (await reader.get(ROUTE, params={"q": "MARTIN"})).json()
    assert [hit["act"] for group in read["groups"] for hit in group["hits"]] == [None] * 3
    assert (await stranger.get(ROUTE, params={"q": "martin"})).json() == {"exact": None, "groups": []}


async def test_an_exact_number_is_told_alone(manager: Client, stranger: Client) -> None:
    item = await make_item(manager)
    found = (await manager.get(ROUTE, params={"q": item["inventory_number"].lower()})).json()
    assert (found["exact"]["kind"], found["exact"]["key"], found["groups"]) == ("item", item["id"], [])
    assert (await stranger.get(ROUTE, params={"q": item["inventory_number"]})).json()["exact"] is None


async def test_too_little_too_much_and_nobody_are_refused(manager: Client, anonymous: Client) -> None:
    assert_problem(await manager.get(ROUTE, params={"q": "é"}), 400, "search.too_short")
    assert_problem(await manager.get(ROUTE), 400, "request.malformed")
    assert_problem(await manager.get(ROUTE, params={"q": "z" * 201}), 400, "request.invalid_parameter")
    assert_problem(await anonymous.get(ROUTE, params={"q": "martin"}), 401, "auth.token_missing")
