"""« Scanner »: an item, a photograph, a pile handed over and taken back; without a script, scoped, refused in place."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from PIL import Image
from pypdfium2 import PdfDocument
from tests.scans.test_photo import saved, shelf
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.item.preparation import ChecksDone
from materiel.domain.loan.steps import HandedItem
from materiel.store.item import item as items
from materiel.use_cases.item.preparation import prepare_item
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan

LABELS = [f"HTTPS://PRET.EXAMPLE.FR/Q/ABCDEFGHJKM{number:02d}" for number in range(1, 4)]
PILE = "/scanner/pile/remettre"


async def issued() -> None:
    first = await cast.a_draft(items=(cast.LAPTOP, cast.BRAILLE))
    second = await cast.a_draft(items=(cast.KEYBOARD,), pupil=cast.ADULT, school=cast.COLLEGE)
    for loan_id in (first, second):
        await issue_loan(loan_id, issuer=cast.ISSUER)


class Pile:
    """The page of a pile as a browser without a script holds it: every answer carries the whole form."""

    def __init__(self, browser: httpx.AsyncClient, path: str = PILE) -> None:
        self.browser, self.path = browser, path
        self.page = httpx.Response(200, text="")

    async def open(self) -> Pile:
        self.page = await self.browser.get(self.path)
        return self

    @property
    def items(self) -> list[str]:
        return re.findall(r'name="items" value="([0-9a-f-]{36})"', self.page.text)

    async def send(self, action: str = "", files: dict[str, object] | None = None, **fields: object) -> httpx.Response:
        day = re.search(r'name="on"[^>]*value="([0-9-]*)"', self.page.text)
        data = {"_csrf": csrf_of(self.page.text), "items": self.items, "on": day[1] if day else "", **fields}
        self.page = await self.browser.post(action or self.path, data=data, files=files)  # type: ignore[arg-type]
        return self.page

    async def scan(self, *codes: str) -> None:
        for code in codes:
            await self.send(code=code)


@pytest.mark.parametrize("code", [LABELS[0], "abcdefghjkm01", "35-2026-00001", '"()éàé-)àààà&'])
async def test_what_is_scanned_leads_to_its_sheet(accounts: Accounts, code: str) -> None:
    answer = await submit(accounts.reader, "/scanner", code=code)
    assert answer.headers["location"] == f"/materiels/{cast.LAPTOP}"


@pytest.mark.parametrize("code", ["35-2O26-OOOO1", "35-2026-0000I", "0035-2026-00001"])
async def test_a_number_that_looks_like_a_known_one_proposes_it(accounts: Accounts, code: str) -> None:
    answer = await submit(accounts.reader, "/scanner", code=code)
    assert answer.status_code == 422
    assert "mais ressemble à 35-2026-00001." in text_of(answer)
    assert "Vouliez-vous dire : 35-2026-00001" in text_of(answer)
    assert f'<a href="/materiels/{cast.LAPTOP}">' in answer.text
    assert "ressemble" not in text_of(await submit(accounts.stranger, "/scanner", code=code))


async def test_what_is_unknown_is_explained_and_searched(accounts: Accounts) -> None:
    answer = await submit(accounts.reader, "/scanner", code="ordinateur")
    assert answer.status_code == 422
    assert "ne désigne aucun matériel de votre service, ou en désigne plusieurs" in text_of(answer)
    assert 'href="/materiels?q=ordinateur"' in answer.text
    assert 'value="ordinateur"' in answer.text
    other = await submit(accounts.stranger, "/scanner", code=LABELS[0])
    assert other.status_code == 422
    empty = await submit(accounts.reader, "/scanner", code=" ")
    assert "Rien n'a été lu" in text_of(empty)


async def test_the_code_of_a_document_leads_to_it(accounts: Accounts) -> None:
    made = (await issue_loan(await cast.a_draft(), issuer=cast.ISSUER)).made[0]
    answer = await submit(accounts.reader, "/scanner", code=f"HTTPS://PRET.EXAMPLE.FR/V/{made.code}/1")
    assert answer.headers["location"] == f"/documents/{made.id}"


async def test_a_photograph_leads_to_its_item_or_lists_a_shelf(accounts: Accounts) -> None:
    one = {"photo": ("photo.jpg", saved(shelf(LABELS[:1])), "image/jpeg")}
    answer = await submit(accounts.reader, "/scanner", "/scanner/photo", files=one)
    assert answer.headers["location"] == f"/materiels/{cast.LAPTOP}"
    many = {"photo": ("photo.jpg", saved(shelf(LABELS)), "image/jpeg")}
    listed = await submit(accounts.reader, "/scanner", "/scanner/photo", files=many)
    assert "3 matériels sur la photo" in text_of(listed)
    assert f"/materiels/{cast.KEYBOARD}" in listed.text


BLANK = Image.new("L", (300, 300), 220)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"not a photo", "Cette image ne se lit pas"),
        (saved(BLANK), "Aucun code n'est lisible"),
        (b"\xff\xd8\xff" + bytes(15_000_000), "12 Mo"),
    ],
    ids=["not_a_photo", "no_code", "too_large"],
)
async def test_a_bad_photograph_is_explained(accounts: Accounts, data: bytes, said: str) -> None:
    files = {"photo": ("photo.jpg", data, "image/jpeg")}
    answer = await submit(accounts.reader, "/scanner", "/scanner/photo", files=files)
    assert answer.status_code == 422
    assert said in text_of(answer)


async def test_a_picture_of_the_camera_is_read(accounts: Accounts) -> None:
    token = csrf_of((await accounts.reader.get("/scanner")).text)
    headers = {"Content-Type": "image/jpeg", "X-CSRF-Token": token}
    answer = await accounts.reader.post("/scanner/image", content=saved(shelf(LABELS[:2])), headers=headers)
    assert answer.json() == {"codes": LABELS[:2]}
    refused = await accounts.reader.post("/scanner/image", content=b"x", headers={"Content-Type": "image/jpeg"})
    assert refused.status_code == 403
    heavy = await accounts.reader.post("/scanner/image", content=b"x" * 13_000_000, headers=headers)
    assert heavy.status_code == 413


async def test_a_pile_is_handed_over_then_taken_back(accounts: Accounts) -> None:
    await issued()
    pile = await Pile(accounts.manager).open()
    await pile.scan(LABELS[0], "35-2026-00003", LABELS[1], LABELS[0])
    assert "est déjà dans la pile" in text_of(pile.page)
    assert pile.items == [str(cast.BRAILLE), str(cast.KEYBOARD), str(cast.LAPTOP)]
    assert "Exemple Zoé" in text_of(pile.page)
    assert "La convention n'est pas encore signée" in text_of(pile.page)
    answer = await pile.send(f"{PILE}/valider")
    assert answer.status_code == 303
    done = await accounts.manager.get(answer.headers["location"])
    assert "3 matériels remis" in text_of(done)
    assert "2 reçus à imprimer" in text_of(done)
    pdf = re.search(r'href="(/scanner/recus.pdf[^"]*)"', done.text)
    assert pdf
    printed = await accounts.manager.get(pdf[1].replace("&amp;", "&"))
    with PdfDocument(printed.content) as file:
        assert len(file) >= 2
    assert (await accounts.stranger.get(answer.headers["location"])).status_code == 404
    back = await Pile(accounts.manager, "/scanner/pile/reprendre").open()
    await back.scan(*LABELS[:3])
    seen = {f"condition-{cast.LAPTOP}": "damaged", f"missing-{cast.LAPTOP}": "Housse"}
    assert (await back.send("/scanner/pile/reprendre/valider", **seen)).status_code == 303
    laptop = await items.get(cast.LAPTOP, cast.SERVICE)
    assert (laptop.status, laptop.missing_accessories) == (ItemStatus.TO_PREPARE, ("Housse",))
    for each in (cast.LAPTOP, cast.BRAILLE):
        await items.save(replace(await items.get(each, cast.SERVICE), family=ItemFamily.COMPUTER))
    ready = await Pile(accounts.manager, "/scanner/pile/preparer").open()
    await ready.scan(*LABELS[:2])
    answer = await ready.send("/scanner/pile/preparer/valider", **{f"erased-{cast.LAPTOP}": "oui"})
    assert answer.status_code == 200
    text = text_of(answer)
    assert "1 matériel préparé." in text
    assert "garde des données" in text
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.IN_STOCK


async def undo(accounts: Accounts, summary: str, **fields: str) -> httpx.Response:
    """What the form of the undoing answers, to somebody whose page may be out of date."""
    asked, page = urlsplit(summary).query, "/scanner/bilan/defaire"
    token = csrf_of((await accounts.manager.get("/compte")).text)
    data = {"_csrf": token, **dict(parse_qsl(asked)), **fields}
    return await accounts.manager.post(page, data=data)


async def test_a_pile_is_undone_at_once_as_long_as_nothing_stands_on_it(accounts: Accounts) -> None:
    await issued()
    pile = await Pile(accounts.manager).open()
    await pile.scan(*LABELS[:3])
    summary = (await pile.send(f"{PILE}/valider")).headers["location"]
    shown = text_of(await accounts.manager.get(summary))
    assert "Défaire , tant que rien n'est revenu ni signé par qui reçoit." in shown
    assert "Défaire" not in text_of(await accounts.reader.get(summary))
    page = f"/scanner/bilan/defaire?{urlsplit(summary).query}"
    assert "Annuler 2 remises" in text_of(await accounts.manager.get(page))
    for other, code in ((accounts.stranger, 404), (accounts.reader, 403)):
        assert (await other.get(page)).status_code == code
    silent = await undo(accounts, summary, reason="")
    assert (silent.status_code, "Indiquez le motif" in text_of(silent)) == (422, True)
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.ON_LOAN
    answer = await undo(accounts, summary, reason="Mauvaise pile")
    assert (answer.status_code, answer.headers["location"]) == (303, "/scanner")
    assert "2 remises annulées : le matériel est comme avant." in text_of(await accounts.manager.get("/scanner"))
    for each in (cast.LAPTOP, cast.BRAILLE, cast.KEYBOARD):
        assert (await items.get(each, cast.SERVICE)).status is ItemStatus.RESERVED
    after = text_of(await accounts.manager.get(summary))
    assert "Tout est défait depuis : plus rien n'est à imprimer ni à faire signer." in after
    assert ("Imprimer" in after, "Défaire" in after, after.count("Annulé")) == (False, False, 2)
    again = await undo(accounts, summary, reason="Mauvaise pile")
    assert (again.status_code, "Rien n'est annulé" in text_of(again)) == (422, True)
    assert "Rien de cette pile ne se défait plus" in text_of(again)
    nothing = await accounts.manager.get("/scanner/bilan/defaire?geste=preparer")
    assert nothing.status_code == 404


async def test_what_of_a_pile_is_not_undone_any_more_is_said_thing_by_thing(accounts: Accounts) -> None:
    await issued()
    for verb in ("remettre", "reprendre"):
        pile = await Pile(accounts.manager, f"/scanner/pile/{verb}").open()
        await pile.scan(*LABELS[:3])
        summary = (await pile.send(f"/scanner/pile/{verb}/valider")).headers["location"]
    assert "Défaire , tant que rien n'est préparé" in text_of(await accounts.manager.get(summary))
    await prepare_item(cast.LAPTOP, ChecksDone(done_on=cast.TODAY, condition=Condition.GOOD), issuer=cast.ISSUER)
    shown = text_of(await accounts.manager.get(summary))
    assert "Défaire ce qui peut l'être , tant que rien" in shown
    assert shown.count("Ne se défait plus : Depuis ce retour, le matériel 35-2026-00001 a changé d'état") == 1
    answer = await undo(accounts, summary, reason="Mauvaise pile")
    assert answer.status_code == 303
    said = text_of(await accounts.manager.get("/scanner"))
    assert "1 retour annulé : le matériel est comme avant." in said
    assert "1 reçu laissé tel quel." in said
    assert "35-2026-00001 a changé d'état" in said
    # Of a loan, all or nothing.
    held = {each: (await items.get(each, cast.SERVICE)).status for each in (cast.BRAILLE, cast.KEYBOARD)}
    assert held == {cast.BRAILLE: ItemStatus.TO_PREPARE, cast.KEYBOARD: ItemStatus.ON_LOAN}


async def test_a_refusal_is_told_in_place_and_stops_no_other(accounts: Accounts) -> None:
    await issued()
    pile = await Pile(accounts.manager).open()
    await pile.scan(LABELS[0], "35-2026-00006", "rien de tel")
    assert pile.page.status_code == 422
    assert len(pile.items) == 2
    assert "Ce matériel n'est dans aucun prêt" in text_of(pile.page)
    assert "Remettre 1 matériel" in text_of(pile.page)
    answer = await pile.send(f"{PILE}/valider")
    assert answer.status_code == 200
    text = text_of(answer)
    assert "1 matériel remis." in text
    assert "1 matériel laissé de côté : le motif est écrit sous chacun." in text
    assert "erreur" not in text
    assert "Remettre 0" not in text
    assert "Imprimer les reçus de ce qui est fait" in text
    assert pile.items == [str(cast.SOFTWARE)]
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.ON_LOAN


async def test_an_item_leaves_the_pile_and_the_rest_is_kept(accounts: Accounts) -> None:
    await issued()
    pile = await Pile(accounts.manager).open()
    await pile.scan(*LABELS[:2])
    seen = {f"condition-{cast.LAPTOP}": "worn"}
    await pile.send(remove=str(cast.BRAILLE), **seen)
    assert pile.items == [str(cast.LAPTOP)]
    assert 'value="worn" selected' in pile.page.text


async def test_a_photograph_of_several_labels_fills_the_pile(accounts: Accounts) -> None:
    await issued()
    pile = await Pile(accounts.manager).open()
    photo = {"photo": ("etagere.jpg", saved(shelf(LABELS)), "image/jpeg")}
    await pile.send(files=photo, read="photo", code="")
    assert len(pile.items) == 3
    assert "3 matériels ajoutés d'après la photo." in text_of(pile.page)


async def test_a_date_in_the_future_writes_nothing(accounts: Accounts) -> None:
    await issued()
    pile = await Pile(accounts.manager).open()
    await pile.scan(LABELS[0])
    answer = await pile.send(f"{PILE}/valider", on="2030-01-01")
    assert answer.status_code == 422
    assert "n'est pas encore passé" in text_of(answer)
    assert pile.items == [str(cast.LAPTOP)]
    unread = await pile.send(f"{PILE}/valider", on="bientôt")
    assert "Cette date n'existe pas." in text_of(unread)
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.RESERVED


async def test_a_pile_of_labels_is_printed(accounts: Accounts) -> None:
    pile = await Pile(accounts.manager, "/scanner/pile/etiqueter").open()
    await pile.scan(*LABELS[:2])
    sheet = await pile.send("/etiquettes")
    assert "35-2026-00002\n35-2026-00001</textarea>" in sheet.text


async def test_a_reader_or_a_stranger_processes_nothing(accounts: Accounts) -> None:
    await issued()
    token = csrf_of((await accounts.reader.get("/scanner")).text)
    for path in (PILE, f"{PILE}/valider"):
        sent = await accounts.reader.post(path, data={"_csrf": token, "items": str(cast.LAPTOP), "on": "2026-09-07"})
        assert sent.status_code == 403
    other = await Pile(accounts.stranger).open()
    data = {"_csrf": csrf_of(other.page.text), "items": str(cast.LAPTOP), "on": "2026-09-07"}
    refused = await accounts.stranger.post(f"{PILE}/valider", data=data)
    assert (refused.status_code, "35-2026-00001" in refused.text) == (422, False)
    forged = await accounts.manager.post(f"{PILE}/valider", data={**data, "_csrf": "0" * 64})
    assert forged.status_code == 403
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.RESERVED


async def test_an_unknown_gesture_is_not_found(accounts: Accounts) -> None:
    assert (await accounts.manager.get("/scanner/pile/jeter")).status_code == 404
    empty = await Pile(accounts.manager).open()
    assert "La pile est vide" in text_of(await empty.send(f"{PILE}/valider"))


async def test_the_phone_of_a_manager_is_led_to_the_item(accounts: Accounts) -> None:
    answer = await accounts.manager.get("/Q/ABCDEFGHJKM01")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/materiels/{cast.LAPTOP}")
    for browser in (accounts.stranger, accounts.anonymous):
        page = await browser.get("/q/ABCDEFGHJKM01")
        assert page.status_code == 200
        assert "35-2026-00001" not in page.text


async def test_a_handed_over_item_offers_to_take_it_back(accounts: Accounts) -> None:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    command = HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(HandedItem(item_id=cast.LAPTOP),))
    await hand_over(command, issuer=cast.ISSUER)
    sheet = await accounts.manager.get(f"/materiels/{cast.LAPTOP}")
    data = {"_csrf": csrf_of(sheet.text), "code": "35-2026-00001"}
    page = await accounts.manager.post("/scanner/pile/reprendre", data=data)
    assert "Reprendre 1 matériel" in text_of(page)


async def test_what_came_back_is_prepared_from_its_list_and_an_unread_day_prepares_nothing(accounts: Accounts) -> None:
    await items.set_status([cast.LAPTOP, cast.KEYBOARD], ItemStatus.TO_PREPARE)
    path, action = "/a-faire/a-preparer", "/materiels/preparer"
    seen = {f"condition-{each}": "good" for each in (cast.LAPTOP, cast.KEYBOARD)}
    await submit(accounts.manager, path, action, only=str(cast.LAPTOP), done_on="bientôt", **seen)
    assert "Cette date n'existe pas." in text_of(await accounts.manager.get(path))
    await submit(accounts.manager, path, action, done_on="", **seen)
    assert "Aucun matériel n'est choisi" in text_of(await accounts.manager.get(path))
    await submit(accounts.manager, path, action, only=str(cast.LAPTOP), done_on=cast.TODAY.isoformat(), **seen)
    assert "1 matériel préparé." in text_of(await accounts.manager.get(path))
    states = [(await items.get(each, cast.SERVICE)).status for each in (cast.LAPTOP, cast.KEYBOARD)]
    assert states == [ItemStatus.IN_STOCK, ItemStatus.TO_PREPARE]


async def test_what_is_checked_alike_is_prepared_together(accounts: Accounts) -> None:
    back = [cast.LAPTOP, cast.KEYBOARD, cast.SOFTWARE]
    await items.set_status(back, ItemStatus.TO_PREPARE)
    await items.set_family([cast.KEYBOARD], ItemFamily.COMPUTER_ACCESSORY)
    token = csrf_of((await accounts.manager.get("/materiels")).text)
    chosen = {"items": [str(each) for each in (*back, cast.LAST)], "_csrf": token}
    page = await accounts.manager.post("/materiels/preparation", data=chosen)
    text = text_of(page)
    for each in ("Préparer 3 matériels", "1 matériel choisi n'est pas à préparer", "Les logiciels sont désinstallés"):
        assert each in text
    assert str(cast.LAST) not in page.text
    chosen = {"items": [str(each) for each in back], "_csrf": token}
    asked = chosen | {"done_on": cast.TODAY.isoformat(), "condition": "good", "erased": "oui"}
    answer = await accounts.manager.post("/materiels/preparations", data=asked)
    assert answer.headers["location"] == "/materiels"
    told = text_of(await accounts.manager.get("/materiels"))
    assert "2 matériels préparés." in told
    assert "1 laissé : Le logiciel" in told
    await accounts.manager.post("/materiels/preparations", data=asked | {"done_on": "2030-01-01"})
    assert "Cette date est dans l'avenir" in text_of(await accounts.manager.get("/materiels"))
    home = asked | {"concern": "a-preparer", "uninstalled": "oui"}
    answer = await accounts.manager.post("/materiels/preparations", data=home)
    assert answer.headers["location"] == "/a-faire/a-preparer"
    states = {(await items.get(each, cast.SERVICE)).status for each in back}
    assert states == {ItemStatus.IN_STOCK}
    nothing = await accounts.manager.post("/materiels/preparation", data={"_csrf": token})
    assert "Aucun matériel n'est choisi" in text_of(nothing)
    none = await accounts.manager.post("/materiels/preparation", data=chosen)
    assert "Aucun de ces matériels n'est à préparer." in text_of(none)
    reader = {**asked, "_csrf": csrf_of((await accounts.reader.get("/materiels")).text)}
    assert (await accounts.reader.post("/materiels/preparations", data=reader)).status_code == 403
