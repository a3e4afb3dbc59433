"""« Passeport » of an item, and the thresholds of the service."""

from __future__ import annotations

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

PAGE = f"/materiels/{cast.LAPTOP}/passeport"
RULE = {"years": "5", "cost_percent": "40", "breakdowns": "2"}


async def test_it_is_read_and_downloaded(accounts: Accounts) -> None:
    assert PAGE in (await accounts.manager.get(f"/materiels/{cast.LAPTOP}")).text
    told = text_of(await accounts.reader.get(PAGE))
    assert "Jamais prêté, aucun incident" in told
    assert "Aucun seuil de remplacement" in told
    assert "Aucun usage n'est noté" in told
    assert "Il n'a été d'aucun récolement" in told
    pdf = await accounts.reader.get(f"{PAGE}.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert (await accounts.stranger.get(PAGE)).status_code == 404


async def test_the_thresholds_are_set_by_an_administrator(accounts: Accounts) -> None:
    page = "/reglages/remplacement"
    assert page in (await accounts.admin.get("/reglages")).text
    wrong = await submit(accounts.admin, page, page, **{**RULE, "years": "0"})
    assert "Indiquez un nombre de 1 à 30" in text_of(wrong) or wrong.status_code == 422
    assert (await submit(accounts.admin, page, page, **RULE)).status_code == 303
    assert 'value="40"' in (await accounts.admin.get(page)).text
    assert (await accounts.manager.get(page)).status_code == 403
