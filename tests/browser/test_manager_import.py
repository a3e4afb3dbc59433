"""Imports in a real browser: a manager leaves the spreadsheet, with scripts and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import DEMO_MANAGER, Site, Visit, check_accessibility, check_no_sideways_scroll, space_text

from materiel.domain.imports.import_file import ImportKind
from materiel.domain.language.typography import typeset
from materiel.use_cases.imports import import_file
from materiel.web.pages.imports.import_file import SLUGS

FILES = Path(__file__).parents[1] / "exchange" / "files"
SECONDS = 1_000


def examine(page: Page, kind: ImportKind, file: Path) -> None:
    """Choose a file and have it examined."""
    page.goto("/imports")
    page.get_by_label(typeset(f"Fichier ({kind.label.lower()})")).set_input_files(file)
    page.get_by_role("button", name=typeset(f"Examiner : {kind.label}")).click()


def test_an_inventory_is_taken_from_excel(visit: Visit, tmp_path: Path) -> None:
    page = visit("/", account=DEMO_MANAGER)
    page.get_by_role("link", name="Imports et exports").click()
    examine(page, ImportKind.ITEMS, FILES / "inventaire.xlsx")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce que l’import ferait : matériels")
    refused = page.get_by_role("table", name="Lignes refusées")
    expect(refused.get_by_role("row")).to_have_count(1 + 4)
    expect(page.get_by_role("table", name="Cases laissées de côté").get_by_role("row")).to_have_count(1 + 2)
    check_accessibility(page)
    page.get_by_role("button", name="Importer 296 lignes").click()
    # The page of the job leads to the report by itself.
    expect(page.get_by_role("heading", level=1)).to_have_text("Import terminé : matériels", timeout=30 * SECONDS)
    expect(page.get_by_text("296 lignes enregistrées, 4 refusées.")).to_be_visible()
    check_accessibility(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="classeur des lignes refusées").click()
    back = tmp_path / "refusees.xlsx"
    download.value.save_as(back)
    examine(page, ImportKind.ITEMS, back)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce que l’import ferait : matériels")
    page.goto("/materiels?q=XL-0001")
    expect(page.get_by_role("link", name="XL-0001")).to_be_visible()


def test_pupils_are_taken_from_libreoffice_without_a_script(visit: Visit) -> None:
    page = visit("/imports", account=DEMO_MANAGER, js=False, width=390)
    examine(page, ImportKind.PUPILS, FILES / "eleves.ods")
    page.get_by_role("button", name="Importer 300 lignes").click()
    # The heading is waited for, a link is not: between two pages there is neither.
    for _ in range(120):
        if page.get_by_role("heading", level=1).inner_text() != "Import du fichier":
            break
        page.wait_for_timeout(SECONDS / 2)
        page.get_by_role("link", name="Actualiser").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import terminé : élèves")
    page.get_by_role("link", name="Voir les élèves").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Élèves")


def test_a_large_file_shows_how_far_its_examination_is(visit: Visit, site: Site, tmp_path: Path) -> None:
    large = tmp_path / "parc.csv"
    lines = [f"GRAND-{number:05};Tablette 10 pouces" for number in range(30_000)]
    large.write_text("\n".join(["Numéro d'inventaire;Désignation", *lines]), encoding="utf-8")
    assert large.stat().st_size > import_file.AT_ONCE
    page = visit("/imports", account=DEMO_MANAGER)
    examine(page, ImportKind.ITEMS, large)
    expect(page.get_by_role("heading", level=1)).to_have_text("Examen du fichier")
    check_accessibility(page)
    expect(page.get_by_role("progressbar")).to_have_attribute("max", "30001", timeout=30 * SECONDS)
    expect(page.get_by_role("button", name="Importer 30 000 lignes")).to_be_visible(timeout=90 * SECONDS)
    page.get_by_role("button", name="Abandonner et oublier ce fichier").click()
    expect(page.get_by_text("Le fichier est oublié.")).to_be_visible()


def test_a_protected_workbook_is_explained_beside_its_field(visit: Visit) -> None:
    page = visit("/imports", account=DEMO_MANAGER, width=390)
    examine(page, ImportKind.ITEMS, FILES / "protege.xlsx")
    expect(page.locator("#errors")).to_be_focused()
    expect(page.get_by_text("protégé par un mot de passe").first).to_be_visible()
    check_accessibility(page)


def test_town_halls_complete_communes_and_what_is_ticked_is_replaced(visit: Visit) -> None:
    page = visit("/imports", account=DEMO_MANAGER, width=360)
    examine(page, ImportKind.MUNICIPALITIES, FILES / "mairies.json")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce que l’import ferait : mairies")
    check_accessibility(page)
    page.get_by_label("Remplacer : courriel de Baulon").check()
    page.get_by_role("button", name="Compléter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import terminé : mairies", timeout=30 * SECONDS)
    expect(page.get_by_text("Code envoyé")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("link", name="Baulon").first.click()
    expect(page.get_by_text("Une nouvelle boîte attend son code")).to_be_visible()
    expect(page.get_by_text("Licence Ouverte 2.0, 15 janvier 2026")).to_be_visible()
    check_accessibility(page)


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_no_page_of_an_import_breaks_the_rules(visit: Visit, width: int, scheme: str) -> None:
    page = visit("/imports", account=DEMO_MANAGER, width=width, scheme=scheme)
    for unfolded in page.locator("main summary").all():
        unfolded.click()
    check_accessibility(page)
    for slug, file in (("materiels", "inventaire.xls"), ("eleves", "eleves.ods"), ("mairies", "mairies.json")):
        examine(page, SLUGS[slug], FILES / file)
        check_accessibility(page)
        if width == 320:
            space_text(page)
            check_no_sideways_scroll(page)


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_what_a_file_leaves_in_doubt_is_answered_on_its_page(
    visit: Visit, tmp_path: Path, width: int, scheme: str
) -> None:
    file = tmp_path / "eleves.csv"
    file.write_text(
        "Élève;Date;École;Note\nKERVELLA Maëlle;04/03/2015;Collège Pierre Brossolette;x\n"
        "Morvan Tom;05/03/2015;Les Sirènes du Large;\nMorvan Tomm;05/03/2015;Collège Pierre Brossolette\n",
        encoding="utf-8",
    )
    page = visit("/imports", account=DEMO_MANAGER, width=width, scheme=scheme)
    examine(page, ImportKind.PUPILS, file)
    expect(page.get_by_text("deviné d’après le contenu")).to_be_visible()
    page.get_by_label("« Collège Pierre Brossolette » est", exact=True).select_option("0350002M")
    page.get_by_label("« Les Sirènes du Large » est un autre : son UAI").fill("0350002M")
    check_accessibility(page)
    if width == 320:
        space_text(page)
        check_no_sideways_scroll(page)
    page.get_by_role("button", name="Relire avec ces établissements").click()
    expect(page.get_by_role("heading", name="Établissements choisis")).to_be_visible()
    expect(page.get_by_role("table", name="Noms lus dans une seule case").get_by_role("row")).to_have_count(1 + 3)
    expect(page.get_by_role("button", name="Importer 3 lignes")).to_be_visible()
    expect(page.get_by_role("heading", name="1 élève qui en rappelle un autre")).to_be_visible()
    check_accessibility(page)
    if width == 320:
        space_text(page)
        check_no_sideways_scroll(page)
