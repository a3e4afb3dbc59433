"""« Usage » on the sheet of a loan: noted, read, told when it is without use twice, dealt with."""

from __future__ import annotations

from datetime import timedelta

from tests.stage import referent_cast as stage
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

FIRST, SECOND = ((cast.TODAY - timedelta(days=ago)).isoformat() for ago in (60, 20))
FIELD = f"use/{cast.LAPTOP}"


async def test_use_is_noted_and_twice_without_is_told(accounts: Accounts) -> None:
    loan_id = await stage.held_since(90)
    sheet = f"/prets/{loan_id}"
    assert f'href="{sheet}/usage">Noter l’usage</a>' in (await accounts.manager.get(sheet)).text
    assert f'href="{sheet}/usage"' not in (await accounts.reader.get(sheet)).text
    wrong = await submit(accounts.manager, f"{sheet}/usage", f"{sheet}/usage", said_on=FIRST)
    assert "Choisissez une réponse" in text_of(wrong)
    for day in (FIRST, SECOND):
        done = await submit(accounts.manager, f"{sheet}/usage", f"{sheet}/usage", said_on=day, **{FIELD: "unused"})
        assert done.headers["location"] == sheet
    told = text_of(await accounts.manager.get(sheet))
    assert "Parler d'une reprise" in told
    assert "La famille ne doit rien rendre avant le terme" in told
    assert "Pas utilisé" in told
    assert f'href="{sheet}/lettre?objet=letter_unused"' in (await accounts.manager.get(sheet)).text
    assert "Pas utilisé" in text_of(await accounts.reader.get(f"/materiels/{cast.LAPTOP}"))
    assert "Parler d'une reprise" in text_of(await accounts.manager.get("/"))
    assert "à la réunion d'avant" in text_of(await accounts.manager.get("/a-faire/sans-usage"))
    await submit(accounts.manager, sheet, f"{sheet}/usage/suite")
    assert "Parler d'une reprise" not in text_of(await accounts.manager.get(sheet))
    assert "Rien n'est noté sans usage" in text_of(await accounts.manager.get("/a-faire/sans-usage"))
    for address in (f"{sheet}/usage",):
        assert (await accounts.stranger.get(address)).status_code == 404


async def test_nothing_is_asked_of_what_no_pupil_has(accounts: Accounts) -> None:
    loan_id = await cast.a_draft()
    assert "il n'y a pas d'usage à noter" in text_of(await accounts.manager.get(f"/prets/{loan_id}/usage"))


async def test_a_meeting_noted_on_a_wrong_day_is_taken_back(accounts: Accounts) -> None:
    page = f"/prets/{await stage.held_since(90)}/usage"
    for day in (FIRST, SECOND):
        await submit(accounts.manager, page, page, said_on=day, **{FIELD: "unused"})
    assert (await accounts.manager.get(page)).text.count("Retirer ce qui est noté du") == 2
    done = await submit(accounts.manager, page, f"{page}/retrait", said_on=SECOND)
    assert done.headers["location"] == page
    shown = await accounts.manager.get(page)
    assert "Ce qui était noté de ce jour est retiré" in text_of(shown)
    assert shown.text.count("Retirer ce qui est noté du") == 1
    assert "Parler d'une reprise" not in text_of(await accounts.manager.get(page.removesuffix("/usage")))
