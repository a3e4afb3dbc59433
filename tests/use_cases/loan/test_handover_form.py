"""The « bon à remplir »: a form that is nothing issued, and says so wherever it is read."""

from __future__ import annotations

import io

import pytest
from pypdfium2 import PdfDocument
from tests.use_cases.loan_cast import BRAILLE, ISSUER, LAPTOP, READER, STRANGER, TODAY, a_draft, set_up

from materiel.domain.loan.steps import HandedItem
from materiel.errors import Conflict, NotFound
from materiel.store.engine.database import fetch
from materiel.store.papers import document as documents
from materiel.use_cases.loan.handover_form import handover_form
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.papers.issuer import Issuer


@pytest.fixture(autouse=True)
async def cast(db: None) -> None:
    await set_up()


def text_of(pdf: bytes) -> str:
    with PdfDocument(io.BytesIO(pdf)) as file:
        return " ".join(" ".join(page.get_textpage().get_text_range() for page in file).split())


async def test_a_form_lists_what_is_still_to_be_handed_over_and_writes_nothing() -> None:
    loan_id = await a_draft(items=(LAPTOP, BRAILLE))
    with pytest.raises(Conflict, match=r"loan\.not_issued"):
        await handover_form(loan_id, issuer=ISSUER)
    await issue_loan(loan_id, issuer=ISSUER)
    before = [tuple(row.values()) for row in map(dict, await fetch("SELECT count(*) AS n FROM journal"))]
    papers = await documents.of_loan(loan_id)
    form = await handover_form(loan_id, issuer=ISSUER)
    text = text_of(form.pdf)
    assert "Bon de remise à remplir" in text
    assert "il ne constate rien tant qu'il n'est pas rempli" in text.replace("’", "'")
    assert f"{form.agreement_number}, à remplir" in text
    assert "35-2026-00001" in text
    assert "35-2026-00002" in text
    assert [tuple(row.values()) for row in map(dict, await fetch("SELECT count(*) AS n FROM journal"))] == before
    assert await documents.of_loan(loan_id) == papers
    handed = (HandedItem(item_id=LAPTOP),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=TODAY, items=handed), issuer=ISSUER)
    rest = text_of((await handover_form(loan_id, issuer=ISSUER)).pdf)
    assert " 35-2026-00001" not in rest
    await hand_over(
        HandOver(loan_id=loan_id, handed_over_on=TODAY, items=(HandedItem(item_id=BRAILLE),)), issuer=ISSUER
    )
    with pytest.raises(Conflict, match=r"loan\.already_handed_over"):
        await handover_form(loan_id, issuer=ISSUER)


async def test_the_form_of_another_service_does_not_exist() -> None:
    loan_id = await a_draft()
    await issue_loan(loan_id, issuer=ISSUER)
    with pytest.raises(NotFound):
        await handover_form(loan_id, issuer=Issuer(actor=STRANGER, now=ISSUER.now, base_url=ISSUER.base_url))
    assert (await handover_form(loan_id, issuer=Issuer(actor=READER, now=ISSUER.now, base_url=ISSUER.base_url))).pdf
