"""Webhooks on the pages: added, their secret shown once, tried, set aside, resumed, deleted."""

from __future__ import annotations

import re

from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

PAGE = "/reglages/webhooks"


async def test_a_webhook_is_added_tried_set_aside_and_deleted(accounts: Accounts) -> None:
    assert "Aucun logiciel n'est prévenu" in text_of(await accounts.admin.get(PAGE))
    assert "Webhooks" in text_of(await accounts.admin.get("/reglages"))
    wrong = await submit(accounts.admin, PAGE, url="https://127.0.0.1/", events="loan.issued")
    assert wrong.status_code == 422
    assert "à l'intérieur du réseau" in text_of(wrong)
    nothing = await submit(accounts.admin, PAGE, url="https://outil.exemple.fr/")
    assert "Choisissez au moins un événement" in text_of(nothing)
    added = await submit(accounts.admin, PAGE, url="https://outil.exemple.fr/", events="loan.issued")
    assert added.status_code == 200
    secret = re.search(r"webhook_[0-9a-f]{64}", added.text)
    assert secret is not None
    found = re.search(rf'href="({PAGE}/[0-9a-f-]+)"', added.text)
    assert found is not None
    sheet = found[1]

    async def act(slug: str) -> str:
        token = csrf_of((await accounts.admin.get(PAGE)).text)
        answer = await accounts.admin.post(f"{sheet}/{slug}", data={"_csrf": token})
        assert answer.status_code == 303
        return text_of(await accounts.admin.get(answer.headers["location"]))

    shown = await accounts.admin.get(sheet)
    assert secret[0] not in shown.text
    assert "documents d'un prêt émis" in text_of(shown)
    assert "À envoyer" in await act("essai")
    assert "En pause" in await act("pause")
    assert "il n'y a rien à mettre en pause" in await act("pause")
    assert "Actif" in await act("reprise")
    assert "Aucun logiciel n'est prévenu" in await act("suppression")
    assert (await accounts.manager.get(PAGE)).status_code == 403
