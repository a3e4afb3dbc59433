"""The sheet of a school: what waits, what it keeps, its pupils; who signs, how to reach it and its papers beside."""

from __future__ import annotations

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, text_of

from materiel.domain.loan.reference_change import ChangeKind, FoundChange
from materiel.domain.loan.steps import HandedItem
from materiel.domain.usage import Custody, Usage
from materiel.store.engine.database import write_transaction
from materiel.store.loan import reference_change as changes
from materiel.store.places import school as schools
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan

PAGE = f"/etablissements/{cast.BAULON}"


async def test_what_waits_in_a_school_is_said_once_for_all_its_loans(accounts: Accounts) -> None:
    for item in (cast.LAPTOP, cast.BRAILLE):
        await issue_loan(await cast.a_draft(items=(item,)), issuer=cast.ISSUER)
    page = await accounts.manager.get(PAGE)
    assert "Signer pour l'État. 2 prêts, le plus ancien depuis aujourd'hui." in text_of(page)
    assert f'href="/prets?liste=tous&amp;etablissement={cast.BAULON}">Voir les prêts' in page.text
    assert "Signer pour l'État" not in text_of(await accounts.stranger.get(PAGE))


async def test_what_a_school_keeps_is_apart_from_what_its_pupils_took_home(accounts: Accounts) -> None:
    deposit = await cast.a_draft(usage=Usage.SHARED, custody=Custody.SCHOOL, pupil=None, items=(cast.KEYBOARD,))
    await issue_loan(deposit, issuer=cast.ISSUER)
    command = HandOver(loan_id=deposit, handed_over_on=cast.TODAY, items=(HandedItem(item_id=cast.KEYBOARD),))
    await hand_over(command, issuer=cast.ISSUER)
    home = await cast.a_draft()
    said = text_of(await accounts.reader.get(PAGE))
    kept = said[said.index("Ce que l'établissement garde") : said.index("Élèves, prêts et dépôts en cours")]
    assert "35-2026-00003 Ordinateur portable Déposé 7 sept. Usage collectif" in kept
    assert "35-2026-00001" not in kept
    loans = said[said.index("Élèves, prêts et dépôts en cours") :]
    assert "Exemple Zoé" in loans
    assert f"/prets/{home}" in (await accounts.reader.get(PAGE)).text


async def test_a_school_that_keeps_nothing_says_so_with_its_other_pupils(accounts: Accounts) -> None:
    page = await accounts.manager.get(PAGE)
    said = text_of(page)
    assert "Rien n'y est gardé." in said
    assert "inscrit" in said
    assert f'href="/eleves/{cast.CHILD}"' in page.text
    assert "Exemple Zoé" not in (await accounts.stranger.get(PAGE)).text


async def test_a_change_of_the_annuaire_waits_on_the_sheet_of_its_school(accounts: Accounts) -> None:
    school = await schools.by_uai(cast.BAULON, cast.SERVICE)
    found = FoundChange(school_id=school.id, uai=school.uai, kind=ChangeKind.CLOSED, before="", after="closed")
    async with write_transaction():
        await changes.note(found, cast.SERVICE, cast.NOW)
    page = await accounts.manager.get(PAGE)
    assert f"Régler un changement de l'annuaire. {ChangeKind.CLOSED.label}." in text_of(page)
    assert 'href="/a-faire/changements-de-l-annuaire">Régler' in page.text
    other = text_of(await accounts.manager.get(f"/etablissements/{cast.CARDROC}"))
    assert "Régler un changement" not in other
