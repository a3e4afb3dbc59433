"""« Papiers et en-tête »: a picture sent, looked at on a sample paper, kept, then removed."""

from __future__ import annotations

import io

import httpx
from PIL import Image
from tests.documents.letterheads import WORDS, drawn_picture, picture_file
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.store.engine.database import fetch

PAGE = "/reglages/papiers"
PICTURE = picture_file(drawn_picture())


async def send(browser: httpx.AsyncClient, picture: bytes | None = PICTURE, alt: str = WORDS) -> httpx.Response:
    """The answer to a picture sent from the page."""
    token = csrf_of((await browser.get(PAGE)).text)
    files = {"picture": ("logo.png", picture, "image/png")} if picture is not None else None
    return await browser.post(PAGE, data={"_csrf": token, "alt": alt}, files=files)


async def test_a_picture_is_sent_seen_kept_and_removed(accounts: Accounts) -> None:
    assert "le nom du service est écrit en haut à gauche" in text_of(await accounts.admin.get(PAGE))
    assert (await send(accounts.admin)).status_code == 303
    page = await accounts.admin.get(PAGE)
    assert "À regarder avant de le garder" in text_of(page)
    shown = await accounts.admin.get(f"{PAGE}/image-proposee")
    assert shown.headers["content-type"] == "image/png"
    assert shown.content != PICTURE
    assert Image.open(io.BytesIO(shown.content)).mode == "RGB"
    sample = await accounts.admin.get(f"{PAGE}/exemple-propose")
    assert sample.content.startswith(b"%PDF-")
    assert b"/Subtype /Image" in sample.content
    kept = await submit(accounts.admin, PAGE, f"{PAGE}/garder")
    assert kept.status_code == 303
    page = text_of(await accounts.admin.get(PAGE))
    assert "Les papiers à venir porteront ce bloc-marque" in page
    assert "À regarder avant de le garder" not in page
    assert (await accounts.admin.get(f"{PAGE}/image")).content == shown.content
    assert "en tête des papiers à venir" in text_of(await accounts.admin.get("/reglages"))
    assert (await submit(accounts.admin, PAGE, f"{PAGE}/retirer")).status_code == 303
    assert "le nom du service est écrit en haut à gauche" in text_of(await accounts.admin.get(PAGE))
    assert b"/Subtype /Image" not in (await accounts.admin.get(f"{PAGE}/exemple")).content


async def test_what_is_proposed_may_be_given_up_and_what_changed_meanwhile_is_not_kept(accounts: Accounts) -> None:
    await send(accounts.admin)
    token = csrf_of((await accounts.admin.get(PAGE)).text)
    stale = await accounts.admin.post(f"{PAGE}/garder", data={"_csrf": token, "sha256": "0" * 64})
    assert stale.status_code == 409
    assert "n'est plus celui qui est proposé" in text_of(stale)
    assert (await submit(accounts.admin, PAGE, f"{PAGE}/abandonner")).status_code == 303
    assert await fetch("SELECT sha256 FROM letterhead") == []
    assert (await accounts.admin.get(f"{PAGE}/image-proposee")).status_code == 404


async def test_what_is_wrong_is_told_beside_its_field(accounts: Accounts) -> None:
    for picture, alt, field, said in (
        (None, WORDS, "picture", "Choisissez le fichier du bloc-marque."),
        (PICTURE, " ", "alt", "Indiquez les mots du bloc-marque."),
        (b"<svg/>", WORDS, "picture", "n'est pas une image PNG ou JPEG lisible"),
        (picture_file(drawn_picture(200, 100)), WORDS, "picture", "Cette image est trop petite"),
    ):
        answer = await send(accounts.admin, picture, alt)
        assert answer.status_code == 422
        assert said in text_of(answer)
        assert f'{field}-fault"' in answer.text
    assert (await accounts.manager.get(PAGE)).status_code == 403
    assert (await accounts.stranger.get(f"{PAGE}/image")).status_code == 404
