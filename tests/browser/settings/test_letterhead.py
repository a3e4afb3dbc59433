"""The bloc-marque in a real browser: refused in words, sent, seen on a sample paper, kept, removed."""

from __future__ import annotations

from uuid import UUID

from playwright.sync_api import FilePayload, expect
from tests.browser.conftest import DEMO_MANAGER, Site, Visit, check_accessibility, check_no_sideways_scroll
from tests.documents.letterheads import WORDS, drawn_picture, picture_file

from materiel.store.accounts import service as services
from materiel.store.papers import awaited
from materiel.store.papers import document as documents

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


async def issued_loan() -> UUID:
    """A loan with a paper that somebody has still to sign."""
    service = await services.by_code("DEMO35")
    (paper, *_) = await documents.get_many(await awaited.oldest(service.id, own=False, limit=1), service.id)
    return paper.loan_id


def test_a_letter_is_printed_for_who_is_written_to_by_post(visit: Visit, site: Site) -> None:
    page = visit(f"/prets/{site.run(issued_loan)}", account=DEMO_MANAGER, js=False)
    page.get_by_text("Autres actes").click()
    page.get_by_role("link", name="Lettre d’accompagnement, pour la poste").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lettre d’accompagnement")
    page.get_by_label("Rappeler ce qui est attendu").check()
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("button", name="Imprimer (PDF)").click()
    expect(page.get_by_role("alert")).to_contain_text("Choisissez à qui écrire.")
    expect(page.get_by_label("Rappeler ce qui est attendu")).to_be_checked()
    at = page.url.split("?")[0]
    for width in (320, 1280):
        again = visit(at.removeprefix(site.url), account=DEMO_MANAGER, width=width)
        check_accessibility(again)
        check_no_sideways_scroll(again)


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
        expect(page.get_by_text("rien n’a changé")).to_be_visible()
