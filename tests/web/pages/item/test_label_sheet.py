"""« Étiquettes »: numbers typed or chosen, a sheet, a first cell, a printer's shift; faults told together."""

from __future__ import annotations

import pytest
from pypdfium2 import PdfDocument
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.use_cases.desk.lots import lot
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

NUMBERS = "35-2026-00001\n35-2026-00002"


async def ask(accounts: Accounts, **fields: str):
    asked = {"numbers": NUMBERS, "sheet": "a4_3x8", "first_cell": "1", "what": "labels", **fields}
    return await submit(accounts.manager, "/etiquettes", "/etiquettes/impression", **asked)


async def test_labels_are_printed_from_a_cell_on(accounts: Accounts) -> None:
    answer = await ask(accounts, first_cell="24", right_mm="1,5", down_mm="−2")
    assert answer.headers["content-type"] == "application/pdf"
    with PdfDocument(answer.content) as file:
        assert len(file) == 2


async def test_the_calibration_page_needs_no_item(accounts: Accounts) -> None:
    answer = await ask(accounts, numbers="", what="calibration")
    with PdfDocument(answer.content) as file:
        assert len(file) == 1


async def test_a_selection_fills_the_numbers(accounts: Accounts) -> None:
    page = await accounts.manager.get("/materiels")
    data = {"_csrf": csrf_of(page.text), "items": [str(cast.BRAILLE), str(cast.LAPTOP)]}
    form = await accounts.manager.post("/etiquettes", data=data)
    assert "35-2026-00002\n35-2026-00001</textarea>" in form.text
    assert (await accounts.stranger.get("/etiquettes")).status_code == 200
    token = csrf_of((await accounts.stranger.get("/etiquettes")).text)
    assert (await accounts.stranger.post("/etiquettes", data={**data, "_csrf": token})).status_code == 404


async def test_every_fault_is_told_at_once(accounts: Accounts) -> None:
    answer = await ask(accounts, numbers="99-1\n99-2\n35-2026-00001", sheet="", first_cell="zéro", right_mm="loin")
    assert answer.status_code == 422
    text = text_of(answer)
    assert "2 numéros inconnus : 99-1, 99-2." in text
    assert "Choisissez une planche ou un rouleau." in text
    assert "Indiquez un nombre entier" in text
    assert "Indiquez un décalage" in text
    assert "99-1\n99-2\n35-2026-00001</textarea>" in answer.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"numbers": " "}, "Indiquez au moins un numéro d'inventaire"),
        ({"first_cell": "25"}, "de 1 à 24"),
        ({"down_mm": "11"}, "entre −10 et 10 millimètres"),
        ({"sheet": "nappe"}, "planche"),
    ],
)
async def test_a_fault_is_explained(accounts: Accounts, fields: dict[str, str], said: str) -> None:
    answer = await ask(accounts, **fields)
    assert answer.status_code in (404, 422)
    assert said in text_of(answer)


async def test_many_labels_are_drawn_by_a_job(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lot, "MANY", 1)
    answer = await ask(accounts, first_cell="24")
    page = answer.headers["location"]
    assert (answer.status_code, page.startswith("/taches/")) == (303, True)
    waiting = text_of(await accounts.manager.get(page))
    assert "Étiquettes à imprimer" in waiting
    assert "Arrêter, en gardant ce qui est fait" in waiting
    assert (await accounts.manager.get(f"{page}/fichier")).status_code == 404
    assert await run_next("tests", HANDLERS, clock=lambda: cast.NOW)
    told = text_of(await accounts.manager.get(page))
    assert "2 étiquettes prêtes." in told
    assert "Revenir au parc" in told
    with PdfDocument((await accounts.manager.get(f"{page}/fichier")).content) as file:
        assert len(file) == 2
    assert (await accounts.stranger.get(f"{page}/fichier")).status_code == 404
    refused = await ask(accounts, first_cell="25")
    assert "de 1 à 24" in text_of(refused)


async def test_a_job_of_labels_that_is_stopped_says_what_is_not_there(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lot, "MANY", 1)
    page = (await ask(accounts)).headers["location"]
    token = {"_csrf": csrf_of((await accounts.manager.get(page)).text)}
    await accounts.manager.post(f"{page}/arret", data=token)
    assert await run_next("tests", HANDLERS, clock=lambda: cast.NOW)
    told = text_of(await accounts.manager.get(page))
    assert "Aucune étiquette n'est dessinée." in told
    assert "Le travail a été arrêté : 2 étiquettes n'y sont pas." in told
    assert "Ouvrir le PDF" not in told


async def test_another_service_and_a_reader_print_nothing(accounts: Accounts) -> None:
    fields = {"numbers": NUMBERS, "sheet": "a4_3x8", "first_cell": "1"}
    other = await submit(accounts.stranger, "/etiquettes", "/etiquettes/impression", **fields)
    assert "2 numéros inconnus" in text_of(other)
    assert (await accounts.reader.get("/etiquettes")).status_code == 403
    token = csrf_of((await accounts.reader.get("/materiels")).text)
    reader = await accounts.reader.post("/etiquettes/impression", data={**fields, "_csrf": token})
    assert reader.status_code == 403
