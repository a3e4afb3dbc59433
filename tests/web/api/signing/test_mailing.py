"""Notices and signatures in number, by the API."""

from __future__ import annotations

import pytest
from tests.web.cast import UNKNOWN_ID, done, import_schools, make_loan
from tests.web.conftest import Client
from tests.web.expectations import assert_problem


@pytest.fixture
async def papers(manager: Client) -> dict[str, str]:
    await import_schools(manager)
    loan = await make_loan(manager)
    issued = await done(manager, f"/api/loans/{loan['id']}/issue")
    return {each["kind"]: each["id"] for each in issued["documents"]}


async def test_notices_are_posted_in_number(manager: Client, reader: Client, papers: dict[str, str]) -> None:
    body = {"documents": [papers["notice"]], "channel": "post"}
    assert_problem(await reader.post("/api/notices/send", json=body), 403, "actor.forbidden")
    answer = await done(manager, "/api/notices/send", body)
    assert answer == {"channel": "post", "queued": 0, "posted": 1, "left": []}
    (recipient,) = (await manager.get(f"/api/documents/{papers['notice']}")).json()["recipients"]
    assert (recipient["channel"], recipient["sent_at"]) == ("post", "2026-11-21T09:00:00Z")
    unknown = {"documents": [UNKNOWN_ID], "channel": "email"}
    assert_problem(await manager.post("/api/notices/send", json=unknown), 404, "document.not_found")


async def test_without_a_mailbox_the_notice_is_left_with_what_to_do(manager: Client, papers: dict[str, str]) -> None:
    answer = await done(manager, "/api/notices/send", {"documents": [papers["notice"]], "channel": "email"})
    assert (answer["queued"], [each["document"] for each in answer["left"]]) == (0, [papers["notice"]])
    assert "postez-la" in answer["left"][0]["reason"]


async def test_a_pile_of_signatures_is_recorded_all_or_none(manager: Client, papers: dict[str, str]) -> None:
    pile = {"party": "managing_service", "signed_on": "2026-11-21", "channel": "paper"}
    both = {"documents": [papers["loan_agreement"], papers["notice"]], **pile}
    refusal = await manager.post("/api/signatures", json=both)
    assert_problem(refusal, 422, "signature.batch")
    assert [each["pointer"] for each in refusal.json()["errors"]] == ["/documents/1"]
    answer = await done(manager, "/api/signatures", {"documents": [papers["loan_agreement"]], **pile})
    assert answer == {"signed": 1, "documents": [papers["loan_agreement"]]}
    electronic = both | {"channel": "electronic"}
    assert_problem(await manager.post("/api/signatures", json=electronic), 422, "signature.evidence_required")


async def test_a_refused_pile_names_each_document_with_its_reason(
    manager: Client, reader: Client, stranger: Client, papers: dict[str, str]
) -> None:
    pile = {"party": "managing_service", "signed_on": "2030-01-01", "channel": "paper"}
    body = {"documents": [papers["loan_agreement"], papers["notice"]], **pile}
    refusal = await manager.post("/api/signatures", json=body)
    assert_problem(refusal, 422, "signature.batch")
    for document, told, why in zip(
        body["documents"], refusal.json()["errors"], ("dans l'avenir", "n'attend pas"), strict=True
    ):
        number = (await manager.get(f"/api/documents/{document}")).json()["number"]
        assert number in told["detail"]
        assert why in told["detail"]
    assert_problem(await reader.post("/api/signatures", json=body), 403, "actor.forbidden")
    assert_problem(await stranger.post("/api/signatures", json=body), 404, "document.not_found")
    unknown = await manager.post("/api/signatures", json=body | {"documents": [papers["notice"], UNKNOWN_ID]})
    assert_problem(unknown, 404, "document.not_found")
    assert [each["pointer"] for each in unknown.json()["errors"]] == ["/documents/1"]
    (box, _) = (await manager.get(f"/api/documents/{papers['loan_agreement']}")).json()["signatories"]
    assert box["signed_on"] is None


async def test_a_pile_sent_twice_under_one_key_is_signed_once(manager: Client, papers: dict[str, str]) -> None:
    body = {"party": "managing_service", "signed_on": "2026-11-21", "channel": "paper"}
    body["documents"] = [papers["loan_agreement"]]  # type: ignore[assignment]
    key = {"Idempotency-Key": "pile-1"}
    first = await manager.post("/api/signatures", json=body, headers=key)
    assert first.status_code == 200, first.text
    again = await manager.post("/api/signatures", json=body, headers=key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert_problem(await manager.post("/api/signatures", json=body), 422, "signature.batch")
    other = body | {"signed_on": "2026-11-20"}
    assert_problem(await manager.post("/api/signatures", json=other, headers=key), 409, "idempotency.key_reused")


async def test_documents_are_listed_by_who_has_to_sign(
    manager: Client, stranger: Client, papers: dict[str, str]
) -> None:
    path = "/api/documents?awaiting=managing_service"
    listed = (await manager.get(path)).json()
    assert ([each["id"] for each in listed["items"]], listed["next_cursor"]) == ([papers["loan_agreement"]], None)
    assert (await manager.get("/api/documents?awaiting=head_of_school")).json()["items"] == []
    first = (await manager.get("/api/documents?limit=1")).json()
    second = (await manager.get("/api/documents", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert first["items"][0]["id"] != second["items"][0]["id"]
    assert (await stranger.get(path)).json()["items"] == []
    assert_problem(await manager.get("/api/documents?awaiting=nobody"), 400, "request.invalid_parameter")
