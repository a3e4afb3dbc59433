"""A label that was replaced, typed or scanned: every place says so, since when, and leads its service to the item."""

from __future__ import annotations

import httpx
import pytest
from tests.scans.test_photo import saved, shelf
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of
from tests.web.pages.loan.test_takeover import ASKED

from materiel.store.item import item as items
from materiel.use_cases.item.label import replace_label
from materiel.use_cases.loan.steps import issue_loan

CODE = "ABCDEFGHJKM01"
READ = f"HTTPS://PRET.EXAMPLE.FR/Q/{CODE}"
SAID = "Étiquette remplacée le 7 septembre 2026"
SHEET = f'href="/materiels/{cast.LAPTOP}"'


@pytest.fixture(autouse=True)
async def new_code(accounts: Accounts) -> str:
    """The laptop bears a new label, whose code is given."""
    item = await items.get(cast.LAPTOP, cast.SERVICE)
    return (await replace_label(item.id, item.version, actor=cast.MANAGER, now=cast.NOW)).public_code


def is_told(answer: httpx.Response) -> bool:
    return SAID in text_of(answer) and SHEET in answer.text


@pytest.mark.parametrize("typed", [CODE, CODE.lower(), READ])
async def test_the_lending_page_says_it_and_offers_the_item(accounts: Accounts, typed: str) -> None:
    answer = await accounts.manager.get("/preter", params={"q": typed, "pupil": str(cast.CHILD)})
    assert answer.status_code == 200
    assert SAID in text_of(answer)
    assert f"item={cast.LAPTOP}" in answer.text
    other = await accounts.stranger.get("/preter", params={"q": typed})
    assert "Rien ne répond à ces mots" in text_of(other)
    assert SAID not in text_of(other)


async def test_the_inventory_says_what_the_label_read_is(accounts: Accounts, new_code: str) -> None:
    assert is_told(await accounts.reader.get("/materiels", params={"q": READ}))
    current = await accounts.reader.get("/materiels", params={"q": new_code})
    assert "Cette étiquette est celle du matériel 35-2026-00001." in text_of(current)
    assert SHEET in current.text
    for code in (CODE, new_code):
        other = await accounts.stranger.get("/materiels", params={"q": code})
        assert "étiquette est celle" not in text_of(other)
        assert "35-2026-00001" not in other.text


@pytest.mark.parametrize("action", ["remettre", "reprendre", "preparer", "etiqueter"])
async def test_a_pile_says_it_and_stays_as_it_is(accounts: Accounts, action: str) -> None:
    answer = await submit(accounts.manager, f"/scanner/pile/{action}", code=READ)
    assert is_told(answer)
    assert 'name="items"' not in answer.text
    assert SAID not in text_of(await submit(accounts.stranger, f"/scanner/pile/{action}", code=READ))


async def test_the_scanner_and_a_photograph_say_it(accounts: Accounts) -> None:
    assert is_told(await submit(accounts.reader, "/scanner", code=CODE))
    files = {"photo": ("photo.jpg", saved(shelf([READ])), "image/jpeg")}
    assert is_told(await submit(accounts.reader, "/scanner", "/scanner/photo", files=files))


async def test_the_search_opens_the_sheet_which_says_it(accounts: Accounts) -> None:
    answer = await accounts.manager.get("/recherche", params={"q": CODE})
    assert answer.headers["location"] == f"/materiels/{cast.LAPTOP}"
    assert SAID in text_of(await accounts.manager.get(answer.headers["location"]))
    assert SAID not in text_of(await accounts.stranger.get("/recherche", params={"q": CODE}))


async def test_the_lists_of_items_of_a_form_say_it(accounts: Accounts, new_code: str) -> None:
    loan_id = await cast.a_draft(items=(cast.BRAILLE,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    assert is_told(await submit(accounts.manager, f"/prets/{loan_id}/avenant", add=CODE, effective_on="2026-09-07"))
    assert is_told(await submit(accounts.manager, "/prets/reprise", **{**ASKED, "items": CODE}))
    fields = {"sheet": "a4_3x8", "first_cell": "1", "what": "labels"}
    told = await submit(accounts.manager, "/etiquettes", "/etiquettes/impression", numbers=CODE, **fields)
    assert is_told(told)
    printed = await submit(accounts.manager, "/etiquettes", "/etiquettes/impression", numbers=new_code, **fields)
    assert printed.headers["content-type"] == "application/pdf"
