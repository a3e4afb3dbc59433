"""The API of loans taken over: the contract, one request sent twice, going back, the scan of the old paper."""

from __future__ import annotations

from typing import Any

import pytest
from tests.web.cast import PRIVATE_SCHOOL, PUBLIC_SCHOOL, import_schools, loan_body, make_item, make_loan, make_pupil
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

PAPER = {"reference": "Conv. 12/2025", "signed_on": "2025-09-03", "ends_on": "2027-08-31"}
PDF = b"%PDF-1.4 ancien papier"


@pytest.fixture(autouse=True)
async def schools(manager: Client) -> None:
    await import_schools(manager)


async def a_body(manager: Client, **changes: Any) -> dict[str, Any]:
    item, pupil = await make_item(manager), await make_pupil(manager)
    body = loan_body(item["id"], pupil["id"]) | {"starts_on": "2025-09-01", "handed_over_on": "2025-09-04"}
    body.pop("ends_on", None)
    return {**body, "paper": PAPER, **changes}


async def test_a_loan_is_taken_over_without_any_document(manager: Client) -> None:
    body = await a_body(manager)
    answer = await manager.post("/api/loans/take-over", json=body)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["origin"], told["status"], told["issued_on"], told["documents"]) == (
        "taken_over",
        "handed_over",
        None,
        [],
    )
    assert told["paper"] == {**PAPER, "signed_by": "", "ended_on": None}
    assert (told["ends_on"], told["handed_over_unsigned"]) == ("2027-08-31", False)
    assert (await manager.get(f"/api/loans/{told['id']}")).json()["origin"] == "taken_over"
    assert (await manager.get(f"/api/items/{body['items'][0]}")).json()["status"] == "on_loan"


async def test_unsigned_it_shows_and_its_real_agreement_is_issued(manager: Client) -> None:
    paper = {"reference": "Conv. 13/2025", "ends_on": "2027-08-31"}
    told = (await manager.post("/api/loans/take-over", json=await a_body(manager, paper=paper, unsigned=True))).json()
    assert told["handed_over_unsigned"] is True
    issued = (await manager.post(f"/api/loans/{told['id']}/issue")).json()
    assert [each["kind"] for each in issued["documents"]] == ["loan_agreement", "notice"]
    assert (issued["status"], issued["origin"]) == ("handed_over", "taken_over")


async def test_the_same_key_takes_over_once(manager: Client) -> None:
    body, key = await a_body(manager), {"Idempotency-Key": "reprise-1"}
    first = await manager.post("/api/loans/take-over", json=body, headers=key)
    again = await manager.post("/api/loans/take-over", json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    other = await manager.post("/api/loans/take-over", json=body | {"unsigned": True}, headers=key)
    assert_problem(other, 409, "idempotency.key_reused")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"unsigned": True}, 422, "loan.old_paper_signed"),
        ({"paper": {"reference": "x"}}, 422, "loan.old_paper_signature_required"),
        ({"handed_over_on": "2999-01-01"}, 422, "loan.date_in_future"),
        ({"usage": "shared", "custody": "school", "school": PRIVATE_SCHOOL, "pupil": None}, 422, "loan.refused"),
        ({"pupil": None}, 422, "loan.pupil_required"),
    ],
)
async def test_what_is_not_taken_over_says_why(
    manager: Client, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await manager.post("/api/loans/take-over", json=await a_body(manager, **changes))
    assert_problem(answer, status, code)


async def test_an_item_of_an_open_loan_and_unknown_fields_are_refused(manager: Client) -> None:
    body = await a_body(manager)
    assert (await manager.post("/api/loans/take-over", json=body)).status_code == 201
    assert_problem(await manager.post("/api/loans/take-over", json=body), 409, "item.already_lent")
    ended = await manager.post("/api/loans/take-over", json=body | {"paper": PAPER | {"ended_on": "2026-01-01"}})
    assert ended.status_code == 422


async def test_a_mistake_is_taken_back(manager: Client) -> None:
    body = await a_body(manager)
    path = f"/api/loans/{(await manager.post('/api/loans/take-over', json=body)).json()['id']}/take-over-undo"
    undone = await manager.post(path)
    assert (undone.status_code, undone.json()["status"]) == (200, "cancelled")
    assert (await manager.get(f"/api/items/{body['items'][0]}")).json()["status"] == "in_stock"
    assert_problem(await manager.post(path), 409, "loan.changed_since")
    prepared = await make_loan(manager, "35-2026-0002")
    assert_problem(await manager.post(f"/api/loans/{prepared['id']}/take-over-undo"), 409, "loan.not_taken_over")


async def test_the_scan_of_the_old_paper_is_kept_with_its_loan(manager: Client) -> None:
    loan = (await manager.post("/api/loans/take-over", json=await a_body(manager))).json()
    path = f"/api/loans/{loan['id']}/scan"
    filed = await manager.post(path, files={"file": ("papier.pdf", PDF, "application/pdf")})
    assert filed.status_code == 201, filed.text
    read = await manager.get(f"{path}/{filed.json()['id']}")
    assert (read.content, read.headers["content-type"]) == (PDF, "application/octet-stream")
    assert_problem(await manager.get(f"{path}/{loan['id']}"), 404, "scan.not_found")
    unreadable = await manager.post(path, files={"file": ("papier.txt", b"texte", "text/plain")})
    assert_problem(unreadable, 400, "scan.unreadable")
    prepared = await make_loan(manager, "35-2026-0002")
    refused = await manager.post(f"/api/loans/{prepared['id']}/scan", files={"file": ("p.pdf", PDF)})
    assert_problem(refused, 409, "loan.not_taken_over")


async def test_a_label_leads_to_the_loan_taken_over(manager: Client) -> None:
    body = await a_body(manager)
    loan = (await manager.post("/api/loans/take-over", json=body)).json()
    code = (await manager.get(f"/api/items/{body['items'][0]}")).json()["public_code"]
    scanned = (await manager.get(f"/api/scan/{code}")).json()
    assert (scanned["loan"]["id"], scanned["loan"]["paper"]["reference"]) == (loan["id"], "Conv. 12/2025")
    assert scanned["loan"]["school"] == PUBLIC_SCHOOL
