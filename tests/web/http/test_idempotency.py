from __future__ import annotations

import asyncio
import contextvars
import os
import socket
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.conftest import Weight
from tests.use_cases import loan_cast
from tests.web.cast import ITEM, annuaire, done, import_schools, make_item, make_loan
from tests.web.conftest import NOW, Cast, Client, ClientOf
from tests.web.expectations import assert_problem

from materiel.domain.places.school import School
from materiel.store.engine.database import fetch
from materiel.store.engine.statement import Statement
from materiel.store.places import school as schools
from materiel.store.work import idempotency as keys
from materiel.use_cases.imports.prepared import LINES_AT_ONCE
from materiel.use_cases.retention.housekeeping import forget

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


def many_schools() -> dict[str, Any]:
    return {"file": ("annuaire.csv", loan_cast.ANNUAIRE.read_bytes(), "text/csv")}


async def send_annuaire(client: Client, **params: str) -> httpx.Response:
    return await client.post("/api/schools/import", files=many_schools(), headers=KEY, params=params)


async def test_a_key_does_not_hold_the_others_for_a_whole_import(manager: Client, transactions: list[Weight]) -> None:
    answer = await send_annuaire(manager)
    assert (answer.status_code, answer.json()["created"]) == (200, 993)
    assert max(each.statements for each in transactions) <= 10
    assert len(transactions) > 993 / LINES_AT_ONCE
    again = await send_annuaire(manager)
    assert (again.content, again.headers["idempotency-replayed"]) == (answer.content, "true")


async def test_an_import_sent_twice_at_once_under_one_key_is_made_once(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    upsert, meanwhile = schools.upsert, []

    async def send_again(pending: list[School]) -> tuple[int, int]:
        if not meanwhile:
            meanwhile.append(1)
            meanwhile.append(asyncio.create_task(send_annuaire(manager), context=contextvars.Context()))
        return await upsert(pending)

    monkeypatch.setattr(schools, "upsert", send_again)
    first = await send_annuaire(manager)
    assert_problem(await meanwhile[1], 409, "idempotency.under_way")
    assert first.json()["created"] == 993
    # Another route finds the key taken as well.
    assert_problem(await manager.post("/api/items", json=ITEM, headers=KEY), 409, "idempotency.key_reused")
    actions = [each["action"] for each in await fetch("SELECT action FROM journal")]
    assert actions.count("school.imported") == 1


async def test_an_import_that_died_is_taken_over_by_the_same_request_and_tells_of_the_whole(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    upsert, batches = schools.upsert, []

    async def die(pending: list[School]) -> tuple[int, int]:
        if len(batches) == 2:
            raise RuntimeError("the machine stops here")
        batches.append(await upsert(pending))
        return batches[-1]

    monkeypatch.setattr(schools, "upsert", die)
    assert_problem(await send_annuaire(manager), 500, "server.error")
    monkeypatch.setattr(schools, "upsert", upsert)
    assert len(await fetch("SELECT id FROM school")) == sum(created for created, _ in batches) > 0
    other = await manager.post("/api/schools/import", files={"file": ("a.csv", annuaire(), "text/csv")}, headers=KEY)
    assert_problem(other, 409, "idempotency.key_reused")
    answer = await send_annuaire(manager)
    assert (answer.json()["read"], answer.json()["created"], answer.json()["unchanged"]) == (996, 993, 3)


async def test_the_end_of_an_import_and_its_answer_are_kept_together(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("the machine stops here")

    with monkeypatch.context() as patched:
        patched.setattr("materiel.store.work.idempotency.keep", crash)
        assert_problem(await send_annuaire(manager), 500, "server.error")
    assert await fetch("SELECT id FROM journal WHERE action = 'school.imported'") == []
    assert (await send_annuaire(manager)).json()["created"] == 993
    assert len(await fetch("SELECT id FROM journal WHERE action = 'school.imported'")) == 1


@pytest.mark.parametrize(
    ("owner", "minutes", "is_free"),
    [
        (f"{socket.gethostname()}:{os.getpid()}:0000", 2, True),
        (f"{socket.gethostname()}:4194305:0000", 2, True),
        (f"{socket.gethostname()}:1:0000", 2, False),
        ("another-machine:1:0000", 2, False),
        ("another-machine:1:0000", -1, True),
    ],
    ids=["ended_here", "no_such_process", "alive", "elsewhere", "late"],
)
async def test_a_key_under_way_is_taken_over_once_its_owner_is_gone_or_late(
    manager: Client, monkeypatch: pytest.MonkeyPatch, owner: str, minutes: int, is_free: bool
) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("the machine stops here")

    with monkeypatch.context() as patched:
        # A process that is killed gives nothing up.
        for module, name in ((schools, "upsert"), (keys, "give_up")):
            patched.setattr(module, name, crash)
        await send_annuaire(manager)
    until = NOW + timedelta(minutes=minutes)
    await Statement("UPDATE idempotency SET owner = {}, lease_until = {}").fetch(owner, until)
    answer = await send_annuaire(manager)
    if is_free:
        assert answer.json()["created"] == 993
    else:
        assert_problem(answer, 409, "idempotency.under_way")


async def test_a_batch_of_an_owner_who_lost_its_key_is_not_written(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    upsert = schools.upsert

    async def lose(pending: list[School]) -> tuple[int, int]:
        await fetch("UPDATE idempotency SET owner = 'another:1:0'")
        return await upsert(pending)

    monkeypatch.setattr(schools, "upsert", lose)
    assert_problem(await send_annuaire(manager), 409, "idempotency.under_way")
    assert await fetch("SELECT id FROM school") == []


async def test_a_refused_import_leaves_no_key(manager: Client) -> None:
    files = {"file": ("a.csv", b"a;b\n1;2\n", "text/csv")}
    assert (await manager.post("/api/schools/import", files=files, headers=KEY)).status_code == 400
    assert await fetch("SELECT id FROM idempotency") == []
    assert (await send_annuaire(manager, dry_run="true")).json()["dry_run"] is True
    assert_problem(await send_annuaire(manager), 409, "idempotency.key_reused")


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
        patched.setattr("materiel.store.work.idempotency.keep", crash)
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
