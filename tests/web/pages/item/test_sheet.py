"""The sheet of an item: its state said once, what waits about it, its life in one table."""

from __future__ import annotations

from dataclasses import replace

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.item.item import Condition
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.store.item import item as items
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back

LAPTOP = f"/materiels/{cast.LAPTOP}"


async def test_a_state_is_said_once_with_the_day_since_when(accounts: Accounts) -> None:
    await submit(accounts.manager, LAPTOP, f"{LAPTOP}/etat", status="in_repair", reason="Écran fêlé", version="1")
    await accounts.manager.get(LAPTOP)
    head = text_of(await accounts.manager.get(LAPTOP)).split("Vie du matériel")[0]
    assert head.count("En réparation") == 1
    assert "En réparation · Depuis le 7 septembre 2026 (aujourd'hui)" in head


async def test_loans_and_states_given_are_one_life_with_whom_and_what_was_seen(accounts: Accounts) -> None:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    given = HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(HandedItem(item_id=cast.LAPTOP),))
    await hand_over(given, issuer=cast.ISSUER)
    back = ReturnedItem(item_id=cast.LAPTOP, condition=Condition.DAMAGED, missing_accessories=("Chargeur",))
    await take_back(TakeBack(loan_id=loan_id, returned_on=cast.TODAY, items=(back,)), issuer=cast.ISSUER)
    page = await accounts.manager.get(LAPTOP)
    life = text_of(page).split("Vie du matériel")[1].split("Accessoires")[0]
    assert "Prêté : prêt du 7 septembre 2026" in life
    assert "Exemple Zoé," in life
    assert "Bon état à la remise, abîmé au retour, manque : Chargeur" in life
    assert f'href="/prets/{loan_id}"' in page.text
    assert "Préparer ce qui est revenu. Revenu depuis aujourd'hui." in text_of(page)
    assert f'href="{LAPTOP}/preparer"' in page.text


async def test_an_accessory_that_is_missing_is_said_with_its_act(accounts: Accounts) -> None:
    item = await items.get(cast.LAPTOP, cast.SERVICE)
    await items.save(replace(item, accessories=("Housse",), missing_accessories=("Chargeur",)))
    page = await accounts.manager.get(LAPTOP)
    assert "Chargeur Manque Retrouvé : Chargeur Housse Présent" in text_of(page)
    found = await accounts.manager.get(f"{LAPTOP}/accessoires?lacked-0=found")
    assert 'value="found" checked' in found.text
    assert "Retrouvé" not in text_of(await accounts.reader.get(LAPTOP))


async def test_what_its_loan_awaits_leads_to_the_loan_once(accounts: Accounts) -> None:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    page = await accounts.manager.get(LAPTOP)
    assert "Signer pour l'État." in text_of(page)
    assert "Signatures attendues." in text_of(page)
    assert page.text.count(">Ouvrir le prêt") == 1
    assert f'href="/prets/{loan_id}">Ouvrir le prêt' in page.text


async def test_an_item_that_lived_nothing_says_so(accounts: Accounts) -> None:
    assert "Jamais prêté, aucun incident." in text_of(await accounts.reader.get(LAPTOP))
