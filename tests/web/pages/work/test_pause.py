"""Pauses on the pages: those of the service, that of a loan, and the sober pages that follow a death."""

from __future__ import annotations

import httpx
from tests.stage import family_cast as family
from tests.use_cases import loan_cast as cast
from tests.use_cases.loan_cast import a_draft, noted
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.loan.steps import HandedItem
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan

PAGE = "/reglages/pauses"
SUMMER = {"name": "Vacances d’été", "starts_on": "2026-09-01", "ends_on": "2026-10-15"}


async def post(client: httpx.AsyncClient, address: str, **data: object) -> httpx.Response:
    return await client.post(address, data={"_csrf": csrf_of((await client.get("/aide")).text), **data})


async def test_the_pauses_of_a_service_are_noted_and_taken_back(accounts: Accounts) -> None:
    assert "Aucune pause n'est notée" in text_of(await accounts.admin.get(PAGE))
    assert (await submit(accounts.admin, PAGE, name="Été", starts_on="", ends_on="")).status_code == 422
    wrong = await submit(accounts.admin, PAGE, **{**SUMMER, "ends_on": "2026-08-01"})
    assert "Le dernier jour ne peut pas précéder le premier" in text_of(wrong)
    assert (await submit(accounts.admin, PAGE, **SUMMER, yearly="oui")).status_code == 303
    page = await accounts.admin.get(PAGE)
    assert "Du 1er septembre 2026 au 15 octobre 2026 inclus, puis chaque année" in text_of(page)
    assert "« Vacances d'été » est en cours" in text_of(page)
    assert "personne n'est relancé avant la reprise" in text_of(await accounts.reader.get("/signatures/relances"))
    address = page.text.split(f'action="{PAGE}/')[1].split('"')[0]
    assert (await post(accounts.admin, f"{PAGE}/{address}")).status_code == 303
    assert "Aucune pause n'est notée" in text_of(await accounts.admin.get(PAGE))


async def test_the_messages_of_a_loan_are_stopped_and_leave_again(accounts: Accounts) -> None:
    loan_id = await a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    page = f"/prets/{loan_id}/messages"
    assert "Arrêter les messages automatiques" in text_of(await accounts.manager.get(f"/prets/{loan_id}"))
    assert (await submit(accounts.manager, page)).status_code == 422
    past = await submit(accounts.manager, page, reason="appeal", ends_on="2026-01-01")
    assert "Indiquez un jour à venir" in text_of(past)
    assert (await submit(accounts.manager, page, reason="appeal", ends_on="2026-12-31")).status_code == 303
    told = text_of(await accounts.reader.get(f"/prets/{loan_id}"))
    assert "Messages automatiques arrêtés : recours ou médiation en cours, jusqu'au 31 décembre 2026 inclus" in told
    assert "Recours" not in text_of(await accounts.manager.get(f"/journal?sur=loan:{loan_id}"))
    assert "rien ne part de soi-même depuis le" in text_of(await accounts.manager.get(page))
    assert (await post(accounts.manager, f"{page}/reprise")).status_code == 303
    assert "Messages automatiques arrêtés" not in text_of(await accounts.reader.get(f"/prets/{loan_id}"))


async def _out(accounts: Accounts) -> str:
    """A loan of Zoé that is out, unsigned for months and past its term: all that is late at once."""
    loan_id = await a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    lines = (HandedItem(item_id=cast.LAPTOP),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=lines), issuer=cast.ISSUER)
    return f"/prets/{loan_id}"


async def test_after_a_death_the_pages_are_sober(accounts: Accounts) -> None:
    sheet = await _out(accounts)
    assert sheet in (await accounts.manager.get("/a-faire/remis-sans-convention")).text
    await family.change_pupil(cast.CHILD, died_on=cast.TODAY)
    await noted()
    assert sheet not in (await accounts.manager.get("/a-faire/remis-sans-convention")).text
    apart = await accounts.manager.get("/a-faire/contacts-de-vive-voix")
    assert sheet in apart.text
    assert "rien n'est en retard" in text_of(apart)
    home = text_of(await accounts.manager.get("/"))
    assert "Reprendre contact de vive voix" in home
    shown = await accounts.manager.get(sheet)
    for word in ("m-bad", "En retard", "échue", "Relancer", "à rendre", "/messages", "Renouveler"):
        assert word not in shown.text, word
    assert "Convenez du retour par un contact direct" in text_of(shown)
    assert "/retour" in shown.text
    # Taken back when it was a mistake: all is as before.
    await family.change_pupil(cast.CHILD, died_on=None)
    await noted()
    assert sheet in (await accounts.manager.get("/a-faire/remis-sans-convention")).text
    assert sheet not in (await accounts.manager.get("/a-faire/contacts-de-vive-voix")).text


async def test_after_a_death_a_letter_leaves_only_when_it_is_meant(accounts: Accounts) -> None:
    sheet = await _out(accounts)
    await family.change_pupil(cast.CHILD, died_on=cast.TODAY)
    page = await accounts.manager.get(f"{sheet}/lettre")
    assert "Donner un rendez-vous" in text_of(page)
    assert "Redemander" not in text_of(page)
    assert "Rappeler" not in text_of(page)
    to = page.text.split('name="to/')[1].split('"')[0]
    meeting = {"kind": "letter_appointment", "meets_on": "2026-11-02", "hour": "14 h", "place": "Au service"}
    fields = {"_csrf": csrf_of(page.text), f"to/{to}": "oui", **meeting}
    refused = await accounts.manager.post(f"{sheet}/lettre", data=fields)
    assert refused.status_code == 422
    assert "confirmez que cette lettre part exprès" in text_of(refused)
    printed = await accounts.manager.post(f"{sheet}/lettre", data={**fields, "confirmed": "oui"})
    assert printed.headers["content-type"] == "application/pdf"
