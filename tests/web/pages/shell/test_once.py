"""The same form sent twice acts once and says twice that it is done."""

from __future__ import annotations

import asyncio

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, hidden_of, text_of
from tests.web.pages.people.test_pupil import TYPED

from materiel.domain.loan.loan import LoanStatus
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils


async def filled(client, page, action="", **values):
    """The form of a page as a browser would send it, marks included."""
    shown = await client.get(page)
    data = {**hidden_of(shown.text, action or page), **{name.replace("__", "/"): each for name, each in values.items()}}
    data.setdefault("_csrf", csrf_of(shown.text))
    assert data["_once"]
    return data


async def test_a_pupil_sent_twice_is_one_and_both_answers_lead_to_the_sheet(accounts: Accounts) -> None:
    browser = accounts.manager
    form = await filled(browser, "/eleves/nouveau", **TYPED)
    first = await browser.post("/eleves/nouveau", data=form)
    again = await browser.post("/eleves/nouveau", data=form)
    assert (first.status_code, again.status_code) == (303, 303)
    assert again.headers["location"] == first.headers["location"]
    assert "Élève enregistré." in text_of(await browser.get(again.headers["location"]))
    assert len(await pupils.page(cast.SERVICE, q="nouveau", limit=5)) == 1


async def test_a_double_click_acts_once(accounts: Accounts) -> None:
    browser = accounts.manager
    form = await filled(browser, "/eleves/nouveau", **TYPED)
    answers = await asyncio.gather(*(browser.post("/eleves/nouveau", data=form) for _ in range(3)))
    assert {(each.status_code, each.headers.get("location")) for each in answers} == {
        (303, answers[0].headers["location"])
    }
    assert len(await pupils.page(cast.SERVICE, q="nouveau", limit=5)) == 1


async def test_an_act_sent_again_says_that_it_is_done(accounts: Accounts) -> None:
    browser, draft = accounts.manager, await cast.a_draft()
    page = f"/prets/{draft}"
    form = await filled(browser, page, f"{page}/emission")
    for _ in range(2):
        answer = await browser.post(f"{page}/emission", data=form)
        assert answer.status_code == 303
        shown = await browser.get(answer.headers["location"])
        assert "fr-alert--error" not in shown.text
        assert "fr-alert--success" in shown.text
    assert (await loans.get(draft, cast.SERVICE)).status is LoanStatus.ISSUED


async def test_what_was_refused_or_changed_is_tried_anew(accounts: Accounts) -> None:
    browser = accounts.manager
    form = await filled(browser, "/eleves/nouveau", **{**TYPED, "birth_date": "2051-01-01"})
    assert (await browser.post("/eleves/nouveau", data=form)).status_code == 422
    assert (await browser.post("/eleves/nouveau", data=form)).status_code == 422
    good = {**form, "birth_date": "2015-03-02"}
    assert (await browser.post("/eleves/nouveau", data=good)).status_code == 303
    other = {**good, "first_name": "Nino"}
    assert (await browser.post("/eleves/nouveau", data=other)).status_code == 303
    assert len(await pupils.page(cast.SERVICE, q="nouveau", limit=5)) == 2


async def test_the_form_of_another_session_is_another_form(accounts: Accounts) -> None:
    form = await filled(accounts.manager, "/eleves/nouveau", **TYPED)
    assert (await accounts.manager.post("/eleves/nouveau", data=form)).status_code == 303
    assert (await accounts.admin.post("/eleves/nouveau", data=form)).status_code == 403


async def test_a_file_sent_twice_is_examined_once(accounts: Accounts) -> None:
    browser = accounts.manager
    form = await filled(browser, "/imports", "/imports/eleves")
    sent = {
        "file-eleves": (
            "eleves.csv",
            "Nom;Prénom;Date de naissance;UAI;Adresse;Code postal;Ville\n".encode(),
            "text/csv",
        )
    }
    answers = [await browser.post("/imports/eleves", data=form, files=sent) for _ in range(2)]
    assert answers[0].status_code == 303, text_of(answers[0])
    assert answers[1].headers["location"] == answers[0].headers["location"]
