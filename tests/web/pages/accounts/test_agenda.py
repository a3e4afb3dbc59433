"""« Mon agenda »: an address made, read by a program, made anew, closed; and what it never says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import httpx
from tests.use_cases import loan_cast as cast
from tests.use_cases.loan_cast import a_draft, noted
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.accounts.roles import Role
from materiel.domain.circuit.stocktake import OpenStocktake
from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.cover_letter import CoverLetterKind
from materiel.store.accounts import user as users
from materiel.store.engine.database import write_transaction
from materiel.store.people import pupil as pupils
from materiel.use_cases.accounts.user_rights import close_account, reopen_account
from materiel.use_cases.circuit.need import OrderNeed, RecordNeed, order_need, record_need
from materiel.use_cases.circuit.stocktake.opening import open_stocktake
from materiel.use_cases.desk.cover_letter import PrintCoverLetters, letter_choices, print_cover_letters
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan

PAGE = "/compte/agenda"


async def an_address(client: httpx.AsyncClient) -> str:
    """The path of an address just made."""
    answer = await submit(client, PAGE)
    found = re.search(r"(/agenda/[A-Za-z0-9_-]{43}\.ics)<", answer.text)
    assert found, text_of(answer)
    return found[1]


async def test_an_address_is_read_by_a_program_without_a_name(accounts: Accounts) -> None:
    loan_id = await a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    lines = (HandedItem(item_id=cast.LAPTOP),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=lines), issuer=cast.ISSUER)
    asked = RecordNeed(pupil_id=cast.CHILD, wording="Plage braille", notified_on=cast.TODAY)
    need = await record_need(asked, actor=cast.MANAGER, now=cast.NOW)
    ordered = OrderNeed(need_id=need.id, version=1, reference="BC-1", expected_on=cast.TODAY + timedelta(days=9))
    await order_need(ordered, actor=cast.MANAGER, now=cast.NOW)
    assert "n'a pas encore d'adresse" in text_of(await accounts.manager.get(PAGE))
    path = await an_address(accounts.manager)
    answer = await accounts.anonymous.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    case = await get_loan(loan_id, actor=cast.MANAGER)
    assert f"DTSTART;VALUE=DATE:{case.loan.ends_on:%Y%m%d}" in answer.text
    assert f"SUMMARY:1 retour attendu\r\nDESCRIPTION:{case.reference}\r\n" in answer.text
    assert "SUMMARY:1 livraison attendue" in answer.text
    pupil, item = await pupils.get(cast.CHILD, cast.SERVICE), case.items[0]
    for word in (pupil.last_name, pupil.first_name, item.designation, case.place.school.name, "braille", "BC-1"):
        assert word not in answer.text
    # Whoever only reads sees no delivery; another service sees nothing of it.
    assert "livraison" not in (await accounts.anonymous.get(await an_address(accounts.reader))).text
    assert "VEVENT" not in (await accounts.anonymous.get(await an_address(accounts.stranger))).text
    # Nothing of a pupil who has died.
    async with write_transaction():
        await pupils.save(replace(await pupils.get(cast.CHILD, cast.SERVICE), died_on=cast.TODAY))
    await noted()
    assert "VEVENT" not in (await accounts.anonymous.get(path)).text


async def test_appointments_and_stocktakes_are_shown_without_a_name(accounts: Accounts) -> None:
    loan_id = await a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    keys = [each.key for each in (await letter_choices(loan_id, issuer=cast.ISSUER)).recipients if each.lines]
    path = await an_address(accounts.reader)
    for days in (3, 4):
        letter = PrintCoverLetters(
            loan_id=loan_id,
            kind=CoverLetterKind.APPOINTMENT,
            to=tuple(keys[:1]),
            meets_on=cast.TODAY + timedelta(days=days),
            hour="14 h 30",
            place="au Centre Pointillé",
        )
        await print_cover_letters(letter, issuer=cast.ISSUER)
    ends = OpenStocktake(name="Récolement du collège Secret", closes_on=cast.TODAY + timedelta(days=20))
    await open_stocktake(ends, actor=cast.MANAGER, now=cast.NOW)
    text = (await accounts.anonymous.get(path)).text
    case = await get_loan(loan_id, actor=cast.MANAGER)
    # The last letter says the day.
    assert text.count("rendez-vous\r\n") == 1
    assert f"DTSTART;VALUE=DATE:{cast.TODAY + timedelta(days=4):%Y%m%d}" in text
    assert f"SUMMARY:1 rendez-vous\r\nDESCRIPTION:{case.reference}\r\n" in text
    assert f"DTSTART;VALUE=DATE:{cast.TODAY + timedelta(days=20):%Y%m%d}" in text
    assert "SUMMARY:1 récolement à clore\r\n" in text
    for word in ("Exemple", "Zoé", case.place.school.name, "Pointillé", "14 h", "Secret"):
        assert word not in text
    assert "VEVENT" not in (await accounts.anonymous.get(await an_address(accounts.stranger))).text


async def test_an_address_is_shown_once_replaced_and_closed(accounts: Accounts) -> None:
    first = await an_address(accounts.reader)
    shown = await accounts.reader.get(PAGE)
    assert first not in shown.text
    assert "Une adresse est ouverte depuis le" in text_of(shown)
    second = await an_address(accounts.reader)
    assert (await accounts.anonymous.get(first)).status_code == 404
    assert (await accounts.anonymous.get(second)).status_code == 200
    token = csrf_of(shown.text)
    assert (await accounts.reader.post(f"{PAGE}/fermer", data={"_csrf": token})).status_code == 303
    assert (await accounts.anonymous.get(second)).status_code == 404
    await accounts.reader.post(f"{PAGE}/fermer", data={"_csrf": token})
    assert "il n'y a rien à fermer" in text_of(await accounts.reader.get(PAGE))
    assert (await accounts.anonymous.get("/agenda/inconnue.ics")).status_code == 404


async def test_a_closed_account_has_no_calendar_not_even_reopened(accounts: Accounts) -> None:
    path = await an_address(accounts.reader)
    reader = next(each for each in await users.of_service(cast.SERVICE) if each.role is Role.READER)
    await close_account(reader.id, actor=accounts.actor, now=cast.NOW)
    assert (await accounts.anonymous.get(path)).status_code == 404
    await reopen_account(reader.id, actor=accounts.actor, now=cast.NOW)
    assert (await accounts.anonymous.get(path)).status_code == 404
