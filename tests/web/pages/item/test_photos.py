"""Photographs of an item and of an incident: attached, shown without their place, limited in the page."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.incident.incident import IncidentKind
from materiel.store.engine.database import fetch
from materiel.use_cases.incident.incident import RecordIncident, record_incident

PAGE = f"/materiels/{cast.LAPTOP}/photos"
HEIC = Path(__file__).parents[3] / "scans" / "files" / "page-1.heic"


def a_photo(colour=(90, 120, 60), kind="JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Marque"
    exif[0x8825] = {1: "N", 2: (48.0, 6.0, 0.0)}
    file = io.BytesIO()
    Image.new("RGB", (1200, 900), colour).save(file, kind, exif=exif)
    return file.getvalue()


async def attach(browser, *files, **fields):
    """The answer to photographs sent from the page."""
    token = csrf_of((await browser.get(PAGE)).text)
    data = {"_csrf": token, "occasion": "return", "taken_on": cast.TODAY.isoformat(), "incident": ""} | fields
    sent = [("photos", (f"{rank}.jpg", content, "image/jpeg")) for rank, content in enumerate(files)]
    return await browser.post(PAGE, data=data, files=sent or None)


async def test_photographs_are_attached_once_and_shown_without_their_place(accounts: Accounts) -> None:
    answer = await attach(accounts.manager, a_photo(), a_photo(kind="WEBP"), HEIC.read_bytes(), a_photo())
    assert answer.status_code == 303
    page = await accounts.reader.get(PAGE)
    assert "3 photos jointes" in text_of(await accounts.manager.get(PAGE))
    assert text_of(page).count("Au retour") >= 3
    (row, *_) = await fetch("SELECT id FROM photo ORDER BY id")
    for address in (f"{PAGE}/{row['id']}", f"{PAGE}/{row['id']}/vignette"):
        shown = await accounts.reader.get(address)
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
        assert not Image.open(io.BytesIO(shown.content)).getexif()
        assert (await accounts.stranger.get(address)).status_code == 404
    again = await attach(accounts.manager, a_photo())
    assert again.status_code == 303
    gone = await submit(accounts.manager, PAGE, f"{PAGE}/{row['id']}/supprimer")
    assert gone.status_code == 303
    assert (await accounts.manager.get(f"{PAGE}/{row['id']}")).status_code == 404


async def test_what_is_refused_says_the_limit_and_keeps_what_was_typed(accounts: Accounts) -> None:
    heavy = await attach(accounts.manager, b"\xff\xd8\xff" + b"0" * 21_000_000, taken_on="2026-09-02")
    assert heavy.status_code == 422
    assert "dépasse 20 Mo" in text_of(heavy)
    assert 'value="2026-09-02"' in heavy.text
    for files, said in (
        ((), "Choisissez une photo"),
        ((b"MZ" + b"0" * 60,), "ne se lit pas"),
        ((a_photo(),) * 11, "entre une et 10 photos"),
    ):
        answer = await attach(accounts.manager, *files)
        assert answer.status_code == 422
        assert said in text_of(answer)
    future = await attach(accounts.manager, a_photo(), taken_on="2099-01-01")
    assert "dans l'avenir" in text_of(future)
    assert await fetch("SELECT id FROM photo") == []


async def test_a_photograph_is_of_its_incident(accounts: Accounts) -> None:
    told = RecordIncident(item_id=cast.LAPTOP, kind=IncidentKind.BREAKDOWN, description="Écran fendu")
    incident = await record_incident(told, actor=cast.MANAGER, now=cast.NOW)
    other = RecordIncident(item_id=cast.BRAILLE, kind=IncidentKind.BREAKDOWN, description="Plus d'image")
    elsewhere = await record_incident(other, actor=cast.MANAGER, now=cast.NOW)
    assert (await attach(accounts.manager, a_photo(), incident=str(incident.id))).status_code == 303
    sheet = await accounts.reader.get(f"/incidents/{incident.id}")
    assert f"{PAGE}/" in sheet.text
    wrong = await attach(accounts.manager, a_photo((1, 2, 3)), incident=str(elsewhere.id))
    assert "celui d'un autre matériel" in text_of(wrong)


async def test_a_reader_sees_and_attaches_nothing(accounts: Accounts) -> None:
    assert 'type="file"' not in (await accounts.reader.get(PAGE)).text
    assert (await accounts.stranger.get(PAGE)).status_code == 404
    token = csrf_of((await accounts.reader.get("/aide")).text)
    assert (await accounts.reader.post(PAGE, data={"_csrf": token})).status_code == 403
