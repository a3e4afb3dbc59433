from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from tests.web.cast import done, import_schools, make_item, make_loan
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

from materiel.store.engine.statement import Statement


async def test_a_manager_is_led_to_the_papers(manager: Client, reader: Client, stranger: Client) -> None:
    await import_schools(manager)
    loan = await make_loan(manager)
    await done(manager, f"/api/loans/{loan['id']}/issue")
    item = (await manager.get(f"/api/items/{loan['items'][0]['id']}")).json()
    path = f"/api/scan/{item['public_code']}"
    scanned = (await reader.get(path.lower())).json()
    assert (scanned["item"], scanned["loan"]["id"]) == (item, loan["id"])
    assert len(scanned["documents"]) == 2
    agreement = scanned["documents"][0]
    assert scanned["missing"] == [
        {"document": agreement["id"], "signatory": box["id"]} for box in agreement["signatories"]
    ]
    assert_problem(await stranger.get(path), 404, "item.not_found")
    assert_problem(await manager.get("/api/scan/0000000000000"), 404, "item.not_found")


async def test_an_item_in_stock_has_no_papers(manager: Client, anonymous: Client) -> None:
    item = await make_item(manager)
    scanned = (await manager.get(f"/api/scan/{item['public_code']}")).json()
    assert (scanned["loan"], scanned["documents"], scanned["missing"]) == (None, [], [])
    assert_problem(await anonymous.get(f"/api/scan/{item['public_code']}"), 401, "auth.token_missing")


async def test_only_what_is_signed_by_all_and_binds_is_verified_as_in_force(manager: Client, anonymous: Client) -> None:
    await import_schools(manager)
    loan = await make_loan(manager)
    path = f"/api/loans/{loan['id']}"
    agreement, notice = (await done(manager, f"{path}/issue"))["documents"]
    out = {"handed_over_on": "2026-11-21", "items": [{"id": loan["items"][0]["id"], "condition": "good"}]}
    (receipt,) = (await done(manager, f"{path}/handover", out))["documents"]

    async def said(document: dict[str, Any]) -> str:
        return (await anonymous.get(f"/v/{await code_of(document['id'])}")).text.replace("\u00a0", " ")

    assert "en vigueur seulement quand tous" in await said(agreement)
    assert "émis pour information : personne ne le signe" in await said(notice)
    assert "en vigueur" not in await said(notice)
    for document in (agreement, receipt):
        for box in document["signatories"]:
            signed = {"signatory": box["id"], "signed_on": "2026-11-21", "channel": "paper"}
            await done(manager, f"/api/documents/{document['id']}/signatures", signed)
    assert "Document authentique, en vigueur." in await said(agreement)
    assert "signé par tous ceux qui devaient le signer" in await said(receipt)
    assert "en vigueur" not in await said(receipt)


async def test_a_stranger_reads_the_same_for_every_code(manager: Client, anonymous: Client) -> None:
    item = await make_item(manager)
    code = item["public_code"]
    pages = [
        await client.get(path)
        for client in (anonymous, manager)
        for path in (f"/Q/{code}", f"/q/{code.lower()}", "/Q/0000000000000", "/q/nimporte", "/q/%3Cscript%3E")
    ]
    assert {page.status_code for page in pages} == {200}
    assert len({page.content for page in pages}) == 1
    text = pages[0].text
    assert "02\u00a099\u00a000\u00a000\u00a000" in text
    for told in (code, "35-2026-0001", "Ordinateur", "matériel adapté", "handicap", "élève"):
        assert told not in text


async def test_a_document_is_verified_without_a_name(manager: Client, anonymous: Client) -> None:
    await import_schools(manager)
    loan = await make_loan(manager)
    agreement = (await done(manager, f"/api/loans/{loan['id']}/issue"))["documents"][0]
    page = await manager.get(f"/api/documents/{agreement['id']}/html")
    code = await code_of(agreement["id"])
    verified = await anonymous.get(f"/v/{code.lower()}/1")
    assert "authentique, en vigueur" in verified.text
    for told in (agreement["number"], agreement["sha256"], "Convention de prêt", "21\u00a0novembre\u00a02026"):
        assert told in verified.text
    whole = await anonymous.get(f"/v/{code}")
    assert "authentique, en vigueur" in whole.text
    assert agreement["number"] in whole.text
    assert f'href="/v/{code}"' in page.text.replace("http://127.0.0.1:8000", "")
    assert (await anonymous.get(f"/v/{code}/99")).status_code == 404
    assert "Martin" in page.text
    assert "Martin" not in verified.text
    assert "Acigné" not in verified.text
    await done(manager, f"/api/loans/{loan['id']}/cancel", {"reason": "Élève parti"})
    assert "terminé" in (await anonymous.get(f"/V/{code}/1")).text


