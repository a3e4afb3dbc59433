"""Lending in a real browser: in a few gestures, by the keyboard, without scripts."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import DEMO_MANAGER, Site, Visit, check_accessibility
from tests.browser.counter import Counter
from tests.stage.stock import stock_of

from materiel.domain.item.item import Item
from materiel.domain.people.pupil import Pupil
from materiel.store.accounts import user as users
from materiel.store.people import pupil as pupils

Count = Callable[[str, int], Counter]


@pytest.fixture(scope="module")
def service_id(site: Site) -> UUID:
    manager = site.run(lambda: users.find_by_email(DEMO_MANAGER))
    assert manager is not None
    return manager.service_id


def in_stock(site: Site, service_id: UUID) -> Item:
    """An item that may be lent now; the first ones are what a need waits for."""
    return site.run(lambda: stock_of(service_id))[-1]


def a_pupil(site: Site, service_id: UUID) -> Pupil:
    """Alix, in a public école."""
    return site.run(lambda: pupils.page(service_id, q="alix", limit=1))[0]


def check_issued(page: Page) -> None:
    expect(page.get_by_role("heading", name="Documents à imprimer ou à envoyer")).to_be_visible()
    expect(page.get_by_role("link", name="Imprimer tout (un seul PDF)")).to_be_visible()


def test_lend_from_the_home_page_in_at_most_eight_gestures(
    visit: Visit, site: Site, service_id: UUID, count: Count
) -> None:
    item, pupil = in_stock(site, service_id), a_pupil(site, service_id)
    journey = count("Prêter un matériel connu à un élève connu, de l'accueil aux documents émis", 8)
    page = visit("/", width=320, account=DEMO_MANAGER)
    journey.click(page.get_by_role("link", name="Prêter", exact=True).first)
    search = page.get_by_role("main").get_by_role("searchbox")
    expect(search).to_be_focused()
    journey.fill(search, f"{pupil.first_name} {pupil.last_name}")
    journey.press(search, "Enter")
    journey.scan(page.get_by_role("main").get_by_role("searchbox"), item.inventory_number)
    journey.click(page.get_by_role("link", name="Ramené au domicile", exact=True))
    expect(page.get_by_role("heading", name="Autorisé")).to_be_visible()
    journey.click(page.get_by_role("button", name="Créer et émettre"))
    check_issued(page)
    check_accessibility(page)


def test_lend_without_scripts(visit: Visit, site: Site, service_id: UUID) -> None:
    item, pupil = in_stock(site, service_id), a_pupil(site, service_id)
    page = visit(f"/eleves/{pupil.id}", js=False, account=DEMO_MANAGER)
    page.get_by_role("link", name="Prêter du matériel").first.click()
    page.get_by_role("main").get_by_role("searchbox").fill(item.inventory_number)
    page.get_by_role("button", name="Ajouter").click()
    page.get_by_role("link", name="Reste en permanence").click()
    expect(page.get_by_text("Convention tripartite de prêt et de dépôt")).to_be_visible()
    page.get_by_label("Premier jour").fill("")
    page.get_by_role("button", name="Créer et émettre").evaluate("button => button.form.noValidate = true")
    page.get_by_role("button", name="Créer et émettre").click()
    expect(page.get_by_role("heading", name="Une erreur est à corriger")).to_be_visible()
    page.get_by_label("Premier jour").fill("2026-12-01")
    page.get_by_role("button", name="Créer et émettre").click()
    check_issued(page)


def test_the_one_who_waits_longest_is_lent_what_slept_longest(visit: Visit, count: Count) -> None:
    journey = count("Satisfaire le plus ancien besoin, de l'accueil aux documents émis", 6)
    page = visit("/", width=1280, account=DEMO_MANAGER)
    journey.click(page.get_by_role("navigation", name="Menu principal").get_by_role("link", name="Besoins"))
    check_accessibility(page)
    journey.click(page.get_by_role("row").filter(has_text="Plage braille").get_by_role("link"))
    check_accessibility(page)
    journey.click(page.get_by_role("link", name="Prêter DEMO-").first)
    expect(page.get_by_text("que la remise satisfera")).to_be_visible()
    journey.click(page.get_by_role("link", name="Ramené au domicile", exact=True))
    expect(page.get_by_role("heading", name="Autorisé")).to_be_visible()
    journey.click(page.get_by_role("button", name="Créer et émettre"))
    check_issued(page)
    page.goto("/besoins?etape=prepares")
    expect(page.get_by_role("row").filter(has_text="Plage braille")).to_have_count(1)


def test_a_need_is_written_down_on_a_phone_without_scripts(visit: Visit) -> None:
    page = visit("/besoins", width=320, scheme="dark", js=False, account=DEMO_MANAGER)
    page.get_by_role("link", name="Inscrire un besoin").click()
    page.get_by_role("main").get_by_role("searchbox").fill("Malo")
    page.get_by_role("main").get_by_role("button", name="Rechercher").click()
    page.get_by_role("link", name="Prototype Malo").click()
    page.get_by_role("button", name="Inscrire ce besoin").evaluate("button => button.form.noValidate = true")
    page.get_by_role("button", name="Inscrire ce besoin").click()
    expect(page.locator("#errors")).to_contain_text("Indiquez le jour de la notification")
    page.get_by_label("Mots de la décision").fill("Clavier à grandes touches")
    page.get_by_label("Notification de la CDAPH").check(force=True)
    page.get_by_label("Notifié ou demandé le").fill("2026-09-01")
    page.get_by_role("button", name="Inscrire ce besoin").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Clavier à grandes touches")


def test_lend_by_the_keyboard_alone(visit: Visit, site: Site, service_id: UUID) -> None:
    item, pupil = in_stock(site, service_id), a_pupil(site, service_id)
    page = visit(f"/preter?pupil={pupil.id}", account=DEMO_MANAGER)
    page.keyboard.type(item.inventory_number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Retirer")).to_be_visible()
    reach(page, "Ramené au domicile")
    page.keyboard.press("Enter")
    # The next page must be there before the keyboard walks it.
    expect(page.get_by_role("heading", name="Autorisé")).to_be_visible()
    reach(page, "Créer et émettre")
    page.keyboard.press("Enter")
    check_issued(page)


def reach(page: Page, name: str) -> None:
    """Press Tab until the focus is on what bears this name."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("(document.activeElement.textContent || '').trim()") == name:
            return
    raise AssertionError(f"« {name} » cannot be reached by the keyboard")


def test_after_a_death_someone_takes_contact_by_voice(visit: Visit) -> None:
    page = visit("/", width=320, account=DEMO_MANAGER)
    expect(page.get_by_role("heading", name="Reprendre contact de vive voix")).to_be_visible()
    page.get_by_role("main").get_by_role("link").filter(has_text="Zéphyr").first.click()
    expect(page.get_by_text("Convenez du retour par un contact direct").first).to_be_visible()
    expect(page.get_by_text("En retard")).to_have_count(0)
    expect(page.get_by_role("link", name="Renouveler")).to_have_count(0)
    expect(page.get_by_role("button", name="Relancer")).to_have_count(0)
    check_accessibility(page)
    page.get_by_text("Autres actes").click()
    page.get_by_role("link", name="Lettre d’accompagnement").click()
    check_accessibility(page)
    page.get_by_label("Jour", exact=False).first.fill("2027-01-11")
    page.get_by_label("Heure").fill("14 h")
    page.get_by_role("button", name="Imprimer").click()
    expect(page.locator("#errors")).to_contain_text("confirmez que cette lettre part exprès")
