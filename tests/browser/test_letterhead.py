"""The bloc-marque in a real browser: refused in words, sent, seen on a sample paper, kept, removed."""

from __future__ import annotations

from playwright.sync_api import FilePayload, expect
from tests.browser.conftest import Visit, check_accessibility, check_no_sideways_scroll
from tests.documents.letterheads import WORDS, drawn_picture, picture_file

DEMO_ADMIN = "admin@exemple.invalid"
PAGE = "/reglages/papiers"


def a_file(width: int = 900, height: int = 480) -> FilePayload:
    return {"name": "bloc.png", "mimeType": "image/png", "buffer": picture_file(drawn_picture(width, height))}


def test_a_bloc_marque_is_sent_seen_kept_and_removed(visit: Visit) -> None:
    page = visit("/reglages", account=DEMO_ADMIN, js=False)
    page.get_by_role("link", name="Papiers et en-tête").click()
    page.get_by_label("Image").set_input_files(a_file(200, 100))
    page.get_by_label("Mots du bloc-marque").fill(WORDS)
    page.get_by_role("button", name="Envoyer et regarder").click()
    expect(page.get_by_role("alert")).to_contain_text("Cette image est trop petite")
    expect(page.get_by_label("Mots du bloc-marque")).to_have_value(WORDS)
    page.get_by_label("Image").set_input_files(a_file())
    page.get_by_role("button", name="Envoyer et regarder").click()
    shown = page.get_by_role("img", name=WORDS)
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.naturalWidth") == 886
    check_no_sideways_scroll(page)
    link = page.get_by_role("link", name="Voir une convention d’exemple avec ce bloc-marque (PDF)")
    sample = page.request.get(f"{page.url.split(PAGE)[0]}{link.get_attribute('href')}")
    assert sample.body().startswith(b"%PDF-")
    page.get_by_role("button", name="Garder ce bloc-marque").click()
    expect(page.get_by_text("Les papiers à venir porteront ce bloc-marque.")).to_be_visible()
    page.get_by_role("button", name="Retirer des papiers à venir").click()
    expect(page.get_by_text("le nom du service est écrit en haut à gauche")).to_be_visible()


def test_the_page_is_accessible_at_every_width(visit: Visit) -> None:
    for width in (320, 1280):
        page = visit(PAGE, account=DEMO_ADMIN, width=width)
        page.get_by_label("Image").set_input_files(a_file())
        page.get_by_label("Mots du bloc-marque").fill(WORDS)
        page.get_by_role("button", name="Envoyer et regarder").click()
        expect(page.get_by_role("img", name=WORDS)).to_be_visible()
        check_accessibility(page)
        check_no_sideways_scroll(page)
        page.get_by_role("button", name="Abandonner").click()
        expect(page.get_by_text("rien n'a changé")).to_be_visible()
