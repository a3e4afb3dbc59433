"""The service's own list in a pile: ticked item by item where many come back or are prepared together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of
from tests.web.pages.item.test_scanner import Pile, issued

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.item.checklist import CheckMoment
from materiel.domain.item.family import ItemFamily
from materiel.store.item import item as items
from materiel.use_cases.item.checklist import WriteChecklist, check_sheets, write_checklist
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS
from materiel.web.pages.loan import pile as pages

ADMIN = Actor("token:admin", Role.ADMIN, cast.SERVICE)
CHARGER, COPY = "Le chargeur est le nôtre", "L'emprunteur a gardé une copie"
BATTERY = "La batterie tient une heure"
BACK, READY = "/scanner/pile/reprendre", "/scanner/pile/preparer"


async def lists_and_loans(accounts: Accounts) -> None:
    await items.save(replace(await items.get(cast.LAPTOP, cast.SERVICE), family=ItemFamily.COMPUTER))
    for moment, lines in ((CheckMoment.RETURN, (CHARGER, COPY)), (CheckMoment.PREPARATION, (BATTERY,))):
        command = WriteChecklist(family=ItemFamily.COMPUTER, moment=moment, lines=lines)
        await write_checklist(command, actor=ADMIN, now=cast.NOW)
    await issued()
    out = await Pile(accounts.manager).open()
    await out.scan("35-2026-00001", "35-2026-00003")
    await out.send("/scanner/pile/remettre/valider")


async def checked() -> list[tuple[CheckMoment, dict[str, bool]]]:
    sheets = await check_sheets(cast.LAPTOP, actor=cast.READER)
    return [(each.moment, {line.text: line.done for line in each.lines}) for each in sheets]


async def test_what_comes_back_in_a_pile_is_checked_line_by_line(accounts: Accounts) -> None:
    await lists_and_loans(accounts)
    back = await Pile(accounts.manager, BACK).open()
    await back.scan("35-2026-00001", "35-2026-00003")
    assert back.page.text.count(f'name="ticked-{cast.LAPTOP}"') == 2
    assert f"ticked-{cast.KEYBOARD}" not in back.page.text, "the service has no list for that one"
    ticked = {f"ticked-{cast.LAPTOP}": CHARGER}
    await back.send(**ticked)
    assert back.page.text.count(" checked>") == 1, "what is ticked stays while others are scanned"
    done = await back.send(f"{BACK}/valider", **ticked)
    assert done.status_code == 303
    assert await checked() == [(CheckMoment.RETURN, {CHARGER: True, COPY: False})]


async def test_without_a_tick_nobody_looked_and_nothing_is_kept(accounts: Accounts) -> None:
    await lists_and_loans(accounts)
    back = await Pile(accounts.manager, BACK).open()
    await back.scan("35-2026-00001")
    await back.send(f"{BACK}/valider")
    assert await checked() == []


async def test_a_list_changed_meanwhile_refuses_that_loan_in_place(accounts: Accounts) -> None:
    await lists_and_loans(accounts)
    back = await Pile(accounts.manager, BACK).open()
    await back.scan("35-2026-00001", "35-2026-00003")
    wrong = await back.send(f"{BACK}/valider", **{f"ticked-{cast.LAPTOP}": "Une ligne d'hier"})
    assert "1 matériel repris" in text_of(wrong)
    assert await checked() == []


async def test_what_is_prepared_in_a_pile_or_in_the_list_is_checked_too(accounts: Accounts) -> None:
    await lists_and_loans(accounts)
    back = await Pile(accounts.manager, BACK).open()
    await back.scan("35-2026-00001", "35-2026-00003")
    await back.send(f"{BACK}/valider")
    listed = await accounts.manager.get("/a-faire/a-preparer")
    assert f'name="ticked-{cast.LAPTOP}" value="{BATTERY}"' in listed.text
    ready = await Pile(accounts.manager, READY).open()
    await ready.scan("35-2026-00001")
    assert f'name="ticked-{cast.LAPTOP}"' in ready.page.text
    await ready.send(f"{READY}/valider", **{f"erased-{cast.LAPTOP}": "oui", f"ticked-{cast.LAPTOP}": BATTERY})
    assert await checked() == [(CheckMoment.PREPARATION, {BATTERY: True})]


async def test_the_list_of_what_is_to_be_prepared_keeps_them(accounts: Accounts) -> None:
    await lists_and_loans(accounts)
    back = await Pile(accounts.manager, BACK).open()
    await back.scan("35-2026-00001")
    await back.send(f"{BACK}/valider")
    one = {f"condition-{cast.LAPTOP}": "good", f"erased-{cast.LAPTOP}": "oui", f"ticked-{cast.LAPTOP}": BATTERY}
    data = {"only": str(cast.LAPTOP), "done_on": cast.TODAY.isoformat()}
    await submit(accounts.manager, "/a-faire/a-preparer", "/materiels/preparer", **data, **one)
    assert await checked() == [(CheckMoment.PREPARATION, {BATTERY: True})]


async def test_a_pile_done_by_a_job_keeps_them(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    await lists_and_loans(accounts)
    back = await Pile(accounts.manager, BACK).open()
    await back.scan("35-2026-00001")
    monkeypatch.setattr(pages, "is_many", lambda references: True)
    answer = await back.send(f"{BACK}/valider", **{f"ticked-{cast.LAPTOP}": CHARGER})
    assert answer.status_code == 303
    assert await run_next("w1", HANDLERS, clock=lambda: cast.NOW)
    assert await checked() == [(CheckMoment.RETURN, {CHARGER: True, COPY: False})]
