"""A list of September in a real browser: sixty pupils moved group by group, a list read on a telephone too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import DEMO_MANAGER, Site, Visit, check_accessibility
from tests.browser.test_manager_import import SECONDS, examine

from materiel.domain.imports.import_file import ImportKind
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch

ECOLE, COLLEGE, IME = "0350122T", "0350965J", "0350693N"
NEW = 57
LENT = {"Lou": ("Spécimen", COLLEGE), "Jade": ("Essai", COLLEGE), "Tom": ("Inventé", IME)}
"""Pupils of the demonstration who have something at home, and where the list says they are."""


async def born(first_name: str) -> str:
    service = await services.by_code("DEMO35")
    (row,) = await fetch(
        f"SELECT birth_date FROM pupil WHERE service = '{service.id}' AND first_name = '{first_name}'"
        f" AND last_name = '{LENT[first_name][0]}'"
    )
    return str(row["birth_date"])[:10]


def table(folder: Path, name: str, uai: str, *more: str) -> Path:
    """A file of `NEW` pupils of one school, and of other lines."""
    lines = [f"Rentrée {number};Alma;2015-{number % 12 + 1:02}-10;{uai}" for number in range(NEW)]
    file = folder / name
    file.write_text("\n".join(["Nom;Prénom;Date de naissance;UAI", *lines, *more]), encoding="utf-8")
    return file


@pytest.fixture
def moves(visit: Visit, site: Site, tmp_path: Path) -> Page:
    """The page of the moves of sixty pupils, fifty-seven of whom have nothing lent."""
    page = visit("/imports", account=DEMO_MANAGER)
    examine(page, ImportKind.PUPILS, table(tmp_path, "printemps.csv", ECOLE))
    page.get_by_role("button", name=re.compile("^Importer")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import terminé : élèves", timeout=30 * SECONDS)
    lent = [f"{last};{first};{site.run(lambda who=first: born(who))};{uai}" for first, (last, uai) in LENT.items()]
    examine(page, ImportKind.PUPILS, table(tmp_path, "septembre.csv", COLLEGE, *lent))
    expect(page.get_by_text("Il n’y a rien à importer")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("link", name="60 élèves changent d’établissement").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("60 élèves changent d’établissement")
    return page


def test_sixty_pupils_change_school_group_by_group(moves: Page) -> None:
    page = moves
    expect(page.get_by_role("heading", name="2 élèves dont il faut notifier le prêt")).to_be_visible()
    expect(page.get_by_role("heading", name="1 élève ne peut pas suivre ainsi")).to_be_visible()
    expect(page.get_by_text("59 élèves choisis.")).to_be_visible()
    check_accessibility(page)
    for width in (320, 360):
        page.set_viewport_size({"width": width, "height": 740})
        check_accessibility(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("checkbox", name="Choisir Alma Rentrée 3", exact=True).uncheck()
    expect(page.get_by_text("58 élèves choisis.")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Revoir")).click()
    expect(page.get_by_text("58 élèves choisis.")).to_be_visible()
    address = page.url
    page.get_by_role("button", name=re.compile("dont il faut notifier")).click()
    # Two are moved before the page is shown.
    expect(page.get_by_role("heading", name="2 élèves dans leur nouvel établissement")).to_be_visible()
    expect(page.get_by_role("link", name="Lou Spécimen")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("link", name="Envoyer les notifications").click()
    expect(page.get_by_text("Collège le Landry").first).to_be_visible()
    page.goto(address)
    page.get_by_role("button", name="Changer d’établissement").click()
    expect(page.get_by_role("heading", name="57 élèves dans leur nouvel établissement")).to_be_visible(
        timeout=30 * SECONDS
    )
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("1 élève change d’établissement")
    expect(page.get_by_role("link", name="Décider")).to_be_visible()
