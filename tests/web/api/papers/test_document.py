from __future__ import annotations

import hashlib

import pytest
from tests.web.cast import UNKNOWN_ID, done, import_schools, make_loan
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

SIGNED = {"signed_on": "2026-11-21", "channel": "paper"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


@pytest.fixture
async def agreement(manager: Client) -> dict[str, object]:
    await import_schools(manager)
    loan = await make_loan(manager)
    issued = await done(manager, f"/api/loans/{loan['id']}/issue")
    document: dict[str, object] = issued["documents"][0]
    return document


async def test_the_pdf_is_what_its_digest_says(manager: Client, agreement: dict[str, object]) -> None:
    pdf = await manager.get(f"/api/documents/{agreement['id']}/pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert hashlib.sha256(pdf.content).hexdigest() == agreement["sha256"]
    assert pdf.headers["etag"] == f'"{agreement["sha256"]}"'


async def test_an_unchanged_pdf_is_not_sent_again(manager: Client, agreement: dict[str, object]) -> None:
    path, etag = f"/api/documents/{agreement['id']}/pdf", f'"{agreement["sha256"]}"'
    for sent in (etag, f"W/{etag}", f'"autre", {etag}'):
        answer = await manager.get(path, headers={"If-None-Match": sent})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert (await manager.get(path, headers={"If-None-Match": '"autre"'})).status_code == 200


async def test_the_page_says_the_same(manager: Client, agreement: dict[str, object]) -> None:
    page = await manager.get(f"/api/documents/{agreement['id']}/html")
    assert page.headers["content-type"].startswith("text/html")
    assert str(agreement["number"]) in page.text
    assert "35-2026-0001" in page.text
    stylesheet = page.text.split('rel="stylesheet"')[1].split('href="')[1].split('"')[0]
    assert (await manager.get(stylesheet)).status_code == 200


async def test_signatures_bring_the_loan_to_signed(manager: Client, agreement: dict[str, object]) -> None:
    path = f"/api/documents/{agreement['id']}/signatures"
    first, second = (box["id"] for box in agreement["signatories"])  # type: ignore[attr-defined]
    for channel in ("electronic", "in_person"):
        claimed = await manager.post(path, json={"signatory": first, **SIGNED, "channel": channel})
        assert_problem(claimed, 422, "signature.evidence_required")
    signed = await done(manager, path, {"signatory": first, **SIGNED})
    assert [box["status"] for box in signed["signatories"]] == ["signed", "pending"]
    loan = f"/api/loans/{agreement['loan']}"
    assert (await manager.get(loan)).json()["status"] == "partially_signed"
    await done(manager, path, {"signatory": second, **SIGNED})
    assert (await manager.get(loan)).json()["status"] == "signed"
    again = await manager.post(path, json={"signatory": first, **SIGNED})
    assert_problem(again, 409, "signature.already_signed")
    future = await manager.post(path, json={"signatory": first, **SIGNED, "signed_on": "2030-01-01"})
    assert future.status_code in {409, 422}


async def test_a_scan_is_filed(manager: Client, reader: Client, agreement: dict[str, object]) -> None:
    path = f"/api/documents/{agreement['id']}/scan"
    filed = await manager.post(path, files={"file": ("scan.png", PNG, "image/png")})
    assert (filed.status_code, filed.json()["id"]) == (201, agreement["id"])
    unreadable = await manager.post(path, files={"file": ("scan.exe", b"MZ" + b"\x00" * 64, "image/png")})
    assert_problem(unreadable, 400, "scan.unreadable")
    refused = await reader.post(path, files={"file": ("scan.png", PNG, "image/png")})
    assert_problem(refused, 403, "actor.forbidden")


async def test_a_scan_too_large_is_413(manager: Client, agreement: dict[str, object]) -> None:
    files = {"file": ("scan.png", PNG + b"\x00" * 21_000_000, "image/png")}
    assert_problem(await manager.post(f"/api/documents/{agreement['id']}/scan", files=files), 413, "scan.too_large")


async def test_a_notice_is_marked_as_sent(manager: Client, agreement: dict[str, object]) -> None:
    whole = (await manager.get(f"/api/loans/{agreement['loan']}")).json()
    notice = next(each for each in whole["documents"] if each["kind"] == "notice")
    assert notice["recipients"][0]["sent_at"] is None
    sent = await done(manager, f"/api/documents/{notice['id']}/sent")
    assert sent["recipients"][0]["sent_at"].startswith("2026-11-21T09:00:00")


@pytest.mark.parametrize("part", ["", "/pdf", "/html"], ids=["json", "pdf", "html"])
async def test_who_may_read(
    anonymous: Client, reader: Client, stranger: Client, manager: Client, agreement: dict[str, object], part: str
) -> None:
    path = f"/api/documents/{agreement['id']}{part}"
    assert (await reader.get(path)).status_code == 200
    assert_problem(await anonymous.get(path), 401, "auth.token_missing")
    assert_problem(await stranger.get(path), 404, "document.not_found")
    assert_problem(await manager.get(f"/api/documents/{UNKNOWN_ID}{part}"), 404, "document.not_found")
    assert_problem(await manager.get(f"/api/documents/42{part}"), 404, "route.not_found")


async def test_who_may_sign(
    anonymous: Client, reader: Client, stranger: Client, manager: Client, agreement: dict[str, object]
) -> None:
    path, body = f"/api/documents/{agreement['id']}/signatures", {"signatory": UNKNOWN_ID, **SIGNED}
    assert_problem(await anonymous.post(path, json=body), 401, "auth.token_missing")
    assert_problem(await reader.post(path, json=body), 403, "actor.forbidden")
    assert_problem(await stranger.post(path, json=body), 404, "document.not_found")
    assert_problem(await manager.post(path, json=body), 404, "signature.not_found")
    assert_problem(await manager.post(path, json={**body, "x": 1}), 422, "body.unknown_field")


async def test_a_signature_recorded_by_mistake_is_taken_back(manager: Client, agreement: dict[str, object]) -> None:
    path = f"/api/documents/{agreement['id']}"
    box = agreement["signatories"][0]["id"]  # type: ignore[index]
    await done(manager, f"{path}/signatures", {"signatory": box, **SIGNED})
    assert_problem(
        await manager.post(f"{path}/signature-undo", json={"signatory": box, "reason": ""}), 422, "body.invalid"
    )
    undone = await done(manager, f"{path}/signature-undo", {"signatory": box, "reason": "Autre dossier"})
    assert undone == agreement
    again = await manager.post(f"{path}/signature-undo", json={"signatory": box, "reason": "Autre dossier"})
    assert_problem(again, 409, "signature.not_signed")


async def test_a_hand_over_recorded_by_mistake_is_taken_back(manager: Client, agreement: dict[str, object]) -> None:
    loan = f"/api/loans/{agreement['loan']}"
    item = (await manager.get(loan)).json()["items"][0]["id"]
    handed = {"handed_over_on": "2026-11-21", "items": [{"id": item, "condition": "good"}]}
    (receipt,) = (await done(manager, f"{loan}/handover", handed))["documents"]
    path = f"/api/documents/{receipt['id']}/receipt-undo"
    assert_problem(await manager.post(path, json={}), 422, "body.invalid")
    undone = await done(manager, path, {"reason": "Mauvais prêt scanné"})
    assert undone == receipt | {"status": "void", "state": "void"}
    assert (await manager.get(loan)).json()["status"] == "issued"
    assert_problem(await manager.post(path, json={"reason": "Encore"}), 409, "document.not_in_force")
    not_one = await manager.post(f"/api/documents/{agreement['id']}/receipt-undo", json={"reason": "Erreur"})
    assert_problem(not_one, 422, "receipt.not_a_receipt")


async def test_what_helps_to_read_is_given_as_a_pdf_and_scoped(
    manager: Client, reader: Client, stranger: Client, agreement: dict[str, object]
) -> None:
    path = f"/api/documents/{agreement['id']}"
    for part in ("large-print", "summary"):
        pdf = await reader.get(f"{path}/{part}")
        assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
        assert pdf.content.startswith(b"%PDF-")
        assert pdf.content != (await manager.get(f"{path}/pdf")).content
        assert_problem(await stranger.get(f"{path}/{part}"), 404, "document.not_found")
    loan = (await manager.get(f"/api/loans/{agreement['loan']}")).json()
    notice = next(each for each in loan["documents"] if each["kind"] == "notice")
    assert (await reader.get(f"/api/documents/{notice['id']}/large-print")).status_code == 200
    assert_problem(await reader.get(f"/api/documents/{notice['id']}/summary"), 404, "document.no_summary")
