"""The sheet of a pupil: what waits, what is in hand, then schools; papers, representatives and decisions beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, text_of

from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.document import in_force
from materiel.domain.usage import Basis, BasisKind
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.use_cases.loan.elsewhere.leaving import RecordLeaving, record_leaving
from materiel.use_cases.loan.moves import ChangeSchool, change_school
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan

PAGE = f"/eleves/{cast.CHILD}"


async def lent(*items: UUID, **asked: object) -> UUID:
    loan_id = await cast.a_draft(items=items or (cast.LAPTOP,), **asked)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    return loan_id


async def hand(loan_id: UUID, item_id: UUID = cast.LAPTOP) -> None:
    command = HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(HandedItem(item_id=item_id),))
    await hand_over(command, issuer=cast.ISSUER)


async def test_what_waits_comes_first_and_leads_to_the_loan(accounts: Accounts) -> None:
    loan_id = await lent()
    await hand(loan_id)
    page = await accounts.manager.get(PAGE)
    said = text_of(page)
    assert "Faire signer avant tout. Remis sans convention signée depuis aujourd'hui. Il manque" in said
    assert said.index("Faire signer avant tout") < said.index("Désignation")
    assert page.text.count(f'href="/prets/{loan_id}">Ouvrir le prêt') == 1
    assert "Ouvrir le prêt" not in (await accounts.reader.get(PAGE)).text


async def test_of_several_loans_each_act_is_said_once_and_leads_to_their_list(accounts: Accounts) -> None:
    await lent()
    await lent(cast.BRAILLE)
    page = await accounts.manager.get(PAGE)
    assert "Signatures attendues. 2 prêts, le plus ancien depuis aujourd'hui." in text_of(page)
    assert f'href="/prets?liste=tous&amp;eleve={cast.CHILD}">Voir les prêts' in page.text


async def test_what_is_in_hand_is_listed_with_its_loan(accounts: Accounts) -> None:
    loan_id = await lent(cast.LAPTOP, cast.BRAILLE)
    await hand(loan_id)
    page = await accounts.reader.get(PAGE)
    said = text_of(page)
    assert "10 ans" in said
    assert "2 matériels, 1 prêt en cours" in said
    assert "35-2026-00001 Ordinateur portable Prêté Domicile 7 sept." in said
    assert "35-2026-00002 Ordinateur portable Réservé Domicile" in said
    assert f'href="/materiels/{cast.LAPTOP}"' in page.text


async def test_the_papers_that_await_somebody_come_first(accounts: Accounts) -> None:
    loan_id = await lent()
    (agreement, notice) = in_force(await documents.of_loan(loan_id))
    page = (await accounts.reader.get(PAGE)).text
    assert page.index(f'"/documents/{agreement.id}"') < page.index(f'"/documents/{notice.id}"')


async def test_decisions_are_told_once_with_their_end(accounts: Accounts) -> None:
    basis = Basis(kind=BasisKind.CDAPH, reference="35-1", valid_until=date(2028, 8, 31))
    await lent(basis=basis)
    await lent(cast.BRAILLE, basis=basis)
    said = text_of(await accounts.reader.get(PAGE))
    assert said.count("Notification de la CDAPH 35-1, jusqu'au 31 août 2028 (dans 24 mois)") == 1


async def test_the_schools_are_those_of_the_loans_newest_first(accounts: Accounts) -> None:
    loan_id = await lent()
    await change_school(ChangeSchool(loan_id=loan_id, school=cast.CARDROC, effective_on=cast.TODAY), issuer=cast.ISSUER)
    said = text_of(await accounts.reader.get(PAGE))
    schools = said[said.index("Écoles") :]
    assert schools.index("Cardroc") < schools.index("Baulon")


async def test_a_school_where_nothing_was_lent_yet_is_the_present_one(accounts: Accounts) -> None:
    pupil = await pupils.get(cast.CHILD, cast.SERVICE)
    await lent()
    await pupils.save(replace(pupil, school_uai=cast.COLLEGE))
    said = text_of(await accounts.reader.get(PAGE))
    assert "Écoles Aujourd'hui" in said


async def test_the_contact_with_another_academie_waits(accounts: Accounts) -> None:
    await lent()
    command = RecordLeaving(pupil_id=cast.CHILD, left_on=cast.TODAY, academie="", departement="44")
    await record_leaving(command, issuer=cast.ISSUER)
    page = await accounts.manager.get(PAGE)
    assert "Prendre contact avec une académie. Départ de l'académie le 7 septembre 2026." in text_of(page)
    assert ">Noter le contact<" in page.text
