"""The circuit walked in a real browser, through the hands that it passes: manager, référent, coordination, signatory.

What the demonstration leaves half done is finished here, page after page; `tests/year` plays the figures of a year.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import DEMO_MANAGER, Site, Visit, check_accessibility
from tests.stage.signatory_cast import given_phone

from materiel.store.accounts import user as users

COORDINATOR, RECTORAT, SIGNATORY = (f"{name}@exemple.invalid" for name in ("coordination", "rectorat", "signataire"))


def said(page: Page, words: str | re.Pattern[str]) -> None:
    """What was done is told, on a page that everybody can read."""
    expect(page.locator("main .fr-alert, main [role=status]").filter(has_text=words).first).to_be_visible()
    check_accessibility(page)


def press(page: Page, name: str | re.Pattern[str]) -> None:
    page.locator("main").get_by_role("button", name=name).first.click()


async def with_a_phone(site: Site) -> None:
    """The service asks a second factor of who signs for the State."""
    user = await users.find_by_email(SIGNATORY)
    assert user is not None
    await given_phone(user.id, secret_key=site.settings["MATERIEL_SECRET_KEY"], now=datetime.now(UTC))


@pytest.mark.parametrize("js", [True, False], ids=["scripts", "no script"])
def test_a_referent_notes_what_serves_and_asks_on_a_phone(visit: Visit, site: Site, js: bool) -> None:
    page = visit(re.sub(r"^https?://[^/]+", "", site.told["access"]["links"]["référent"]), width=320, js=js)
    page.locator("main li a.fr-link").first.click()
    expect(page.get_by_role("button", name="Noter", exact=True)).to_be_visible()
    for answer in page.get_by_role("radio", name="Peu utilisé").all():
        answer.check(force=True)
    press(page, "Noter")
    expect(page.get_by_text("C’est noté. Merci.").first).to_be_visible()
    if js:
        check_accessibility(page)


def test_what_was_noted_and_asked_is_read_by_the_service(visit: Visit) -> None:
    page = visit("/besoins", account=DEMO_MANAGER)
    page.get_by_role("link", name=re.compile("^Demandé, à confirmer")).click()
    page.locator("main table a").first.click()
    press(page, "Confirmer")
    said(page, "file")


def test_what_sleeps_is_asked_for_and_passes_to_who_needs_it(visit: Visit) -> None:
    page = visit("/dormants", account=COORDINATOR)
    page.get_by_role("row", name=re.compile("RECT-TAB-001")).get_by_role("link", name=re.compile("Demander")).click()
    page.get_by_label("Service qui en a besoin").select_option(index=1)
    page.get_by_label("Motif").fill("Un élève attend une tablette.")
    press(page, "Demander")
    said(page, "demandé")
    page = visit("/transferts", account=RECTORAT)
    page.get_by_role("row", name=re.compile("élève attend une tablette")).get_by_role("link").first.click()
    check_accessibility(page)
    press(page, "Accepter le transfert")
    said(page, "passe")
    page = visit("/materiels?q=RECT-TAB-001", account=DEMO_MANAGER)
    expect(page.get_by_role("link", name="RECT-TAB-001")).to_be_visible()


def test_a_seat_is_freed_and_the_key_is_read_by_who_may(visit: Visit) -> None:
    page = visit("/licences", account=DEMO_MANAGER)
    page.get_by_role("link", name="Voix Haute 9").click()
    expect(page.get_by_text("EXEMPLE-VH9")).to_have_count(0)
    press(page, "Lire la clé")
    expect(page.locator("main .m-code").filter(has_text="1234").first).to_be_visible()
    page.get_by_label("Matériel ou prêt").select_option(index=1)
    page.get_by_role("radio", name="Désactivé chez l’éditeur").check(force=True)
    press(page, "Noter")
    said(page, "C’est noté")
    expect(page.locator("main").get_by_text("1 place libre sur 2").first).to_be_visible()


def test_a_kit_is_made_and_lent_as_one(visit: Visit) -> None:
    page = visit("/kits", account=DEMO_MANAGER)
    page.get_by_role("link", name="DEMO-KIT-001").click()
    check_accessibility(page)
    page.get_by_role("link", name="Prêter ce kit").click()
    for part in ("DEMO-CLA-004", "DEMO-TRA-004", "DEMO-LOG-003"):
        expect(page.locator("main").get_by_text(part).first).to_be_visible()
    check_accessibility(page)


def test_an_end_of_life_is_decided_by_who_signs_for_the_state(visit: Visit, site: Site) -> None:
    site.run(lambda: with_a_phone(site))
    page = visit("/fins-de-vie", account=SIGNATORY)
    page.locator("main table a").first.click()
    check_accessibility(page)
    press(page, "Décider cette fin de vie")
    said(page, "décidée")


def test_what_is_counted_in_a_stocktake_is_seen_at_once(visit: Visit) -> None:
    page = visit("/recolements", account=DEMO_MANAGER)
    page.get_by_role("link", name="Récolement de l’année").click()
    page.get_by_role("link", name="Compter par scanner").click()
    page.locator("main [name=code]").fill("DEMO-BRS-003")
    page.locator("main [name=code]").press("Enter")
    expect(page.locator("main").get_by_text("DEMO-BRS-003").first).to_be_visible()
    check_accessibility(page)


def test_a_recalled_item_is_treated_and_lent_again(visit: Visit) -> None:
    page = visit("/rappels", account=DEMO_MANAGER)
    page.get_by_role("link", name=re.compile("La batterie")).click()
    page.get_by_role("row", name=re.compile("DEMO-LOU-003")).get_by_role("checkbox").check(force=True)
    page.get_by_role("radio", name="Batterie remplacée").check(force=True)
    press(page, "Noter")
    said(page, re.compile("noté|traité"))


def test_the_year_is_told_in_one_press(visit: Visit) -> None:
    page = visit("/chiffres", account=DEMO_MANAGER)
    check_accessibility(page)
    with page.expect_download() as table:
        press(page, "Tableau (XLSX)")
    assert table.value.path().read_bytes().startswith(b"PK")
    with page.expect_response(re.compile("/chiffres/rapport")) as report:
        press(page, "Rapport (PDF)")
    assert (report.value.status, report.value.headers["content-type"]) == (200, "application/pdf")
