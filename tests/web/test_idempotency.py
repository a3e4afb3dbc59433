from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tests.web.cast import ITEM, annuaire, done, import_schools, make_item, make_loan
from tests.web.conftest import NOW, Cast, Client, ClientOf
from tests.web.expectations import assert_problem

from materiel.use_cases.housekeeping import forget

KEY = {"Idempotency-Key": "0197b0c4-7d2e-7aaa-8000-0a0a0a0a0a0a"}


async def test_the_same_request_acts_once_and_answers_the_same(manager: Client) -> None:
    first = await manager.post("/api/items", json=ITEM, headers=KEY)
    again = await manager.post("/api/items", json=ITEM, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len((await manager.get("/api/items")).json()["items"]) == 1


async def test_another_body_under_the_same_key_is_refused(manager: Client) -> None:
    await manager.post("/api/items", json=ITEM, headers=KEY)
    answer = await manager.post("/api/items", json={**ITEM, "brand": "Autre"}, headers=KEY)
    assert_problem(answer, 409, "idempotency.key_reused")


async def test_another_route_under_the_same_key_is_refused(manager: Client) -> None:
    item = (await manager.post("/api/items", json=ITEM, headers=KEY)).json()
    answer = await manager.patch(f"/api/items/{item['id']}", json={"version": 1, "brand": "B"}, headers=KEY)
    assert_problem(answer, 409, "idempotency.key_reused")


async def test_a_key_belongs_to_its_token(cast: Cast, manager: Client, stranger: Client) -> None:
    ours = await manager.post("/api/items", json=ITEM, headers=KEY)
    theirs = await stranger.post("/api/items", json=ITEM, headers=KEY)
    assert theirs.status_code == 201
    assert theirs.json()["id"] != ours.json()["id"]


async def test_simultaneous_duplicates_act_once(manager: Client) -> None:
    answers = await asyncio.gather(*(manager.post("/api/items", json=ITEM, headers=KEY) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.headers.get("idempotency-replayed", "") for answer in answers) == [""] + ["true"] * 7


async def test_a_refusal_may_be_tried_again(manager: Client) -> None:
    taken = await make_item(manager, "35-2026-0001")
    assert_problem(await manager.post("/api/items", json=ITEM, headers=KEY), 409, "item.inventory_number_taken")
    other = {**ITEM, "inventory_number": "35-2026-0002"}
    assert (await manager.post("/api/items", json=other, headers=KEY)).status_code == 201
    assert taken["inventory_number"] != other["inventory_number"]


async def test_an_issue_is_made_once(manager: Client) -> None:
    await import_schools(manager)
    loan = await make_loan(manager)
    path = f"/api/loans/{loan['id']}/issue"
    answers = await asyncio.gather(*(manager.post(path, headers=KEY) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    whole = (await manager.get(f"/api/loans/{loan['id']}")).json()
    assert len(whole["documents"]) == 2


async def test_a_file_sent_twice_is_read_once(manager: Client) -> None:
    """Two clients draw two boundaries for the same file."""
    answers = []
    for boundary in ("aaaa", "bbbb"):
        body = (
            (
                f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n'
                "Content-Type: text/csv\r\n\r\n"
            ).encode()
            + annuaire()
            + f"\r\n--{boundary}--\r\n".encode()
        )
        headers = {**KEY, "Content-Type": f"multipart/form-data; boundary={boundary}"}
        answers.append(await manager.post("/api/schools/import", content=body, headers=headers))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].json() == answers[0].json()
    assert answers[1].json()["created"] == 5


async def test_labels_are_answered_again_byte_for_byte(manager: Client) -> None:
    item = await make_item(manager)
    body = {"items": [item["id"]], "sheet": "a4_3x8"}
    first = await manager.post("/api/labels", json=body, headers=KEY)
    again = await manager.post("/api/labels", json=body, headers=KEY)
    assert first.content.startswith(b"%PDF-")
    assert again.content == first.content
    assert again.headers["content-type"] == "application/pdf"


@pytest.mark.parametrize("key", ["", "x" * 201, "clé"], ids=["empty", "long", "accent"])
async def test_a_key_has_bounds(manager: Client, key: str) -> None:
    answer = await manager.post("/api/items", json=ITEM, headers={"Idempotency-Key": key.encode("latin-1")})
    assert_problem(answer, 400, "idempotency.invalid_key")


async def test_a_key_opens_nothing_without_a_token(manager: Client, client_of: ClientOf) -> None:
    await manager.post("/api/items", json=ITEM, headers=KEY)
    assert_problem(await client_of(None).post("/api/items", json=ITEM, headers=KEY), 401, "auth.token_missing")


async def test_a_crash_before_the_answer_leaves_neither_effect_nor_key(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("the machine stops here")

    with monkeypatch.context() as patched:
        patched.setattr("materiel.store.idempotency.keep", crash)
        answer = await manager.post("/api/items", json=ITEM, headers=KEY)
        assert_problem(answer, 500, "server.error")
    assert (await manager.get("/api/items")).json()["items"] == []
    assert (await manager.post("/api/items", json=ITEM, headers=KEY)).status_code == 201


async def test_a_step_without_key_is_not_kept(manager: Client) -> None:
    await import_schools(manager)
    loan = await make_loan(manager)
    await done(manager, f"/api/loans/{loan['id']}/issue")
    assert_problem(await manager.post(f"/api/loans/{loan['id']}/issue"), 409, "loan.not_draft")


async def test_a_key_is_forgotten_after_a_month(cast: Cast, manager: Client) -> None:
    await manager.post("/api/items", json=ITEM, headers=KEY)
    await forget(now=NOW + timedelta(days=29))
    assert (await manager.post("/api/items", json=ITEM, headers=KEY)).status_code == 201
    await forget(now=NOW + timedelta(days=31))
    assert_problem(await manager.post("/api/items", json=ITEM, headers=KEY), 409, "item.inventory_number_taken")
