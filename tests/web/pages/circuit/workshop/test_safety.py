"""« Rappels de sécurité »: what is found is shown first, then held back; who has read, what is treated."""

from __future__ import annotations

import re

import httpx
import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.loan.steps import HandedItem
from materiel.use_cases.desk.safety import telling
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS
from materiel.web.pages.circuit.workshop import safety as pages

TYPED = {
    "title": "La batterie peut prendre feu",
    "to_do": "Éteignez l'appareil et débranchez-le.",
    "published_on": "2026-09-01",
    "model": "ordinateur portable",
}


async def post(client: httpx.AsyncClient, address: str, **data: object) -> httpx.Response:
    token = csrf_of((await client.get("/aide")).text)
    return await client.post(address, data={"_csrf": token, **data})


async def opened(client: httpx.AsyncClient, *chosen: object) -> str:
    data = {**TYPED, "action": "ouvrir", "item": [str(each) for each in chosen]}
    answer = await post(client, "/rappels/nouveau", **data)
    assert answer.status_code == 303, text_of(answer)
    return str(answer.headers["location"])


async def test_what_it_concerns_is_shown_before_anything_is_kept(accounts: Accounts) -> None:
    assert "Aucun rappel de sécurité n'a été ouvert" in text_of(await accounts.reader.get("/rappels"))
    found = await submit(accounts.manager, "/rappels/nouveau", **{**TYPED, "action": "chercher"})
    assert found.status_code == 200
    assert f'value="{cast.LAPTOP}" checked' in found.text
    assert "Aucun rappel de sécurité n'a été ouvert" in text_of(await accounts.reader.get("/rappels"))
    wrong = await submit(accounts.manager, "/rappels/nouveau", **{**TYPED, "model": "", "published_on": ""})
    assert wrong.status_code == 422
    wrong = await submit(accounts.manager, "/rappels/nouveau", **{**TYPED, "title": ""})
    assert "le danger" in text_of(wrong)
    none = await submit(accounts.manager, "/rappels/nouveau", **{**TYPED, "model": "introuvable"})
    assert "Aucun matériel du parc ne répond" in text_of(none)
    empty = await post(accounts.manager, "/rappels/nouveau", **{**TYPED, "action": "ouvrir"})
    assert "Aucun matériel n'est choisi" in text_of(empty)


