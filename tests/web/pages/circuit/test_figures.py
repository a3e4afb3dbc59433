"""« Chiffres »: a period counted, the report of a year, the registers of a day in the past."""

from __future__ import annotations

import httpx
import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, text_of

from materiel.domain.loan.steps import HandedItem
from materiel.use_cases.loan.loan import create_loan
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan


async def lent() -> None:
    loan = (await create_loan(cast.a_request(), actor=cast.MANAGER, now=cast.NOW)).case.loan
    await issue_loan(loan.id, issuer=cast.ISSUER)
    handed = HandOver(loan_id=loan.id, handed_over_on=cast.TODAY, items=(HandedItem(item_id=cast.LAPTOP),))
    await hand_over(handed, issuer=cast.ISSUER)


def is_pdf(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and answer.content.startswith(b"%PDF")


async def test_a_period_is_counted_with_its_picture_and_its_table(accounts: Accounts) -> None:
    assert "Rien n'a été confié ni notifié sur cette période" in text_of(await accounts.reader.get("/chiffres"))
    await lent()
    page = await accounts.reader.get("/chiffres?par=school")
    told = text_of(page)
    assert "Établissement, du 1er septembre" in told
    assert "les Lucioles, Baulon" in told
    assert "<svg" in page.text
    outside = await accounts.reader.get("/chiffres?par=school&pour=outside")
    hidden = text_of(outside)
    assert "Lucioles" not in hidden
    assert '<td class="m-n">masqué</td>' in outside.text
    assert "périodes qui se recouvrent" in hidden
    assert "périodes qui se recouvrent" not in told
    assert "Lucioles" not in text_of(await accounts.stranger.get("/chiffres?par=school"))


async def test_days_that_make_no_sense_are_told(accounts: Accounts) -> None:
    wrong = await accounts.reader.get("/chiffres?du=2026-09-10&au=2026-09-01")
    assert wrong.status_code == 422
    assert "inversez les deux jours" in text_of(wrong)
    assert "Cette date n'existe pas" in text_of(await accounts.reader.get("/chiffres?du=hier"))


async def test_the_report_and_the_registers_are_one_click_away(accounts: Accounts) -> None:
    await lent()
    page = (await accounts.reader.get("/chiffres")).text
    for address in ("/chiffres/rapport.pdf", "/chiffres/rapport.xlsx", "/chiffres/registres/confies.xlsx"):
        assert address in page
    assert is_pdf(await accounts.reader.get("/chiffres/rapport.pdf?annee=2026"))
    workbook = await accounts.reader.get("/chiffres/rapport.xlsx?annee=2026")
    assert workbook.content.startswith(b"PK")
    held = await accounts.reader.get("/chiffres/registres/confies.csv?jour=2026-09-07")
    assert "35-2026-00001" in held.text
    assert "35-2026-00001" not in (await accounts.stranger.get("/chiffres/registres/confies.csv")).text
    inventory = await accounts.reader.get("/chiffres/registres/inventaire.csv?jour=07/09/2026")
    assert "Prêté" in inventory.text
    assert is_pdf(await accounts.reader.get("/chiffres/rapport.pdf"))
    assert (await accounts.reader.get("/chiffres/registres/autre.csv")).status_code == 404
    assert (await accounts.reader.get("/chiffres/registres/confies.exe")).status_code == 404


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("registres/inventaire.xlsx?jour=31/02/2026", "Cette date n'existe pas"),
        ("registres/confies.csv?jour=2031-01-01", "Ce jour n'est pas encore passé"),
        ("rapport.pdf?annee=1998", "Choisissez une des années proposées"),
        ("rapport.xlsx?annee=tout", "Choisissez une des années proposées"),
    ],
)
async def test_a_day_or_a_year_that_cannot_be_is_told_and_never_answered_by_another(
    accounts: Accounts, address: str, said: str
) -> None:
    wrong = await accounts.reader.get(f"/chiffres/{address}")
    assert wrong.status_code == 422
    assert said in text_of(wrong)
    assert f'value="{address.partition("=")[2]}"' in wrong.text or "annee" in address
