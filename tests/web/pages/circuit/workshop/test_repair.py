"""« Réparations »: sending from the sheet of an item, what is late, what came back."""

from __future__ import annotations

import re

import httpx
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

TYPED = {"provider": "Atelier Pointillé", "fault": "Écran noir", "sent_on": "2026-09-01", "expected_on": "2026-09-03"}
NEW = f"/reparations/nouvelle?materiel={cast.LAPTOP}"


async def post(client: httpx.AsyncClient, address: str, **data: object) -> httpx.Response:
    token = csrf_of((await client.get("/aide")).text)
    return await client.post(address, data={"_csrf": token, **data})


async def test_an_item_leaves_is_late_and_comes_back(accounts: Accounts) -> None:
    assert "Aucun matériel n'est chez un réparateur" in text_of(await accounts.reader.get("/reparations"))
    assert NEW in (await accounts.manager.get(f"/materiels/{cast.LAPTOP}")).text
    assert "garantie inconnue" in text_of(await accounts.manager.get(NEW))
    assert (await accounts.manager.get("/reparations/nouvelle")).status_code == 303
    assert (await post(accounts.manager, "/reparations/nouvelle")).status_code == 303
    wrong = await submit(accounts.manager, NEW, "/reparations/nouvelle", **{**TYPED, "sent_on": ""})
    assert "Indiquez le jour de l'envoi" in text_of(wrong)
    wrong = await submit(accounts.manager, NEW, "/reparations/nouvelle", **{**TYPED, "provider": ""})
    assert "le réparateur" in text_of(wrong)
    kept = await submit(accounts.manager, NEW, "/reparations/nouvelle", **TYPED)
    assert kept.status_code == 303
    sheet = kept.headers["location"]
    assert "En réparation" in text_of(await accounts.reader.get(f"/materiels/{cast.LAPTOP}"))
    late = text_of(await accounts.reader.get("/reparations?etape=en-retard"))
    assert "Écran noir" in late
    assert "Réparation en retard" in late
    assert "Atelier Pointillé" in (await accounts.reader.get("/reparations/vue.csv")).text
    assert "Aucune réparation ne répond" in text_of(await accounts.reader.get("/reparations?etape=revenues"))
    assert (await accounts.stranger.get(sheet)).status_code == 404
    assert "Noter son retour" not in text_of(await accounts.reader.get(sheet))
    assert (await submit(accounts.manager, sheet, f"{sheet}/corriger", **{**TYPED, "fault": ""})).status_code == 422
    assert (await submit(accounts.manager, sheet, f"{sheet}/corriger", **TYPED)).status_code == 303
    back = {"outcome": "repaired", "returned_on": "2026-09-05", "cost": "84,5"}
    wrong = await submit(accounts.manager, sheet, f"{sheet}/retour", **{**back, "cost": "cher", "outcome": ""})
    assert "Ce coût ne se lit pas" in text_of(wrong)
    assert "Dites s'il est réparé" in text_of(wrong)
    early = await submit(accounts.manager, sheet, f"{sheet}/retour", **{**back, "returned_on": "2026-08-01"})
    assert early.status_code == 422
    assert (await submit(accounts.manager, sheet, f"{sheet}/retour", **back)).status_code == 303
    told = text_of(await accounts.reader.get("/reparations?etape=revenues"))
    assert re.search(r"84,50\s€", told)
    item = text_of(await accounts.reader.get(f"/materiels/{cast.LAPTOP}"))
    assert "Revenu de réparation" in item
    assert "En réserve" in item


async def test_a_repair_and_its_return_are_undone_from_its_page(accounts: Accounts) -> None:
    sheet = (await submit(accounts.manager, NEW, "/reparations/nouvelle", **TYPED)).headers["location"]
    home = text_of(await accounts.manager.get("/"))
    assert "Relancer un réparateur" in home
    listed = text_of(await accounts.reader.get("/a-faire/reparations-en-retard"))
    assert "Atelier Pointillé" in listed
    assert "retour annoncé le 3 septembre 2026" in listed
    back = {"outcome": "repaired", "returned_on": "2026-09-05"}
    assert (await submit(accounts.manager, sheet, f"{sheet}/retour", **back)).status_code == 303
    assert "Aucune réparation n'est en retard" in text_of(await accounts.reader.get("/a-faire/reparations-en-retard"))
    wrong = await submit(accounts.manager, sheet, f"{sheet}/defaire", reason="")
    assert "Dites pourquoi" in text_of(wrong)
    first = await submit(accounts.manager, sheet, f"{sheet}/defaire", reason="Pas encore revenu")
    assert first.headers["location"] == sheet
    assert "Réparation en retard" in text_of(await accounts.manager.get(sheet))
    assert "Défaire cette réparation" not in text_of(await accounts.reader.get(sheet))
    last = await submit(accounts.manager, sheet, f"{sheet}/defaire", reason="Mauvais matériel")
    assert last.headers["location"] == f"/materiels/{cast.LAPTOP}"
    item = text_of(await accounts.manager.get(f"/materiels/{cast.LAPTOP}"))
    assert "En réserve" in item
    assert "Réparation notée par erreur, défaite : Mauvais matériel" in item
    assert (await accounts.manager.get(sheet)).status_code == 404


async def test_what_followed_is_told(accounts: Accounts) -> None:
    sheet = (await submit(accounts.manager, NEW, "/reparations/nouvelle", **TYPED)).headers["location"]
    back = {"outcome": "repaired", "returned_on": "2026-09-05"}
    await submit(accounts.manager, sheet, f"{sheet}/retour", **back)
    await cast.a_draft(items=(cast.LAPTOP,))
    refused = await submit(accounts.manager, sheet, f"{sheet}/defaire", reason="Erreur")
    assert "défaites d'abord ce qui a suivi" in text_of(refused)


async def test_an_empty_list_agrees_with_what_it_lists(accounts: Accounts) -> None:
    empty = text_of(await accounts.reader.get("/reparations"))
    assert "Aucune réparation" in empty
    assert "Aucun réparation" not in empty
