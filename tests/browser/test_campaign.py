"""« Rentrée » in a browser: examined, a group decided, run, printed, followed; with a script and without."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from tests.browser.conftest import DEMO_MANAGER, Visit, check_accessibility, check_no_sideways_scroll

SOON = 30_000
"""Milliseconds: the work takes some seconds, and a page without a script is read again every five."""

SENT = """async form => {
    const body = new URLSearchParams(new FormData(form));
    return (await fetch(form.action, { method: "POST", body })).headers.get("content-type");
}"""
"""What a form answers: the browser's own viewer of PDF would ask its own files for it."""


def look(page: Page) -> None:
    check_accessibility(page)
    check_no_sideways_scroll(page)


def examine(page: Page, year: str) -> None:
    page.get_by_label("Année scolaire").select_option(year)
    page.get_by_role("button", name="Examiner les prêts en cours").click()
    # Shown once nothing is under way: the page is then read again no more.
    expect(page.get_by_role("heading", name=re.compile("^(Lancer|Rien à lancer)$"))).to_be_visible(timeout=SOON)


def test_a_campaign_from_its_examination_to_its_follow_up(visit: Visit) -> None:
    page = visit("/rentree/nouvelle", account=DEMO_MANAGER, width=320)
    look(page)
    examine(page, "2027")
    look(page)
    deposits = page.locator("details", has_text="Dépôt collectif dont le terme arrive").last
    deposits.locator("summary").click()
    look(page)
    deposits.get_by_role("button", name=re.compile("^Renouveler")).click()
    expect(page.get_by_text("à renouveler au prochain lancement")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Lancer pour")).click()
    expect(page.get_by_role("heading", name="Rien à lancer")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("heading", name="Où en est ce qui est fait")).to_be_visible()
    look(page)
    form = page.locator("form", has_text="Tout imprimer (PDF)")
    assert form.evaluate(SENT) == "application/pdf"


def test_without_a_script_a_group_is_put_off_and_the_report_is_read(visit: Visit) -> None:
    page = visit("/rentree/nouvelle", account=DEMO_MANAGER, js=False, width=1280)
    examine(page, "2028")
    group = page.locator("details").filter(has=page.get_by_role("button", name=re.compile("^Laisser"))).first
    group.get_by_role("button", name=re.compile("^Laisser")).click()
    expect(page.get_by_text("laissé pour plus tard")).to_be_visible()
    check_no_sideways_scroll(page)
    page.goto(f"{page.url}/suivi?etat=awaited")
    expect(page.get_by_role("heading", level=1)).to_have_text("Signature attendue")
