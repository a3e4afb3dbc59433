"""The signed copy and its evidence through the API, and what a file is for anybody."""

from __future__ import annotations

import json

import pytest
from litestar import Litestar
from tests.web.cast import UNKNOWN_ID, done, import_schools, make_loan
from tests.web.conftest import Cast, Client, ClientOf
from tests.web.expectations import assert_problem

from materiel.store.accounts import site as sites
from materiel.store.engine.database import write_transaction

SIGNED = {"signed_on": "2026-11-21", "channel": "paper"}


@pytest.fixture
async def agreement(manager: Client) -> dict[str, object]:
    await import_schools(manager)
    loan = await make_loan(manager)
    issued = await done(manager, f"/api/loans/{loan['id']}/issue")
    document: dict[str, object] = issued["documents"][0]
    return document


async def sign_all(manager: Client, agreement: dict[str, object]) -> None:
    for box in agreement["signatories"]:  # type: ignore[attr-defined]
        await done(manager, f"/api/documents/{agreement['id']}/signatures", {"signatory": box["id"], **SIGNED})


async def as_a_demonstration(cast: Cast) -> None:
    """Its certificate is its own: nothing else is to be set."""
    async with write_transaction():
        await sites.mark_demonstration(cast.actor.service_id)


async def test_the_signed_copy_is_the_issued_file_and_more(
    cast: Cast, manager: Client, reader: Client, stranger: Client, agreement: dict[str, object]
) -> None:
    path = f"/api/documents/{agreement['id']}"
    for each in ("signed", "evidence"):
        assert_problem(await reader.get(f"{path}/{each}"), 409, "document.unsigned")
        assert_problem(await stranger.get(f"{path}/{each}"), 404, "document.not_found")
        assert_problem(await reader.get(f"/api/documents/{UNKNOWN_ID}/{each}"), 404, "document.not_found")
    await sign_all(manager, agreement)
    assert_problem(await reader.get(f"{path}/signed"), 409, "document.copy_waiting")
    await as_a_demonstration(cast)
    signed = await reader.get(f"{path}/signed")
    assert (signed.status_code, signed.headers["content-type"]) == (200, "application/pdf")
    assert signed.content.startswith((await reader.get(f"{path}/pdf")).content)
    evidence = await reader.get(f"{path}/evidence")
    assert [each["channel"] for each in evidence.json()["signed"]] == ["paper", "paper"]
    assert json.dumps(evidence.json(), ensure_ascii=False, sort_keys=True, separators=(",", ":")) == evidence.text


async def test_anybody_may_ask_what_a_file_is(
    app: Litestar, cast: Cast, manager: Client, client_of: ClientOf, agreement: dict[str, object]
) -> None:
    await sign_all(manager, agreement)
    await as_a_demonstration(cast)
    anybody = client_of(None)
    path = f"/api/documents/{agreement['id']}"
    issued, signed = (await manager.get(f"{path}/pdf")).content, (await manager.get(f"{path}/signed")).content

    async def told(data: bytes) -> dict[str, object]:
        answer = await anybody.post("/api/verify", files={"file": ("recu.pdf", data, "application/pdf")})
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    known = {"known": True, "verdict": "genuine", "number": agreement["number"], "kind": "loan_agreement"}
    counted = {"issued_on": "2026-11-21", "signatures": {"done": 2, "awaited": 0}}
    assert await told(issued) == {**known, **counted, "sealed": False}
    assert await told(signed) == {**known, **counted, "sealed": True}
    altered = signed[:-40] + bytes([signed[-40] ^ 1]) + signed[-39:]
    assert await told(altered) == {**known, **counted, "verdict": "altered", "sealed": False}
    nothing = {"number": None, "kind": None, "issued_on": None, "signatures": None, "sealed": False}
    assert await told(b"%PDF-1.7\n%%EOF") == {"known": False, "verdict": "unknown", **nothing}
    assert_problem(await anybody.post("/api/verify", files={"file": ("vide.pdf", b"")}), 400, "verify.empty")
    # Never a name.
    assert "Exemple" not in str(await told(signed))