async def test_verification_tells_which_signatures_are_given_and_awaited_by_party(
    manager: Client, anonymous: Client
) -> None:
    await import_schools(manager)
    loan = await make_loan(manager)
    agreement = (await done(manager, f"/api/loans/{loan['id']}/issue"))["documents"][0]
    address = f"/v/{await code_of(agreement['id'])}"

    async def told() -> tuple[str, str]:
        page = (await anonymous.get(address)).text
        for box in agreement["signatories"]:
            assert box["name"] not in page
        given, awaited = re.findall(r"Signatures (?:données|attendues)</dt>\s*<dd[^>]*>([^<]*)</dd>", page)
        return given, awaited

    assert await told() == ("aucune", "Service gestionnaire, Emprunteur")
    assert "des signatures sont encore attendues" in (await anonymous.get(address)).text.replace("\xa0", " ")
    for party, expected in (
        ("managing_service", ("Service gestionnaire", "Emprunteur")),
        ("borrower", ("Service gestionnaire, Emprunteur", "aucune")),
    ):
        pile = {"documents": [agreement["id"]], "party": party, "signed_on": "2026-11-21", "channel": "paper"}
        await done(manager, "/api/signatures", pile)
        assert await told() == expected


async def code_of(document_id: str) -> str:
    """The code that the QR of the document's pages carries."""
    row = await Statement("SELECT code FROM document WHERE id = {}").fetch_one(UUID(document_id))
    assert row is not None
    code: str = row["code"]
    return code


@pytest.mark.parametrize(
    "path", ["/v/0000000000000", "/v/x", "/V/0000000000000/1", "/v/x/1", "/v/0000000000000/abc", "/v/%3Cscript%3E/1"]
)
async def test_what_was_never_issued_is_unknown(anonymous: Client, path: str) -> None:
    answer = await anonymous.get(path)
    assert answer.status_code == 404
    assert "Aucun document émis ici" in answer.text
    assert not re.search(r'<script(?! type="module" src="/static/)', answer.text)


async def test_labels_are_printed_for_ones_own_items(
    anonymous: Client, reader: Client, manager: Client, stranger: Client
) -> None:
    item = await make_item(manager)
    body = {"items": [item["id"]], "sheet": "a4_3x8", "first_cell": 5}
    printed = await manager.post("/api/labels", json=body)
    assert (printed.status_code, printed.headers["content-type"]) == (200, "application/pdf")
    assert_problem(await anonymous.post("/api/labels", json=body), 401, "auth.token_missing")
    assert_problem(await reader.post("/api/labels", json=body), 403, "actor.forbidden")
    assert_problem(await stranger.post("/api/labels", json=body), 404, "item.not_found")
    assert_problem(await manager.post("/api/labels", json={**body, "sheet": "a5"}), 404, "label.unknown_sheet")
    assert_problem(await manager.post("/api/labels", json={**body, "first_cell": 25}), 422, "label.first_cell")
    assert_problem(await manager.post("/api/labels", json={**body, "x": 1}), 422, "body.unknown_field")


async def test_sheets_are_listed_and_calibrated(anonymous: Client, reader: Client) -> None:
    sheets = (await reader.get("/api/labels/sheets")).json()["items"]
    assert {"a4_3x8", "a4_4x10", "a4_5x13"} <= {sheet["key"] for sheet in sheets}
    page = await reader.get("/api/labels/sheets/a4_3x8/calibration", params={"right_mm": 1.5})
    assert page.content.startswith(b"%PDF-")
    assert_problem(await reader.get("/api/labels/sheets/a5/calibration"), 404, "label.unknown_sheet")
    assert_problem(await anonymous.get("/api/labels/sheets"), 401, "auth.token_missing")
    assert_problem(await anonymous.get("/api/labels/sheets/a4_3x8/calibration"), 401, "auth.token_missing")


async def test_the_process_and_its_database_are_alive(anonymous: Client) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await anonymous.get(path)
        assert (answer.status_code, answer.text) == (200, "ok")
