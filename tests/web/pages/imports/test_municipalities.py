"""Town halls: what the file says beside what is typed, what is ticked replaced, where it comes from shown."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.web.pages.cast import Accounts, submit, text_of
from tests.web.pages.imports.test_import_file import press, run, send

from materiel.use_cases.imports import import_file

BAULON, CARDROC = "35016", "35050"


def a_file(code: str = BAULON, **more: Any) -> bytes:
    hall = {
        "nom": "Mairie - Baulon",
        "pivot": [{"type_service_local": "mairie", "code_insee_commune": [code]}],
        "adresse": [{"numero_voie": "1 place de la Mairie", "code_postal": "35580", "nom_commune": "Baulon"}],
        "telephone": [{"valeur": "02 99 85 33 33"}],
        "adresse_courriel": "mairie@exemple.invalid",
        "date_modification": "15/01/2026 10:11:12",
    }
    delegated = hall | {"nom": "Mairie déléguée - Le Bourg"}
    return json.dumps({"results": [hall | more, delegated]}).encode()


async def typed(accounts: Accounts, **values: str) -> None:
    form = f"/communes/{BAULON}/modifier"
    answer = await submit(accounts.manager, form, authority_kind="commune", **values)
    assert answer.status_code == 303, text_of(answer)


async def test_an_empty_commune_is_completed_and_says_where_from(accounts: Accounts) -> None:
    page = await send(accounts.manager, a_file(), slug="mairies", name="mairies.json")
    before = text_of(await accounts.manager.get(page))
    assert "Rien n'est encore enregistré." in before
    assert "Service-Public / DILA, Licence Ouverte 2.0, 15 janvier 2026" in before
    assert "1 place de la Mairie, 35580 Baulon" in before
    assert "mairie déléguée ou annexe" in before
    assert "Compléter 1 commune" in before
    await press(accounts.manager, page, "importer")
    assert await run()
    after = text_of(await accounts.manager.get(page))
    assert "1 commune complétée." in after
    assert "Voir les communes" in after
    sheet = text_of(await accounts.reader.get(f"/communes/{BAULON}"))
    assert "Adresse de la mairie, téléphone et courriel" in sheet
    assert "Licence Ouverte 2.0, 15 janvier 2026" in sheet
    export = await accounts.reader.get("/communes/vue.csv")
    assert "Service-Public / DILA, Licence Ouverte 2.0, 15/01/2026" in export.text


async def test_what_differs_is_shown_old_then_new_and_replaced_once_ticked(accounts: Accounts) -> None:
    await typed(accounts, phone="02 99 00 00 00", email="saisie@exemple.invalid")
    page = await send(accounts.manager, a_file(), slug="mairies", name="mairies.json")
    answer = await accounts.manager.get(page)
    text = text_of(answer)
    assert "2 contacts diffèrent de ce que vous avez" in text
    assert "ancien : 02 99 00 00 00 → nouveau : 02 99 85 33 33" in text
    tokens = re.findall(r'name="chosen" value="([^"]+)"', answer.text)
    assert [each.split(":")[1] for each in tokens] == ["phone", "email"]
    token = re.search(r'name="_csrf" value="([^"]+)"', answer.text)
    assert token
    await accounts.manager.post(f"{page}/importer", data={"_csrf": token[1], "chosen": tokens})
    assert await run()
    done = text_of(await accounts.manager.get(page))
    assert "Pris de l'annuaire" in done
    assert "Code envoyé" in done
    sheet = text_of(await accounts.manager.get(f"/communes/{BAULON}"))
    assert "02 99 85 33 33" in sheet
    assert "saisie@exemple.invalid" in sheet


async def test_nothing_is_to_be_done_twice(accounts: Accounts) -> None:
    for _ in range(2):
        page = await send(accounts.manager, a_file(), slug="mairies", name="mairies.json")
        await press(accounts.manager, page, "importer")
        await run()
    page = await send(accounts.manager, a_file(), slug="mairies", name="mairies.json")
    assert "Il n'y a rien à compléter" in text_of(await accounts.manager.get(page))


async def test_a_large_file_of_something_else_is_refused_in_the_form(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_file, "AT_ONCE", 10)
    for data in (json.dumps([{"uai": "0350122T"}]).encode(), b"bonjour tout le monde"):
        files = {"file-mairies": ("x.json", data, "application/json")}
        answer = await submit(accounts.manager, "/imports", "/imports/mairies", files=files)  # type: ignore[arg-type]
        assert answer.status_code == 422
    page = await send(accounts.manager, a_file(), slug="mairies", name="mairies.json")
    assert (await accounts.manager.get(page)).status_code == 303
    assert await run()
    assert "Compléter 1 commune" in text_of(await accounts.manager.get(page))


async def test_every_commune_is_on_one_page_and_every_difference_is_ticked_at_once(accounts: Accounts) -> None:
    both = json.dumps(json.loads(a_file())["results"] + json.loads(a_file(CARDROC))["results"]).encode()
    page = await send(accounts.manager, both, slug="mairies", name="mairies.json")
    shown = await accounts.manager.get(page)
    assert all(f"/communes/{code}" in shown.text for code in (BAULON, CARDROC))
    assert "2 communes où il manquait quelque chose" in text_of(shown)
    await press(accounts.manager, page, "importer")
    assert await run()
    again = both.replace(b"mairie@exemple.invalid", b"accueil@exemple.invalid")
    page = await send(accounts.manager, again, slug="mairies", name="mairies.json")
    plain, ticked = [(await accounts.manager.get(f"{page}{query}")).text for query in ("", "?cocher=tout")]
    assert plain.count('name="chosen"') == ticked.count('name="chosen"') > 1
    assert (plain.count(" checked>"), ticked.count(" checked>")) == (0, ticked.count('name="chosen"'))
    assert ("Tout cocher" in plain, "Tout décocher" in ticked) == (True, True)


async def test_another_service_sees_nothing_of_it(accounts: Accounts) -> None:
    page = await send(accounts.manager, a_file(), slug="mairies", name="mairies.json")
    assert (await accounts.stranger.get(page)).status_code == 404
    await press(accounts.manager, page, "importer")
    assert await run()
    sheet = text_of(await accounts.stranger.get(f"/communes/{BAULON}"))
    assert "mairie@exemple.invalid" not in sheet
    assert "Licence Ouverte" not in sheet
    assert (await accounts.reader.get(page)).status_code == 403
