"""The shell in a real browser: every width, light and dark, without scripts, by the keyboard alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pyotp
import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import (
    DEMO_MANAGER,
    SECRET_KEY,
    Site,
    Visit,
    check_accessibility,
    check_no_sideways_scroll,
)

from materiel.domain.accounts.roles import Role
from materiel.store.accounts import credential as credentials
from materiel.store.accounts import user as users
from materiel.use_cases.accounts.second_factor import SEED
from materiel.use_cases.process.secrecy import decrypt

ADMIN = "admin@exemple.invalid"
PASSWORD = "une phrase de bruyère mauve"


def invitation(site: Site, email: str) -> str:
    return site.command("user", "invite", email, "--service", "DEMO35").strip().removeprefix(site.url)


def new_account(site: Site, email: str) -> str:
    """The link of an account made by the command."""
    arguments = ("--email", email, "--name", "Dominique Essai", "--role", Role.READER.value, "--service", "DEMO35")
    return site.command("user", "create", *arguments).strip().removeprefix(site.url)


def choose_password(page: Page) -> None:
    page.get_by_label("Nouveau mot de passe").fill(PASSWORD)
    page.get_by_label("Le même, une seconde fois").fill(PASSWORD)
    page.get_by_role("button", name="Enregistrer").click()


def log_in(page: Page, email: str) -> None:
    page.get_by_label("Adresse électronique").fill(email)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def test_the_menu_opens_on_a_phone_without_scripts(visit: Visit) -> None:
    page = visit("/compte", width=320, js=False, account=DEMO_MANAGER)
    menu = page.get_by_role("navigation", name="Menu principal")
    expect(menu).to_be_hidden()
    page.get_by_role("banner").get_by_role("link", name="Menu").click()
    expect(menu).to_be_visible()
    for target in menu.locator("a:visible, button:visible").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44, target.inner_text()
    menu.get_by_role("link", name="Fermer le menu").click()
    expect(menu).to_be_hidden()


def test_the_side_says_where_one_is(visit: Visit) -> None:
    page = visit("/materiels", account=DEMO_MANAGER)
    menu = page.get_by_role("navigation", name="Menu principal")
    assert menu.locator("[aria-current]").all_inner_texts() == ["Parc"]
    page.goto("/materiels/nouveau")
    assert menu.locator("[aria-current]").all_inner_texts() == ["Parc"]
    assert menu.locator("[aria-current]").get_attribute("aria-current") == "true"


def test_everything_is_reached_by_the_keyboard(visit: Visit) -> None:
    page = visit("/connexion")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"
    expect(page.get_by_role("link", name="Contenu")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "email"
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached = page.evaluate(
            """() => { const e = document.activeElement; const s = getComputedStyle(e);
            return e === document.body ? null : [e.textContent.trim(), s.outlineStyle !== "none"] }"""
        )
        if reached is None:
            break
        assert reached[1], f"the focus of « {reached[0]} » does not show"
        seen.append(reached[0])
    assert "Se connecter" in seen
    assert "Plan du site" in seen


def test_a_refused_form_leads_to_its_fields(visit: Visit) -> None:
    page = visit("/connexion", width=320)
    page.get_by_role("button", name="Se connecter").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile(r"^Erreur\s:\sConnexion"))
    expect(page.locator("#errors")).to_be_focused()
    check_accessibility(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Adresse électronique")).to_be_focused()
    page.keyboard.type("inconnu@exemple.fr")
    page.get_by_label("Mot de passe").fill("pas le bon")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Adresse électronique ou mot de passe incorrect")
    expect(page.get_by_label("Adresse électronique")).to_have_value("inconnu@exemple.fr")
    expect(page.get_by_label("Mot de passe")).to_have_value("")


@pytest.mark.parametrize("js", [True, False], ids=["with scripts", "without scripts"])
def test_a_sentence_of_an_annex_is_pointed_out_and_the_paper_seen(visit: Visit, js: bool) -> None:
    page = visit("/reglages/annexe", account=ADMIN, js=js, width=320)
    page.get_by_label("Titre").fill("Charte d’usage")
    charter = page.get_by_label("Charte d’usage")
    charter.fill("Prenez-en soin.\n\nUn chèque de caution est demandé.")
    page.get_by_role("button", name="Enregistrer cette version").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Code civil, art\.\s1876"))
    expect(page.get_by_role("checkbox", name="Un chèque de caution est demandé.")).not_to_be_checked()
    expect(charter).to_have_value("Prenez-en soin.\n\nUn chèque de caution est demandé.")
    if js:
        check_accessibility(page)
    check_no_sideways_scroll(page)
    charter.fill("Prenez-en soin.")
    with page.expect_response(lambda answer: answer.url.endswith("/reglages/annexe/papier")) as shown:
        page.get_by_role("button", name="Voir le papier").click(no_wait_after=True)
    assert shown.value.headers["content-type"] == "application/pdf"


@pytest.mark.parametrize("js", [True, False], ids=["with scripts", "without scripts"])
def test_an_agent_comes_in_with_two_factors(visit: Visit, site: Site, js: bool) -> None:
    email = f"dominique{js}@exemple.invalid".lower()
    page = visit(new_account(site, email), width=320, js=js)
    expect(page).to_have_url(re.compile("/nouveau-mot-de-passe$"))
    check_no_link_in(page)
    choose_password(page)
    expect(page.get_by_text("Votre mot de passe est enregistré")).to_be_visible()
    log_in(page, email)
    page.goto("/compte/second-facteur")
    page.get_by_role("button", name="Commencer").click()
    expect(page.get_by_role("img", name="Code QR")).to_be_visible()
    seed = page.locator(".m-code").inner_text().replace(" ", "")
    totp = pyotp.TOTP(seed)
    page.get_by_label("Code à six chiffres").fill(totp.at(datetime.now(UTC)))
    page.get_by_role("button", name="Activer").click()
    codes = page.locator(".m-codes li").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("banner").get_by_role("link", name="Menu").click()
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto("/connexion")
    log_in(page, email)
    page.get_by_label("Code à six chiffres").fill("000000")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("alert")).to_contain_text("n’est pas accepté")
    page.get_by_label("Code à six chiffres").fill(codes[0])
    page.get_by_role("button", name="Continuer").click()
    page.goto("/compte")
    expect(page.get_by_role("definition").filter(has_text="Dominique Essai")).to_be_visible()


def check_no_link_in(page: Page) -> None:
    """The secret of the link stays neither in the address nor in the page."""
    assert "/invitation/" not in page.url
    assert "/invitation/" not in page.content()


def test_the_seed_is_shown_once_and_kept_encrypted(visit: Visit, site: Site) -> None:
    email = "graine@exemple.invalid"
    page = visit(new_account(site, email))
    choose_password(page)
    log_in(page, email)
    page.goto("/compte/second-facteur")
    page.get_by_role("button", name="Commencer").click()
    check_accessibility(page)
    seed = page.locator(".m-code").inner_text().replace(" ", "")
    user = site.run(lambda: users.find_by_email(email))
    assert user is not None
    kept = site.run(lambda: credentials.get(user.id))
    assert kept is not None
    assert seed not in kept.totp_secret
    assert decrypt(SECRET_KEY, SEED, kept.totp_secret) == seed


def test_an_expired_session_leads_back_to_the_page(visit: Visit, site: Site) -> None:
    email = "retour@exemple.invalid"
    page = visit(new_account(site, email))
    choose_password(page)
    page.goto("/compte/connexions")
    expect(page).to_have_url(re.compile(r"/connexion\?suite=/compte/connexions$"))
    log_in(page, email)
    expect(page).to_have_url(re.compile("/compte/connexions$"))


def test_a_first_visit_is_light(visit: Visit) -> None:
    page = visit("about:blank")
    weights: list[int] = []
    page.on("response", lambda response: weights.append(len(response.body())))
    page.goto("/connexion", wait_until="networkidle")
    assert sum(weights) < 40_000, f"{sum(weights)} bytes in {len(weights)} answers"
    page.goto("/aide", wait_until="networkidle")
    sent = page.evaluate("performance.getEntriesByType('resource').map((file) => file.transferSize)")
    assert sent, "the page has a style sheet"
    assert set(sent) == {0}, "style sheets and scripts are asked for once"


PRINTED = (
    "/",
    "/materiels",
    "/prets",
    "/eleves",
    "/documents",
    "/etablissements",
    "/communes",
    "/incidents",
    "/journal",
)
WIDTH_OF_A_SHEET = 718
"""A4 between its margins, at 96 pixels an inch."""


def test_what_is_listed_prints_on_a_sheet_without_what_is_pressed(visit: Visit) -> None:
    page = visit("/", width=WIDTH_OF_A_SHEET, account=DEMO_MANAGER)
    page.emulate_media(media="print")
    for path in PRINTED:
        page.goto(path)
        check_no_sideways_scroll(page)
        expect(page.get_by_role("banner")).to_be_hidden()
        expect(page.get_by_role("navigation", name="Menu principal")).to_be_hidden()
        expect(page.locator("main").get_by_role("searchbox")).to_have_count(0)
