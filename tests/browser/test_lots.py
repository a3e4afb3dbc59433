"""What is done in number: asked from a list, followed, read to the end; with a script and without."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import DEMO_MANAGER, Site, Visit, check_accessibility
from tests.browser.counter import Counter

from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch

Count = Callable[[str, int], Counter]
READ_AGAIN = 20_000
"""Milliseconds: a page without a script is read again every five seconds."""


async def kept_in(place: str) -> int:
    service = await services.by_code("DEMO35")
    return len(await fetch(f"SELECT id FROM item WHERE service = '{service.id}' AND storage_place = '{place}'"))


def move_the_park(page: Page, place: str) -> None:
    page.get_by_role("checkbox", name=re.compile("^Tous ceux")).check()
    page.get_by_role("button", name="Changer le rangement").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Changer le rangement de")
    check_accessibility(page)
    page.get_by_label("Lieu de rangement").fill(place)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page).to_have_url(re.compile(r"/taches/[0-9a-f-]{36}$"))


def test_the_whole_park_is_moved_and_the_report_says_so(visit: Visit, site: Site) -> None:
    page = visit("/materiels", account=DEMO_MANAGER)
    move_the_park(page, "Sous-sol")
    done = page.get_by_role("heading", name=re.compile(r"matériels rangés à «\sSous-sol\s»"))
    expect(done).to_be_visible()
    check_accessibility(page)
    moved = site.run(lambda: kept_in("Sous-sol"))
    assert moved > 50
    assert str(moved) in done.inner_text()
    page.get_by_text("matériels rangés", exact=False).last.click()
    expect(page.get_by_role("link", name="DEMO-ORD-001")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_without_a_script_the_page_reads_itself_again_until_it_is_over(visit: Visit, width: int) -> None:
    page = visit("/materiels", account=DEMO_MANAGER, js=False, width=width)
    place = f"Armoire {width}"
    page.get_by_role("checkbox", name=re.compile("^Tous ceux")).check()
    page.get_by_role("button", name="Changer le rangement").click()
    page.get_by_label("Lieu de rangement").fill(place)
    page.get_by_role("button", name="Enregistrer").click()
    done = page.get_by_role("heading", name=re.compile(rf"matériels rangés à «\s{place}\s»"))
    expect(done).to_be_visible(timeout=READ_AGAIN)
