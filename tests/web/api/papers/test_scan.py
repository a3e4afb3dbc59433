"""Piles over the API: handed in once, read over, confirmed, filed and set aside; nothing of another service's."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.documents.printing import pages as pages_in
from tests.documents.printing import rasterised
from tests.scans.bundles import as_pdf, torn
from tests.scans.paper import inked, office
from tests.web.cast import UNKNOWN_ID, done, import_schools, make_loan
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

from materiel.scans.issued import Issued
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS


def clock() -> datetime:
    return datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


async def issued(manager: Client) -> tuple[dict, bytes]:
    """An agreement and its PDF."""
    await import_schools(manager)
    loan = await make_loan(manager)
    agreement = (await done(manager, f"/api/loans/{loan['id']}/issue"))["documents"][0]
    return agreement, (await manager.get(f"/api/documents/{agreement['id']}/pdf")).content


def scanned(pdf: bytes, *, signed: int = 0) -> list:
    """Its pages, a box inked."""
    box = Issued(pdf).boxes[signed]
    printed = [rasterised(pdf, 200, number) for number in range(pages_in(pdf))]
    printed[box.page - 1] = inked(printed[box.page - 1], box, 5)
    return [office(page, number) for number, page in enumerate(printed)]


async def handed_in(client: Client, *files: bytes, read: bool = True) -> str:
    """The address of the pile."""
    sent = [("files", (f"{rank}.bin", data, "application/octet-stream")) for rank, data in enumerate(files)]
    answer = await client.post("/api/scans", files=sent)
    assert answer.status_code == 202, answer.text
    if read:
        await run_next("test", HANDLERS, clock=clock)
    return f"/api/scans/{answer.json()['scan']}"


async def test_a_pile_is_read_over_and_confirmed(manager: Client, reader: Client, stranger: Client) -> None:
    agreement, pdf = await issued(manager)
    path = await handed_in(manager, as_pdf(scanned(pdf)))
    (listed,) = (await reader.get("/api/scans")).json()["items"]
    assert (listed["state"], listed["to_review"]) == ("read", 1)
    sheet = (await reader.get(path)).json()
    (paper,) = sheet["papers"]
    assert paper["document"] == agreement["id"]
    assert [box["ink"] for box in paper["boxes"]].count("ink") == 1
    assert paper["unsigned_by"]
    box = next(each for each in paper["boxes"] if each["ink"] == "ink")
    for picture in (f"{path}/pages/{box['page']}/picture", f"{path}/pages/{box['page']}/boxes/{box['id']}"):
        shown = await reader.get(picture)
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
        assert_problem(await stranger.get(picture), 404, "scan_pile.not_found")
    body = {"papers": [{"scan": paper["scan"], "signed": [box["id"]], "signed_on": "2026-11-21"}]}
    assert_problem(await reader.post(f"{path}/confirm", json=body), 403, "actor.forbidden")
    assert_problem(await stranger.post(f"{path}/confirm", json=body), 404, "scan_pile.not_found")
    after = await done(manager, f"{path}/confirm", body)
    assert [each["signed"] for each in after["papers"][0]["boxes"]].count(True) == 1
    others = [each["id"] for each in paper["boxes"] if each["id"] != box["id"]]
    rest = await done(manager, f"{path}/confirm", {"papers": [{"scan": paper["scan"], "unsigned": others}]})
    assert rest["to_review"] == 0
    assert rest["papers"][0]["group"] == "settled"
    gone = await manager.get(f"{path}/pages/{box['page']}/boxes/{box['id']}")
    assert_problem(gone, 404, "scan_box.not_found")
    assert_problem(await manager.get(f"{path}/pages/{box['page']}/picture"), 404, "scan_page.no_image")
    unknown = {"papers": [{"scan": paper["scan"], "signed": [UNKNOWN_ID]}]}
    assert_problem(await manager.post(f"{path}/confirm", json=unknown), 404, "scan_box.not_found")
    nowhere = {"papers": [{"scan": UNKNOWN_ID}]}
    assert_problem(await manager.post(f"{path}/confirm", json=nowhere), 404, "scan.not_found")


async def test_pages_are_filed_and_set_aside(manager: Client) -> None:
    agreement, pdf = await issued(manager)
    *others, last = scanned(pdf)
    path = await handed_in(manager, as_pdf([*others, torn(last), torn(last).rotate(180)]))
    sheet = (await manager.get(path)).json()
    assert sheet["incomplete"][0]["missing_pages"] == [len(others) + 1]
    rank = len(others) + 1
    page = f"{path}/pages/{rank}"
    body = {"document": agreement["id"], "page": rank}
    assert_problem(await manager.post(f"{page}/file", json={**body, "page": 99}), 400, "scan_page.no_such_page")
    assert_problem(await manager.post(f"{page}/file", json={**body, "turned": 45}), 400, "scan_page.turned")
    assert_problem(await manager.post(f"{page}/file", json={**body, "document": UNKNOWN_ID}), 404, "document.not_found")
    assert_problem(await manager.post(f"{path}/pages/99/file", json=body), 404, "scan_page.not_found")
    assert_problem(await manager.post(f"{path}/pages/{rank + 1}/discard", json={"reason": ""}), 400, "scan_page.reason")
    discarded = await done(manager, f"{path}/pages/{rank + 1}/discard", {"reason": "En double"})
    assert (discarded["state"], discarded["reason"]) == ("discarded", "En double")
    filed = await done(manager, f"{page}/file", body)
    assert filed["papers"][0]["group"] == "look"
    assert_problem(await manager.post(f"{page}/file", json=body), 409, "scan_page.settled")


async def test_the_same_pile_again_changes_nothing(manager: Client) -> None:
    _, pdf = await issued(manager)
    data = as_pdf(scanned(pdf))
    path = await handed_in(manager, data)
    again = await manager.post("/api/scans", files={"file": ("pile.pdf", data, "application/pdf")})
    assert again.status_code == 202
    assert again.json()["already"] is True
    assert path.endswith(again.json()["scan"])
    assert_problem(await manager.post("/api/scans", files={"other": b"x"}), 400, "scan.too_many_files")


async def test_another_services_pages_are_foreign(manager: Client, stranger: Client) -> None:
    agreement, pdf = await issued(manager)
    path = await handed_in(stranger, as_pdf(scanned(pdf)))
    sheet = await stranger.get(path)
    assert {page["state"] for page in sheet.json()["pages"]} == {"foreign"}
    assert agreement["id"] not in sheet.text
    body = {"document": agreement["id"], "page": 1}
    assert_problem(await stranger.post(f"{path}/pages/1/file", json=body), 409, "scan_page.foreign")
