"""« L'élève quitte l'académie »: said beforehand, noted once, reminded of on the home page, taken back."""

import re

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import submit

from materiel.domain.item.item import Condition
from materiel.domain.loan.steps import HandedItem
from materiel.use_cases.loan.elsewhere.liaison import leavings_of
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan

SHEET = f"/eleves/{cast.CHILD}"
TYPED = {"left_on": "2026-09-07", "academie": "17"}


async def lent() -> None:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = (HandedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)


async def test_a_departure_is_noted_reminded_of_contacted_and_taken_back(accounts):
    await lent()
    page = await accounts.manager.get(f"{SHEET}/depart")
    assert "le retour est demandé" in page.text
    answer = await submit(accounts.manager, f"{SHEET}/depart", left_on="2026-09-07", academie="14")
    assert "C’est votre académie" in answer.text
    answer = await submit(accounts.manager, f"{SHEET}/depart", **TYPED)
    assert answer.status_code == 303
    (noted,) = await leavings_of(cast.CHILD, actor=cast.MANAGER)
    told = (await accounts.manager.get(SHEET)).text
    assert "reste à prendre" in told
    assert "Anne Exemple" in told
    listed = (await accounts.manager.get("/a-faire/contacts-avec-une-academie")).text
    assert re.search(r"académie de\s+Nantes", listed)
    assert "Prendre contact avec une académie" in (await accounts.manager.get("/")).text
    paper = (await accounts.manager.get(f"{SHEET}/depart/{noted.id}/fiche")).text
    assert "Ordinateur portable" in paper
    assert "Fiche de liaison" in paper
    pdf = await accounts.manager.get(f"{SHEET}/depart/{noted.id}/fiche.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    contact = f"{SHEET}/depart/{noted.id}/contact"
    await submit(accounts.manager, contact, contact_on="2026-09-07", contact_with="DSDEN 44", academie="17")
    assert "avec DSDEN 44" in (await accounts.manager.get(SHEET)).text
    assert "est noté" in (await accounts.manager.get(contact)).text
    assert (await submit(accounts.manager, f"{SHEET}/depart/{noted.id}/retirer", reason="")).status_code == 422
    await submit(accounts.manager, f"{SHEET}/depart/{noted.id}/retirer", reason="Homonyme")
    assert "Homonyme" in (await accounts.manager.get(SHEET)).text
    assert "déjà retiré" in (await accounts.manager.get(f"{SHEET}/depart/{noted.id}/retirer")).text


async def test_a_reader_sees_the_departure_and_none_of_its_forms(accounts):
    await lent()
    await submit(accounts.manager, f"{SHEET}/depart", **TYPED)
    told = (await accounts.reader.get(SHEET)).text
    assert "Départ de l’académie" in told
    assert "/depart/" not in told
    assert (await accounts.reader.get(f"{SHEET}/depart")).status_code == 403
