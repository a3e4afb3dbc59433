"""« Aujourd'hui »: each group has the act that settles it, another service sees nothing."""

from __future__ import annotations

import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, text_of

from materiel.domain.desk.dashboard import Concern
from materiel.domain.loan.steps import HandedItem
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan


async def a_loan_handed_over() -> None:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    command = HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(HandedItem(item_id=cast.LAPTOP),))
    await hand_over(command, issuer=cast.ISSUER)


async def test_a_reader_sees_what_waits_and_why_without_the_acts(accounts: Accounts) -> None:
    await a_loan_handed_over()
    home = await accounts.reader.get("/")
    assert home.status_code == 200
    assert "1 Faire signer avant tout remis sans convention signée Exemple Zoé" in text_of(home)
    assert "Relancer" not in text_of(home)
    listed = text_of(await accounts.reader.get("/a-faire/remis-sans-convention"))
    assert "Exemple Zoé" in listed
    assert "Remis sans convention signée depuis aujourd'hui" in listed


async def test_nothing_to_do_is_said(accounts: Accounts) -> None:
    assert "Rien n'attend aujourd'hui." in text_of(await accounts.manager.get("/"))


@pytest.mark.parametrize("concern", Concern)
async def test_every_list_says_what_to_do_when_it_is_empty(accounts: Accounts, concern: Concern) -> None:
    page = await accounts.stranger.get(f"/a-faire/{concern.value}")
    ways_out = ["Revenir à l'accueil"]
    if page.status_code == 303:  # A list with a page of its own.
        page = await accounts.stranger.get(page.headers["location"])
        ways_out.append("Voir tous les courriels")
    assert page.status_code == 200
    assert any(each in text_of(page) for each in ways_out)


async def test_another_service_sees_nothing(accounts: Accounts) -> None:
    await a_loan_handed_over()
    assert "Rien n'attend" in text_of(await accounts.stranger.get("/"))
    assert "Zoé" not in text_of(await accounts.stranger.get("/a-faire/remis-sans-convention"))


async def test_a_page_of_a_list_leads_to_the_next(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("materiel.web.pages.desk.dashboard.PAGE", 1)
    for item, pupil, school in ((cast.LAPTOP, cast.CHILD, cast.BAULON), (cast.BRAILLE, cast.ADULT, cast.COLLEGE)):
        await cast.a_draft(items=(item,), pupil=pupil, school=school)
    first = await accounts.reader.get("/a-faire/brouillons")
    assert "Page suivante" in first.text
    cursor = first.text.partition("?apres=")[2].partition('"')[0]
    second = await accounts.reader.get("/a-faire/brouillons", params={"apres": cursor})
    names = {"Exemple Zoé", "Modèle Ilan"}
    shown = [{name for name in names if name in text_of(page)} for page in (first, second)]
    assert shown[0] | shown[1] == names
    assert not shown[0] & shown[1]


async def test_what_is_unknown_is_not_found(accounts: Accounts) -> None:
    assert (await accounts.reader.get("/a-faire/tout")).status_code == 404
    bad = await accounts.reader.get("/a-faire/remis-sans-convention", params={"apres": "x"})
    assert bad.status_code == 400


async def test_a_visitor_is_led_to_the_login(accounts: Accounts) -> None:
    for path in ("/", "/a-faire/incidents-ouverts"):
        answer = await accounts.anonymous.get(path)
        assert (answer.status_code, answer.headers["location"][:10]) == (303, "/connexion")
