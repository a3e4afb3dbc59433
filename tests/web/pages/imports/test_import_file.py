"""Imports: nothing imported unseen, progress told, refused lines given back; registers taken away."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest
import xlsxwriter
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.exchange import item
from materiel.exchange.process import reading
from materiel.exchange.tabular import TableFormat, written
from materiel.store.engine.database import fetch
from materiel.store.item import item as items
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.use_cases.imports import import_file
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

FILES = Path(__file__).parents[3] / "exchange" / "files"
CSV = "Numéro d'inventaire;Désignation;Teinte\n35-2026-00100;Tablette;x\n35-2026-00101;;\n".encode()


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
    assert "Colonnes laissées de côté : Teinte." in text
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


async def test_needs_are_imported_and_what_is_done_for_one_keeps_the_import(accounts: Accounts) -> None:
    shown = await accounts.manager.get("/imports")
    assert "Besoins notifiés" in text_of(shown)
    assert "/imports/modeles/besoins" in shown.text
    table = "Nom;Prénom;Né le;Besoin;Notifié le\nExemple;Zoé;04/05/2016;Loupe;01/06/2026\nAutre;Léa;01/01/2015;Loupe;"
    page = await send(accounts.manager, table.encode(), slug="besoins")
    text = text_of(await accounts.manager.get(page))
    assert "Écrivez le jour de la notification" in text
    assert "Importer 1 ligne" in text
    await press(accounts.manager, page, "importer")
    assert await run()
    done = await accounts.manager.get(page)
    assert "1 besoin inscrit disparaît" in text_of(done)
    assert 'href="/besoins"' in done.text
    (need,) = await fetch("SELECT id FROM need")
    await fetch("UPDATE need SET order_reference = 'BC 12', version = version + 1")
    kept = await accounts.manager.get(page)
    assert "1 besoin : une commande ou une réception" in text_of(kept)
    assert f'href="/besoins/{need["id"]}">notifié le 01/06/2026' in kept.text


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
        assert lines.ignored == ("Teinte",)
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


async def read_anew(browser: httpx.AsyncClient, page: str, **typed: str) -> httpx.Response:
    shown = await browser.get(page)
    token = re.search(r'name="_csrf" value="([^"]+)"', shown.text)
    assert token
    columns = dict(re.findall(r'<select[^>]* name="(column-[0-9]+)">.*?<option value="([^"]*)" selected>', shown.text))
    return await browser.post(f"{page}/relire", data={"_csrf": token[1], **columns, **typed})


GLPI = b"Code;Genre;Fabricant;Lieu\n35-2026-00200;Tablette;Exemple;Armoire 1\n35-2026-00201;Clavier;;Armoire 2\n"


async def test_titles_that_are_not_known_are_told_by_hand_and_remembered(accounts: Accounts) -> None:
    page = await send(accounts.manager, GLPI)
    text = text_of(await accounts.manager.get(page))
    assert "Il manque une colonne pour lire ce fichier : « Numéro d'inventaire », « Désignation »." in text
    assert "Importer" not in text.partition("Il manque")[2].partition("Choisir un autre fichier")[0]
    assert (await press(accounts.manager, page, "importer")).status_code == 409

    said = {"column-0": "inventory_number", "column-1": "designation", "column-3": "storage_place"}
    answer = await read_anew(accounts.manager, page, **said, keep="oui")
    assert answer.headers["location"] == page
    text = text_of(await accounts.manager.get(page))
    assert "Importer 2 lignes" in text
    assert "Armoire 1 · Armoire 2" in text
    await press(accounts.manager, page, "importer")
    assert await run()
    found = await items.by_inventory_number(cast.SERVICE, "35-2026-00201")
    assert found is not None
    assert (found.designation, found.storage_place) == ("Clavier", "Armoire 2")

    # The next file of the same titles, in whatever order, is read so at once; not that of another service.
    again = b"Lieu;Code;Genre;Fabricant\nArmoire 3;35-2026-00201;Clavier;\n"
    page = await send(accounts.manager, again, name="suite.csv")
    assert "Importer 1 ligne" in text_of(await accounts.manager.get(page))
    page = await send(accounts.stranger, again)
    assert "Il manque une colonne" in text_of(await accounts.stranger.get(page))


async def test_a_column_told_by_its_cells_is_said_to_be_a_guess(accounts: Accounts) -> None:
    table = "Code;Désignation\n" + "".join(f"35-2026-0030{n};Tablette\n" for n in range(3))
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    sheet = book.add_worksheet("Parc")
    for row, line in enumerate(table.splitlines()):
        sheet.write_row(row, 0, line.split(";"))
    book.close()
    for data in (table.encode(), made.getvalue()):
        page = await send(accounts.manager, data)
        text = text_of(await accounts.manager.get(page))
        assert "Importer 3 lignes" in text
        assert text.count("deviné d'après le contenu") == 1
        await read_anew(accounts.manager, page, **{"column-0": "serial_number"})
        text = text_of(await accounts.manager.get(page))
        assert "deviné" not in text
        assert "Il manque une colonne pour lire ce fichier : « Numéro d'inventaire »." in text


async def test_titles_that_are_data_are_not_kept(accounts: Accounts) -> None:
    table = b"35-2026-00300;Tablette;MORVAN Anne\n35-2026-00301;Clavier;LE GOFF Yann\n"
    page = await send(accounts.manager, table)
    text = text_of(await accounts.manager.get(page))
    assert "ressemble à des données" in text
    said = {"column-0": "inventory_number", "column-1": "designation", "column-2": ""}
    await read_anew(accounts.manager, page, **said, keep="oui")
    text = text_of(await accounts.manager.get(page))
    assert "ne sont pas retenues" in text
    assert "Importer 1 ligne" in text
    assert "cette ligne n'est pas importée" in text
    assert await fetch("SELECT id FROM import_mapping") == []


async def test_a_column_may_be_left_aside_and_the_refused_lines_keep_theirs(accounts: Accounts) -> None:
    table = "Numéro d'inventaire;Désignation;Marque\n35-2026-00300;Tablette;X\n;;Y\n"
    page = await send(accounts.manager, table.encode())
    await read_anew(accounts.manager, page, **{"column-2": ""})
    text = text_of(await accounts.manager.get(page))
    assert "2 colonnes sur 3 ont un emploi." in text
    rejected = (await accounts.manager.get(f"{page}/lignes-refusees/csv")).text
    assert "Marque" in rejected.splitlines()[0]
    await press(accounts.manager, page, "importer")
    assert await run()
    found = await items.by_inventory_number(cast.SERVICE, "35-2026-00300")
    assert found is not None
    assert found.brand == ""
    assert "déjà importé" in text_of(await read_anew(accounts.manager, page))


async def test_another_worksheet_may_be_read(accounts: Accounts) -> None:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    for name, number in (("Parc", "35-2026-00400"), ("Stock", "35-2026-00401")):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ["N° inventaire", "Désignation"])
        sheet.write_row(1, 0, [number, "Tablette"])
    book.close()
    page = await send(accounts.manager, made.getvalue(), name="parc.xlsx")
    assert "feuille « Parc »" in text_of(await accounts.manager.get(page))
    await read_anew(accounts.manager, page, sheet="Stock")
    assert "feuille « Stock »" in text_of(await accounts.manager.get(page))
    await press(accounts.manager, page, "importer")
    assert await run()
    assert await items.by_inventory_number(cast.SERVICE, "35-2026-00401") is not None
    assert await items.by_inventory_number(cast.SERVICE, "35-2026-00400") is None


async def test_one_school_may_serve_a_whole_file_of_pupils(accounts: Accounts) -> None:
    onde = "Nom élève;Prénom élève;Date naissance;Adresse1;Cp1;Commune1\nFICTIF;Martin;01/01/2016;1 rue;35000;Rennes\n"
    page = await send(accounts.manager, onde.encode(), slug="eleves", name="onde.csv")
    text = text_of(await accounts.manager.get(page))
    assert "Il manque une colonne pour lire ce fichier : « UAI »." in text
    answer = await read_anew(accounts.manager, page, school="0359999Z")
    assert answer.status_code == 422
    assert "UAI" in text_of(answer)
    await read_anew(accounts.manager, page, school=cast.BAULON)
    assert "Importer 1 ligne" in text_of(await accounts.manager.get(page))


async def test_what_is_no_field_is_refused(accounts: Accounts) -> None:
    page = await send(accounts.manager, CSV)
    answer = await read_anew(accounts.manager, page, **{"column-2": "search"})
    assert answer.status_code in (400, 422)
    assert "n'est pas un champ" in text_of(answer)


async def test_accents_that_may_be_read_two_ways_are_shown(accounts: Accounts) -> None:
    page = await send(accounts.manager, "Numero inventaire;Designation\n35-2026-00500;ÉCOLE\n".encode("cp1252"))
    assert "Ils ont été lus ainsi : ÉCOLE." in text_of(await accounts.manager.get(page))


async def workbook_of(rows: list[list[str]]) -> bytes:
    async def pages() -> AsyncIterator[list[list[str]]]:
        yield rows[1:]

    return b"".join([piece async for piece in written(TableFormat.XLSX, rows[0], pages())])


async def test_six_changes_among_three_thousand_known_items_are_the_six_that_are_shown(accounts: Accounts) -> None:
    heads = ["Numéro d'inventaire", "Désignation", "Numéro de série", "Prix d'achat", "Lieu de rangement"]
    rows = [heads, *([f"MPA-{n:05}", "Tablette", f"SN{n}", "429,00", "Armoire B3"] for n in range(3_000))]
    await imported(accounts, await workbook_of(rows))
    for n, (column, cell) in enumerate([(2, "123456789012345"), (3, "412,50"), (4, "Armoire A1")] * 2):
        rows[100 * n + 1][column] = cell
    page = await send(accounts.manager, await workbook_of(rows), name="parc_mod.xlsx")
    if (job := (await accounts.manager.get(page)).headers.get("location")) is not None:
        assert await run()
        assert (await accounts.manager.get(job)).headers["location"] == page
    shown = (await accounts.manager.get(page)).text
    assert shown.count("<del>") == shown.count("<ins>") == 6
    text = text_of(await accounts.manager.get(page))
    assert "6 fiches à corriger" in text
    assert "MPA-00000" in text
    assert "Numéro de série ancien : SN0 → nouveau : 123456789012345" in text
    assert "Prix d'achat ancien : 429,00 € → nouveau : 412,50 €" in text
    assert "Importer 6 lignes" in text


async def imported(accounts: Accounts, data: bytes, slug: str = "materiels") -> str:
    """The page of the report of an import that is done."""
    page = await send(accounts.manager, data, slug)
    if "location" in (await accounts.manager.get(page)).headers:
        assert await run()
    await press(accounts.manager, page, "importer")
    assert await run()
    return page


async def test_more_than_a_hundred_corrected_records_are_read_by_pages(accounts: Accounts) -> None:
    lines = "".join(f"PAGE-{n:03};Tablette\n" for n in range(250))
    await imported(accounts, f"Numéro d'inventaire;Désignation\n{lines}".encode())
    page = await send(accounts.manager, f"Numéro d'inventaire;Désignation\n{lines}".replace("Tabl", "Tavl").encode())
    first = text_of(await accounts.manager.get(page))
    assert "250 fiches à corriger" in first
    assert "Page 1 sur 3" in first
    assert "PAGE-099" in first
    assert "PAGE-100" not in first
    last = text_of(await accounts.manager.get(f"{page}?corrigees=3"))
    assert "PAGE-249" in last
    assert "Page suivante" not in last
    assert "Page 3 sur 3" in text_of(await accounts.manager.get(f"{page}?corrigees=9"))


async def test_a_refused_line_says_what_was_in_its_cell(accounts: Accounts) -> None:
    data = "Numéro d'inventaire;Libellé\n35-1;1,23457E+14\n".encode()
    page = await send(accounts.manager, data)
    assert "Désignation « 1,23457E+14 »" in text_of(await accounts.manager.get(page))
    back = await accounts.manager.get(f"{page}/lignes-refusees/csv")
    assert "Désignation" in back.content.decode("utf-8-sig")


async def test_an_import_is_undone_from_its_report_once_its_number_is_written(accounts: Accounts) -> None:
    page = await imported(accounts, CSV)
    assert page in (await accounts.manager.get("/imports")).text
    shown = text_of(await accounts.manager.get(page))
    assert "1 matériel créé disparaît , et son numéro redevient libre." in shown
    assert "Possible jusqu'au" in shown
    wrong = await press(accounts.manager, page, "defaire")
    assert wrong.status_code == 422
    assert "Écrivez 1 pour défaire cet import." in text_of(wrong)
    assert await items.by_inventory_number(cast.SERVICE, "35-2026-00100") is not None
    token = re.search(r'name="_csrf" value="([^"]+)"', wrong.text)
    assert token
    answer = await accounts.manager.post(f"{page}/defaire", data={"_csrf": token[1], "nombre": "1"})
    job = answer.headers["location"]
    assert "Annulation de l'import" in text_of(await accounts.manager.get(job))
    assert (await accounts.manager.get(page)).headers["location"] == job
    assert await run()
    assert (await accounts.manager.get(job)).headers["location"] == page
    done = text_of(await accounts.manager.get(page))
    assert "Import défait" in done
    assert "1 fiche retirée" in done
    assert "Défaire cet import" not in done
    assert await items.by_inventory_number(cast.SERVICE, "35-2026-00100") is None
    assert "Import défait" in text_of(await accounts.manager.get("/journal"))
    reader = await accounts.reader.get(job)
    assert "1 fiche retirée, 0 fiche remise comme avant." in text_of(reader)


async def test_what_depends_on_an_import_is_named_instead_of_the_band(accounts: Accounts) -> None:
    page = await imported(accounts, CSV)
    item = await items.by_inventory_number(cast.SERVICE, "35-2026-00100")
    assert item is not None
    before = await accounts.manager.get(page)
    await items.save(item)
    text = text_of(await accounts.manager.get(page))
    assert "Cet import ne se défait plus." in text
    assert "1 matériel : une modification faite depuis ( 35-2026-00100 )" in text
    token = re.search(r'name="_csrf" value="([^"]+)"', before.text)
    assert token
    late = await accounts.manager.post(f"{page}/defaire", data={"_csrf": token[1], "nombre": "1"})
    assert late.headers["location"] == page
    assert "Cet import ne se défait plus" in text_of(await accounts.manager.get(page))


async def test_names_in_one_cell_are_shown_as_they_are_read(accounts: Accounts) -> None:
    table = f"Élève;Né(e) le;UAI\nKERVELLA Maëlle;04/03/2015;{cast.BAULON}\nYann Morvan;05/03/2015;{cast.BAULON}\n"
    page = await send(accounts.manager, table.encode(), slug="eleves", name="eleves.csv")
    text = text_of(await accounts.manager.get(page))
    assert "2 noms lus dans une seule case" in text
    assert re.search("3 Yann Morvan Yann Morvan à vérifier.* 2 KERVELLA Maëlle KERVELLA Maëlle", text)
    await read_anew(accounts.manager, page, **{"column-0": "eleve_prenom_nom"})
    assert "3 Yann Morvan Morvan Yann à vérifier" in text_of(await accounts.manager.get(page))


async def choose_schools(browser: httpx.AsyncClient, page: str, **typed: str) -> httpx.Response:
    token = re.search(r'name="_csrf" value="([^"]+)"', (await browser.get(page)).text)
    assert token
    return await browser.post(f"{page}/etablissements", data={"_csrf": token[1], **typed})


async def test_a_school_in_doubt_is_chosen_once_for_the_whole_file(accounts: Accounts) -> None:
    named = await schools.by_uai(cast.COLLEGE, cast.SERVICE)
    table = "Nom;Prénom;Né(e) le;École\n" + "".join(
        f"{name};Ana;04/03/2015;{school}\n"
        for name, school in (("Kervella", named.name), ("Morvan", named.name), ("Bihan", "Sirènes"), ("Goff", "IME X"))
    )
    page = await send(accounts.manager, table.encode(), slug="eleves", name="eleves.csv")
    shown = await accounts.manager.get(page)
    assert "3 établissements à choisir" in text_of(shown)
    assert f"{named.name}, {named.municipality_name} ({cast.COLLEGE})" in text_of(shown)
    assert "Importer" not in text_of(shown).partition("Choisir un autre fichier")[0].partition("Lignes refusées")[2]

    refused = await choose_schools(accounts.manager, page, **{"uai-1": "0359999Z"})
    assert refused.status_code == 422
    assert re.search('id="[^"]*uai-1-fault"', refused.text)

    said = {"school-0": cast.COLLEGE, "uai-1": cast.BAULON.lower(), "school-2": "aucun"}
    assert (await choose_schools(accounts.manager, page, **said)).headers["location"] == page
    shown = await accounts.manager.get(page)
    assert "Importer 3 lignes" in text_of(shown)
    assert "Établissements choisis" in text_of(shown)
    assert re.search(f'<option value="{cast.COLLEGE}" selected>', shown.text)
    assert re.search(f'name="uai-1" value="{cast.BAULON}"', shown.text)
    assert re.search('<option value="aucun" selected>', shown.text)

    # The columns may be said afterwards: the schools stay.
    await read_anew(accounts.manager, page)
    assert "Importer 3 lignes" in text_of(await accounts.manager.get(page))
    await press(accounts.manager, page, "importer")
    assert await run()
    known = await pupils.identities(cast.SERVICE, {date(2015, 3, 4)})
    found = {each.last_name: each.school_uai for each in known}
    assert found == {"Kervella": cast.COLLEGE, "Morvan": cast.COLLEGE, "Bihan": cast.BAULON}
    assert "Établissements choisis" not in text_of(await accounts.manager.get(page))


def two_sheets() -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        for name, number in (("Parc", "35-2026-00100"), ("Stock", "35-2026-00200")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["N° inv.", "Type"])
            sheet.write_row(1, 0, [number, "Loupe"])
    return made.getvalue()


async def test_the_other_worksheets_are_examined_without_sending_the_file_again(accounts: Accounts) -> None:
    page = await send(accounts.manager, two_sheets(), slug="inventaire", name="parc.xlsx")
    await press(accounts.manager, page, "importer")
    # The other one is asked for while the first is imported: it is another import.
    shown = await accounts.manager.get("/imports")
    token = re.search(r'name="_csrf" value="([^"]+)"', shown.text)
    assert token
    asked = {"_csrf": token[1], "sheet": "Stock"}
    other = await accounts.manager.post(f"{page}/autre-feuille", data=asked)
    assert other.status_code == 303
    await press(accounts.manager, other.headers["location"], "importer")
    assert await run()
    assert await run()
    for number in ("35-2026-00100", "35-2026-00200"):
        assert await items.by_inventory_number(cast.SERVICE, number) is not None
    text = text_of(await accounts.manager.get(page))
    assert "Examiner la feuille « Stock »" in text
    assert "Examiner la feuille « Parc »" not in text
    unknown = await accounts.manager.post(f"{page}/autre-feuille", data=asked | {"sheet": "Ailleurs"})
    assert unknown.status_code == 404
    assert "Ce classeur n'a pas de feuille « Ailleurs »." in text_of(unknown)


async def test_accents_that_read_several_ways_are_chosen(accounts: Accounts) -> None:
    data = "Numero;Type;Lieu\n35-2026-00500;ÉCRAN;x\n".encode("cp1252")
    page = await send(accounts.manager, data)
    shown = await accounts.manager.get(page)
    assert "Il manque une colonne" in text_of(shown)
    assert "ÉCRAN (Windows)" in text_of(shown)
    assert "…CRAN (Mac)" in text_of(shown)
    assert 'value="cp1252" checked' in shown.text
    said = {"column-0": "inventory_number", "column-1": "designation", "column-2": ""}
    await read_anew(accounts.manager, page, **said, encoding="mac_roman")
    shown = await accounts.manager.get(page)
    assert 'value="mac_roman" checked' in shown.text
    await press(accounts.manager, page, "importer")
    assert await run()
    found = await items.by_inventory_number(cast.SERVICE, "35-2026-00500")
    assert found is not None
    assert found.designation == "…CRAN"
    assert "(Mac)" not in text_of(await accounts.manager.get(page))


async def test_a_pupil_near_to_another_leads_to_the_other(accounts: Accounts) -> None:
    known = (await pupils.get_many([cast.CHILD], cast.SERVICE))[cast.CHILD]
    near = f"{known.last_name}x;{known.first_name};{known.birth_date:%d/%m/%Y};{cast.BAULON}\n"
    page = await send(accounts.manager, f"Nom;Prénom;Né(e) le;UAI\n{near}".encode(), slug="eleves")
    shown = await accounts.manager.get(page)
    assert "1 élève qui en rappelle un autre" in text_of(shown)
    assert f'<a href="/eleves/{cast.CHILD}">' in shown.text
