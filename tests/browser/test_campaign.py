"""« Rentrée » in a browser, from its examination to its follow-up; « Récolement », from its opening to its report."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect
from tests.browser.conftest import DEMO_MANAGER, Site, Visit, check_accessibility, check_no_sideways_scroll

from materiel.domain.work.outbox import Purpose
from materiel.store.accounts import service as services
from materiel.store.work import outbox

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


async def asked_at(path: str, purpose: Purpose) -> str:
    """Where the link of the last message of a purpose leads that holds one of this beginning."""
    service = await services.by_code("DEMO35")
    letters = [each for each in await outbox.page(service.id, limit=200) if each.purpose is purpose]
    found = [re.search(rf"^http\S+{path}\S+$", each.text, re.MULTILINE) for each in letters]
    return next(urlsplit(each[0]).path for each in found if each)


def test_a_stocktake_from_its_opening_to_its_report(site: Site, visit: Visit) -> None:
    page = visit("/recolements/nouveau", account=DEMO_MANAGER, width=320)
    look(page)
    page.get_by_label("Nom du récolement").fill("Récolement des écoles")
    page.get_by_role("button", name="Ouvrir le récolement").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Récolement des écoles")
    look(page)
    sheet = page.url
    page.get_by_role("link", name="Compter par scanner").click()
    look(page)
    page.get_by_label("Code ou numéro d’inventaire").fill("DEMO-TAB-004")
    page.keyboard.press("Enter")
    expect(page.locator("#pile")).to_contain_text("DEMO-TAB-004")
    look(page)
    page.goto(sheet)
    page.get_by_role("button", name=re.compile("^Relancer les .* lieux par courriel$")).click()
    expect(page.get_by_text("Interrogés par courriel")).to_be_visible()
    family = visit(site.run(lambda: asked_at("/f/", Purpose.STOCKTAKE)), width=320)
    look(family)
    family.get_by_role("button", name=re.compile("^Je l’ai")).first.click()
    expect(family.get_by_text("Vous avez dit que vous l’avez")).to_be_visible()
    look(family)
    school = visit(site.run(lambda: asked_at("/e/", Purpose.INSTITUTION)), width=320)
    expect(school.get_by_text("Un récolement est en cours")).to_be_visible()
    school.get_by_role("button", name="Tout est présent").click()
    expect(school.get_by_text("C’est noté")).to_be_visible()
    page.goto(f"{sheet}/materiels?resultat=found")
    expect(page.get_by_text("par la famille")).to_be_visible()
    expect(page.get_by_text("par l’établissement ou la commune").first).to_be_visible()
    look(page)
    page.goto(f"{sheet}/cloture")
    look(page)
    page.get_by_role("button", name="Clore le récolement").click()
    expect(page.get_by_text("Le récolement est clos")).to_be_visible()
    look(page)
    report = page.get_by_role("link", name=re.compile("^Procès-verbal")).get_attribute("href")
    kind = page.evaluate("async path => (await fetch(path)).headers.get('content-type')", report)
    assert kind == "application/pdf"


def test_without_a_script_a_gap_is_settled_in_one_press(visit: Visit) -> None:
    page = visit("/recolements", account=DEMO_MANAGER, js=False, width=1280)
    check_no_sideways_scroll(page)
    page.get_by_role("link", name=re.compile("^Récolement de l’année")).click()
    check_no_sideways_scroll(page)
    page.get_by_role("link", name=re.compile("^Écarts à décider")).click()
    check_no_sideways_scroll(page)
    gap = page.get_by_role("link", name=re.compile("^Décider")).first
    gap.click()
    check_no_sideways_scroll(page)
    page.locator("summary", has_text="Le tenir pour vu").click()
    page.get_by_label("Motif").fill("Vu au service de prêt")
    page.get_by_role("button", name="Tenir pour vu").click()
    expect(page.get_by_text("est tenu pour vu")).to_be_visible()