async def test_it_is_followed_treated_and_closed(accounts: Accounts) -> None:
    loan_id = await cast.a_draft(items=(cast.LAPTOP,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    lines = (HandedItem(item_id=cast.LAPTOP),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=lines), issuer=cast.ISSUER)
    await cast.noted()
    sheet = await opened(accounts.manager, cast.LAPTOP, cast.SPARE)
    told = text_of(await accounts.manager.get(sheet))
    assert "2 matériels sont retenus" in told
    assert "à prévenir par lettre" in told
    assert re.search(r"Exemple.*À prévenir|Zoé Exemple", told)
    assert "autres matériels répondent" in told
    assert "Noter ce qui a été fait" not in text_of(await accounts.reader.get(sheet))
    assert "La batterie peut prendre feu" in text_of(await accounts.reader.get("/rappels"))
    assert "rappel de sécurité" in text_of(await accounts.reader.get(f"/materiels/{cast.SPARE}")).lower()
    letters = await post(accounts.manager, f"{sheet}/lettres")
    assert letters.headers["content-type"] == "application/pdf"
    assert "Prévenu, sans réponse" in text_of(await accounts.manager.get(f"{sheet}?etape=told"))
    again = await post(accounts.manager, f"{sheet}/prevenir", again="oui")
    assert again.status_code == 303
    assert "Noter une réponse reçue autrement" in text_of(await accounts.manager.get(sheet))
    heard = await post(accounts.manager, f"{sheet}/reponses", item=str(cast.LAPTOP))
    assert heard.status_code == 303
    after = text_of(await accounts.manager.get(sheet))
    assert "1 réponse notée" in after
    assert "Noter une réponse reçue autrement" not in after
    assert (await post(accounts.manager, f"{sheet}/reponses", item=str(cast.LAPTOP))).status_code == 422
    assert "par téléphone ou par lettre" in text_of(await accounts.reader.get(f"/materiels/{cast.LAPTOP}"))
    wrong = await post(accounts.manager, f"{sheet}/traiter", item=str(cast.SPARE))
    assert "Dites ce qui a été fait" in text_of(wrong)
    future = {"item": str(cast.SPARE), "treatment": "repaired", "treated_on": "2031-01-01"}
    assert (await post(accounts.manager, f"{sheet}/traiter", **future)).status_code == 422
    done = {**future, "treated_on": "2026-09-05"}
    assert (await post(accounts.manager, f"{sheet}/traiter", **done)).status_code == 303
    assert "Traité" in text_of(await accounts.manager.get(sheet))
    history = text_of(await accounts.reader.get(f"/materiels/{cast.SPARE}"))
    assert re.search(r"Rappel de sécurité, le 5 septembre 2026 : réparé", history)
    added = await post(accounts.manager, f"{sheet}/ajouter", other=str(cast.KEYBOARD))
    assert added.status_code == 303
    refused = await post(accounts.manager, f"{sheet}/cloture", reason="", version="1")
    assert refused.status_code == 422
    assert (await post(accounts.manager, f"{sheet}/cloture", reason="Retiré", version="1")).status_code == 303
    for act in ("prevenir", "lettres", "ajouter", "reponses"):
        assert (
            await post(accounts.manager, f"{sheet}/{act}", other=str(cast.LAST), item=str(cast.LAPTOP))
        ).status_code == 422
    assert (await accounts.stranger.get(sheet)).status_code == 404


async def test_many_are_told_by_a_job_that_is_followed(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MANY", 0)
    loan_id = await cast.a_draft(items=(cast.LAPTOP,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    lines = (HandedItem(item_id=cast.LAPTOP),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=lines), issuer=cast.ISSUER)
    progress = await opened(accounts.manager, cast.LAPTOP)
    assert progress.startswith("/taches/")
    shown = text_of(await accounts.manager.get(progress))
    assert "1 prêt à prévenir" in shown
    assert "Arrêter, en gardant ce qui est fait" in shown
    listed = await accounts.reader.get("/rappels")
    sheet = re.search(r'href="(/rappels/[0-9a-f-]{36})"', listed.text)
    assert sheet
    during = text_of(await accounts.manager.get(sheet[1]))
    assert "L’envoi est en cours" in during.replace("'", "’")
    assert "Prévenir le détenteur" not in during
    assert await run_next("w1", HANDLERS, clock=lambda: cast.NOW)
    over = await accounts.manager.get(progress)
    assert "1 prêt n'a aucune adresse électronique" in text_of(over)
    assert sheet[1] in over.text


async def test_what_the_page_does_not_show_is_held_back_and_followed_too(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "SHOWN", 1)
    typed = {**TYPED, "model": "ordinateur"}
    found = await submit(accounts.manager, "/rappels/nouveau", **{**typed, "action": "chercher"})
    assert found.text.count('name="item"') == 1
    assert re.search(r'name="rest" value="oui" checked', found.text)
    ticked = re.findall(r'name="item" value="([^"]+)"', found.text)
    answer = await post(
        accounts.manager, "/rappels/nouveau", **{**typed, "action": "ouvrir", "item": ticked, "rest": "oui"}
    )
    sheet = str(answer.headers["location"])
    first = await accounts.manager.get(sheet)
    numbers = set(re.findall(r'class="m-code m-nw" href="([^"]+)"', first.text))
    address, seen = sheet, 1
    while following := re.search(r'href="([^"]+)" rel="next"', first.text):
        address = following[1].replace("&amp;", "&")
        first = await accounts.manager.get(address)
        numbers |= set(re.findall(r'class="m-code m-nw" href="([^"]+)"', first.text))
        seen += 1
    assert seen == len(numbers) > 2
    assert 'rel="prev"' in first.text
    assert (await accounts.manager.get(f"{sheet}?suite=abc&etape=x")).status_code == 200
    assert (await accounts.manager.get(f"{sheet}?suite=99999")).status_code == 200
