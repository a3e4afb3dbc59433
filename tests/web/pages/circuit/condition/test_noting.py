"""« Noter l'état »: without a mouse and without a drawing, photographs joined, faults told beside their row."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from tests.stage import condition_cast as scene
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

LIST = f"/materiels/{cast.LAPTOP}/etats"
NEW = f"{LIST}/nouveau"
HEIC = Path(__file__).parents[4] / "scans" / "files" / "page-1.heic"
TYPED = {
    "seen_on": cast.TODAY.isoformat(),
    "place-0": "front:top_left",
    "kind-0": "dent",
    "word-0": "au coin",
    "note": "Propre",
}


async def noted(accounts: Accounts, **changes: str) -> httpx.Response:
    return await submit(accounts.manager, NEW, NEW, **{"pret": "", "moment": "other", **TYPED, **changes})


async def test_a_state_is_noted_read_and_corrected(accounts: Accounts) -> None:
    assert LIST in (await accounts.reader.get(f"/materiels/{cast.LAPTOP}")).text
    assert "Aucun état" in text_of(await accounts.reader.get(LIST))
    form = await accounts.manager.get(NEW)
    assert "devant, en haut à gauche" in text_of(form)
    kept = await noted(accounts)
    assert kept.status_code == 303
    page = kept.headers["location"]
    shown = await accounts.reader.get(page)
    assert "choc, devant, en haut à gauche (au coin)" in text_of(shown)
    assert re.search(r'role="img" aria-label="Devant\s?:\s?1, choc', shown.text.replace("\u00a0", " "))
    assert "<form" not in shown.text.split("<main")[1].split("</main>")[0]
    wrong = await submit(accounts.manager, page, page, **{**TYPED, "version": "1", "place-0": "keyboard:top"})
    assert wrong.status_code == 422
    assert "n'a pas de vue" in text_of(wrong)
    assert 'id="f-place-0-fault"' in wrong.text
    right = await submit(
        accounts.manager, page, page, **{**TYPED, "version": "1", "kind-1": "scratch", "place-1": "back:top"}
    )
    assert right.status_code == 303
    again = text_of(await accounts.reader.get(page))
    assert "rayure, derrière, en haut au milieu" in again
    assert "après 1 correction" in again
    stale = await submit(accounts.manager, page, page, **{**TYPED, "version": "1"})
    assert "corrigé entre-temps" in text_of(stale)
    assert "2 marques" in text_of(await accounts.reader.get(LIST))


async def test_what_lacks_is_said_and_what_was_typed_stays(accounts: Accounts) -> None:
    answer = await noted(accounts, **{"kind-1": "scratch", "place-2": "front:top"})
    assert answer.status_code == 422
    told = text_of(answer)
    assert "Dites où, dans la liste" in told
    assert "Dites ce que vous voyez" in told
    assert 'value="au coin"' in answer.text
    bare = await noted(accounts, **{"kind-0": "other", "word-0": ""})
    assert "Dites en un mot" in text_of(bare)
    no_loan = await noted(accounts, moment="return")
    assert "Dites de quel prêt" in text_of(no_loan)
    assert (await noted(accounts, seen_on="")).status_code == 422


async def test_photographs_are_joined_with_what_they_show(accounts: Accounts) -> None:
    page = (await noted(accounts)).headers["location"]
    token = csrf_of((await accounts.manager.get(page)).text)
    data = {"_csrf": token, "caption": "Le capot", "view": "front"}
    sent = [
        ("photos", ("1.heic", HEIC.read_bytes(), "image/heic")),
        ("photos", ("2.jpg", scene.a_photo(), "image/jpeg")),
    ]
    assert (await accounts.manager.post(f"{page}/photos", data=data, files=sent)).status_code == 303
    shown = await accounts.reader.get(page)
    assert 'alt="Le capot, photo 2. Ouvrir en grand"' in shown.text
    (first, *_) = re.findall(rf"/materiels/{cast.LAPTOP}/photos/[0-9a-f-]+", shown.text)
    assert (await accounts.reader.get(first)).headers["content-type"] == "image/jpeg"
    assert (await accounts.stranger.get(first)).status_code == 404
    again = await accounts.manager.post(f"{page}/photos", data=data, files=sent)
    assert "rien n'a changé" in text_of(await accounts.manager.get(again.headers["location"]))
    for files, changed, said in (
        (None, {}, "Choisissez une photo"),
        (sent, {"caption": ""}, "Dites en quelques mots"),
        ([("photos", ("x.jpg", b"MZ" + b"0" * 60, "image/jpeg"))], {}, "ne se lit pas"),
    ):
        answer = await accounts.manager.post(f"{page}/photos", data=data | changed, files=files)
        assert answer.status_code == 422
        assert said in text_of(answer)


async def test_nobody_else_finds_it(accounts: Accounts) -> None:
    page = (await noted(accounts)).headers["location"]
    for address in (LIST, page):
        assert (await accounts.stranger.get(address)).status_code == 404
    assert (await accounts.reader.get(NEW)).status_code == 403
    assert (await accounts.manager.get(f"{LIST}/{cast.LAPTOP}")).status_code == 404
