"""A site whose address is too long for a code prints a shorter one; what bears another is still read."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from tests.documents.printing import rasterised, read_codes, words
from tests.scans.bundles import as_pdf
from tests.use_cases.loan_cast import CHILD, ISSUER, LAPTOP, MANAGER, NOW, SERVICE, a_draft, set_up

from materiel.domain.papers.document import Document
from materiel.store.item import item as items
from materiel.store.papers import document as documents
from materiel.use_cases.item.code import find_document, find_meant_item
from materiel.use_cases.item.label import PrintLabels, make_labels
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.papers.signed_scans import submit_pile
from materiel.use_cases.work.job import get_job, run_next
from materiel.use_cases.worker import HANDLERS

LONG, SHORT = "https://materiel.ac-orleans-tours.fr", "https://m.ac-ot.fr"


@pytest.fixture(autouse=True)
async def cast(db):
    await set_up()


async def an_agreement(label_url: str = SHORT) -> Document:
    issuer = replace(ISSUER, base_url=LONG, label_url=label_url)
    applied = await issue_loan(await a_draft(items=(LAPTOP,), pupil=CHILD), issuer=issuer)
    return (await documents.of_loan(applied.case.loan.id))[0]


async def test_the_codes_of_a_document_bear_the_short_address() -> None:
    document = await an_agreement()
    pdf = await documents.pdf(document.id)
    for page in range(document.pages):
        assert read_codes(rasterised(pdf, 200, page)) == {f"{SHORT}/v/{document.code}/{page + 1}"}
    assert f"{SHORT}/v/{document.code}" in words(pdf).replace(" ", "")


async def test_labels_bear_the_short_address_in_capitals() -> None:
    asked = PrintLabels(item_ids=[LAPTOP], sheet="a4_3x8")
    pdf = await make_labels(asked, actor=MANAGER, now=NOW, base_url=SHORT)
    code = (await items.get(LAPTOP, SERVICE)).public_code
    assert read_codes(rasterised(pdf, 300)) == {f"{SHORT}/Q/{code}".upper()}


@pytest.mark.parametrize(
    "host", [LONG, SHORT, SHORT.upper(), "https://un-ancien-nom.exemple.fr", "http://127.0.0.1:80"]
)
async def test_what_was_printed_under_another_address_is_still_read(host: str) -> None:
    document = await an_agreement()
    code = (await items.get(LAPTOP, SERVICE)).public_code
    for path in (f"/Q/{code}", f"/q/{code.lower()}"):
        assert (await find_meant_item(host + path, actor=MANAGER)).id == LAPTOP
    for path in (f"/v/{document.code}/1", f"/V/{document.code}/1"):
        assert await find_document(host + path, actor=MANAGER) == document.id


@pytest.mark.parametrize("label_url", ["", SHORT])
async def test_pages_signed_under_either_address_are_filed(label_url: str) -> None:
    document = await an_agreement(label_url)
    pdf = await documents.pdf(document.id)
    pile = as_pdf([rasterised(pdf, 200, page) for page in range(document.pages)])
    submitted = await submit_pile([pile], actor=MANAGER, now=NOW)
    assert await run_next("w1", HANDLERS, clock=lambda: NOW)
    result = msgspec.json.decode((await get_job(submitted.pile.job_id, actor=MANAGER)).result or "")
    assert [copy["number"] for copy in result["filed"]] == [document.number]
