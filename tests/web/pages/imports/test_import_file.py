"""Imports: nothing imported unseen, progress told, refused lines given back; registers taken away."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.exchange import item
from materiel.exchange.process import reading
from materiel.store.item import item as items
from materiel.use_cases.imports import import_file
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

FILES = Path(__file__).parents[3] / "exchange" / "files"
CSV = "Numéro d'inventaire;Désignation;Remarque\n35-2026-00100;Tablette;x\n35-2026-00101;;\n".encode()


async def send(browser: httpx.AsyncClient, data: bytes, slug: str = "materiels", name: str = "parc.csv") -> str:
    """The address of the report to which an examined file leads."""
    file = {f"file-{slug}": (name, data, "application/octet-stream")}
    answer = await submit(browser, "/imports", f"/imports/{slug}", files=file)  # type: ignore[arg-type]
    assert answer.status_code == 303, text_of(answer)
    return answer.headers["location"]


async def press(browser: httpx.AsyncClient, page: str, action: str) -> httpx.Response:
    """The answer to one of the buttons of a report."""
    shown = await browser.get(page)
    token = re.search(r'name="_csrf" value="([^"]+)"', shown.text)
    assert token
    return await browser.post(f"{page}/{action}", data={"_csrf": token[1]})


async def run() -> bool:
    return await run_next("tests", HANDLERS, clock=lambda: cast.NOW)


async def test_a_file_is_examined_then_imported_once(accounts: Accounts) -> None:
    page = await send(accounts.manager, CSV)
    text = text_of(await accounts.manager.get(page))
    assert "Ce que l'import ferait" in text
    assert "Indiquez la désignation." in text
    assert "Colonnes laissées de côté : Remarque." in text
    assert "Importer 1 ligne" in text
    assert await items.by_inventory_number(cast.SERVICE, "35-2026-00100") is None
    job = (await press(accounts.manager, page, "importer")).headers["location"]
    waiting = await accounts.manager.get(job)
    assert "Import du fichier" in text_of(waiting)
    assert "En attente" in text_of(waiting)
    # The report leads to the job while it is not over, and the job to the report once it is.
    assert (await accounts.manager.get(page)).headers["location"] == job
    assert await run()
    assert (await accounts.manager.get(job)).headers["location"] == page
    done = text_of(await accounts.manager.get(page))
    assert "Import terminé" in done
    assert "1 ligne enregistrée, 1 refusée." in done
    assert await items.by_inventory_number(cast.SERVICE, "35-2026-00100") is not None
    assert (await press(accounts.manager, page, "importer")).headers["location"] == job
    assert not await run()


async def test_a_reader_sees_the_figures_of_an_import_and_nothing_of_the_file(accounts: Accounts) -> None:
    page = await send(accounts.manager, CSV)
    job = (await press(accounts.manager, page, "importer")).headers["location"]
    assert await run()
    shown = await accounts.reader.get(job)
    assert shown.status_code == 200
    assert "2 lignes lues." in text_of(shown)
    assert "/imports" not in shown.text
    assert (await accounts.reader.get(page)).status_code == 403


async def test_a_workbook_is_examined_by_its_content_not_its_name(accounts: Accounts) -> None:
    page = await send(accounts.manager, (FILES / "inventaire.xlsx").read_bytes(), name="inventaire.csv")
    text = text_of(await accounts.manager.get(page))
    assert "300 lignes" in text
    assert "le tableur a détruit ce numéro" in text
    assert "31/02/2024" in text


async def test_a_large_file_is_examined_while_one_waits(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_file, "AT_ONCE", 10)
    page = await send(accounts.manager, CSV)
    job = (await accounts.manager.get(page)).headers["location"]
    assert "Examen du fichier" in text_of(await accounts.manager.get(job))
    assert await run()
    assert (await accounts.manager.get(job)).headers["location"] == page
    assert "Importer 1 ligne" in text_of(await accounts.manager.get(page))


async def test_a_large_file_that_cannot_be_read_is_told_on_the_page_of_its_job(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_file, "WORKBOOK_AT_ONCE", 10)
    page = await send(accounts.manager, (FILES / "protege.xlsx").read_bytes(), name="protege.xlsx")
    job = (await accounts.manager.get(page)).headers["location"]
    assert await run()
    text = text_of(await accounts.manager.get(job))
    assert "protégé par un mot de passe" in text
    assert "Revenir aux imports" in text
    assert (await accounts.manager.get(page)).headers["location"] == job


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
async def test_refused_lines_are_taken_back(accounts: Accounts, ending: str) -> None:
    page = await send(accounts.manager, CSV)
    answer = await accounts.manager.get(f"{page}/lignes-refusees/{ending}")
    assert f'filename="lignes-refusees.{ending}"' in answer.headers["content-disposition"]
    async with reading(answer.content, item.LAYOUT) as lines:
        assert lines.ignored == ("Remarque",)
        assert [getattr(line, "inventory_number", None) for line in lines] == ["35-2026-00101"]


async def test_only_the_formats_offered_are_given(accounts: Accounts) -> None:
    page = await send(accounts.manager, CSV)
    for path in (f"{page}/lignes-refusees/pdf", "/exports/materiels.pdf", "/exports/eleves.csv", "/imports/modeles/x"):
        assert (await accounts.manager.get(path)).status_code == 404


async def test_a_file_is_forgotten_when_one_gives_up(accounts: Accounts) -> None:
    page = await send(accounts.manager, CSV)
    assert (await press(accounts.manager, page, "oublier")).headers["location"] == "/imports"
    gone = await accounts.manager.get(page)
    assert gone.status_code == 404
    assert "n'est plus gardé" in text_of(gone)


async def test_a_file_is_its_services_alone(accounts: Accounts) -> None:
    page = await send(accounts.manager, CSV)
    for path in (page, f"{page}/lignes-refusees/csv"):
        assert (await accounts.stranger.get(path)).status_code == 404


async def test_a_file_that_is_no_table_is_refused(accounts: Accounts) -> None:
    file = {"file-etablissements": ("x.csv", b"bonjour", "text/csv")}
    answer = await submit(accounts.manager, "/imports", "/imports/etablissements", files=file)  # type: ignore[arg-type]
    assert answer.status_code == 422
    nothing = await submit(accounts.manager, "/imports", "/imports/eleves")
    assert "Choisissez le fichier à examiner" in text_of(nothing)


@pytest.mark.parametrize("slug", ["materiels", "eleves"])
async def test_a_model_is_taken_away(accounts: Accounts, slug: str) -> None:
    assert f"/imports/modeles/{slug}" in (await accounts.manager.get("/imports")).text
    answer = await accounts.manager.get(f"/imports/modeles/{slug}")
    assert answer.content.startswith(b"PK")
    assert f'filename="modele-{slug}.xlsx"' in answer.headers["content-disposition"]


async def test_registers_are_taken_away(accounts: Accounts) -> None:
    for path in ("/exports/materiels.csv", "/exports/registre.csv"):
        answer = await accounts.reader.get(path)
        assert "35-2026-00001" in answer.text
        assert "attachment" in answer.headers["content-disposition"]
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert "35-2026-00001" not in (await accounts.stranger.get(path)).text
    assert (await accounts.reader.get("/imports")).status_code == 403


async def test_the_inventory_as_a_workbook_is_imported_unchanged(accounts: Accounts) -> None:
    content = (await accounts.reader.get("/exports/materiels.xlsx")).content
    page = await send(accounts.manager, content, name="materiels.xlsx")
    text = text_of(await accounts.manager.get(page))
    assert "Il n'y a rien à importer." in text
    assert "Sans changement 8" in text
