"""An administrator rules who comes in: opens an account, requires a second factor, closes and reopens."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pyotp
import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Site, Visit, check_accessibility

PASSWORD = "une phrase de bruyère mauve"
USERS = "/reglages/comptes"


def new_administrator(site: Site, email: str) -> None:
    arguments = ("--email", email, "--name", "Alix Essai", "--role", "admin", "--service", "DEMO35")
    site.command("user", "create", *arguments)


def set_up_second_factor(page: Page) -> None:
    """From the page where an account is led, to its recovery codes noted."""
    expect(page).to_have_url(re.compile("/compte/second-facteur$"))
    expect(page.get_by_text("Votre service exige un second facteur")).to_be_visible()
    expect(page.get_by_role("navigation", name="Menu principal")).to_have_count(0)
    check_accessibility(page)
    page.get_by_role("button", name="Commencer").click()
    expect(page.get_by_role("img", name="Code QR")).to_be_visible()
    check_accessibility(page)
    seed = page.locator(".m-code").inner_text().replace(" ", "")
    page.get_by_label("Code à six chiffres").fill(pyotp.TOTP(seed).at(datetime.now(UTC)))
    page.get_by_role("button", name="Activer").click()
    expect(page.get_by_role("heading", name="Vos codes de secours")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("link", name="J’ai noté ces codes").click()


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")], ids=["phone", "computer"])
def test_an_administrator_rules_who_comes_in(visit: Visit, site: Site, width: int, scheme: str) -> None:
    boss, email = f"regle{width}@exemple.invalid", f"lou{width}@exemple.invalid"
    new_administrator(site, boss)
    page = visit(USERS, width=width, scheme=scheme, account=boss)
    page.get_by_label("Nom", exact=True).fill(f"Lou Neuf {width}")
    page.get_by_label("Adresse électronique").fill(email)
    page.get_by_role("button", name="Ouvrir le compte").click()
    expect(page.get_by_role("heading", name="Lien à transmettre")).to_be_visible()
    check_accessibility(page)
    link = page.locator(".m-code").inner_text().removeprefix(site.url)
    page.get_by_role("link", name="Revenir aux comptes").click()

    page.get_by_role("button", name="Exiger un second facteur").click()
    set_up_second_factor(page)
    page.goto(USERS)
    expect(page.get_by_text("Exigé", exact=True)).to_be_visible()
    check_accessibility(page)

    other = visit(link, width=width, scheme=scheme)
    other.get_by_label("Nouveau mot de passe").fill(PASSWORD)
    other.get_by_label("Le même, une seconde fois").fill(PASSWORD)
    other.get_by_role("button", name="Enregistrer").click()
    other.get_by_label("Adresse électronique").fill(email)
    other.get_by_label("Mot de passe").fill(PASSWORD)
    other.get_by_role("button", name="Se connecter").click()
    other.goto("/materiels")
    set_up_second_factor(other)
    other.goto("/materiels")
    expect(other.get_by_role("heading", name="Parc")).to_be_visible()

    panel = page.get_by_role("region", name=f"Lou Neuf {width}")
    panel.get_by_text("Modifier ce compte").click()
    panel.get_by_role("button", name="Fermer ce compte").click()
    expect(page.get_by_text("Le compte est fermé")).to_be_visible()
    other.goto("/materiels")
    expect(other).to_have_url(re.compile("/connexion"))
    page.locator("summary", has_text="compte").filter(has_text="fermé").click()
    check_accessibility(page)
    page.get_by_role("button", name=f"Rouvrir ce compte : Lou Neuf {width}").click()
    expect(page.get_by_role("heading", name="Lien à transmettre")).to_be_visible()
    page.goto(USERS)
    page.get_by_role("button", name="Ne plus exiger de second facteur").click()
    expect(page.get_by_text("Au choix de chacun", exact=True)).to_be_visible()


def test_an_administrator_has_another_program_told(visit: Visit, site: Site) -> None:
    boss = "webhook@exemple.invalid"
    new_administrator(site, boss)
    page = visit("/reglages", width=320, scheme="dark", account=boss)
    page.get_by_role("link", name="Webhooks").click()
    check_accessibility(page)
    page.get_by_label("Adresse à appeler").fill("https://127.0.0.1/appels")
    page.get_by_role("button", name="Ajouter").click()
    expect(page.locator("#errors")).to_contain_text("à l’intérieur du réseau")
    check_accessibility(page)
    page.get_by_label("Adresse à appeler").fill("https://outil.exemple.invalid/appels")
    page.get_by_label("Matériel remis").check(force=True)
    page.get_by_role("button", name="Ajouter").click()
    expect(page.locator(".m-code")).to_contain_text("webhook_")
    check_accessibility(page)
    page.get_by_role("link", name="Voir ce webhook").click()
    page.get_by_role("button", name="Essayer").click()
    expect(page.get_by_role("row").filter(has_text="Essai")).to_have_count(1)
    check_accessibility(page)
    page.get_by_role("button", name="Mettre en pause").click()
    expect(page.get_by_text("En pause", exact=True)).to_be_visible()
    page.goto("/compte")
    page.get_by_role("link", name="Gérer l’adresse de mon agenda").click()
    check_accessibility(page)
    page.get_by_role("button", name="Faire une adresse").click()
    expect(page.locator(".m-code")).to_contain_text("/agenda/")
    check_accessibility(page)
