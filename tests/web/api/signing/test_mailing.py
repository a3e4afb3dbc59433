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
