"""How many statements an act asks of the database, and how often it waits for the thread that writes."""

import csv
from dataclasses import replace
from uuid import UUID

import pytest
from tests.conftest import SERVER
from tests.use_cases.loan_cast import (
    ANNUAIRE,
    BAULON,
    CHILD,
    ISSUER,
    LAPTOP,
    MANAGER,
    NOW,
    SERVICE,
    TODAY,
    a_child,
    a_child_with_two_homes,
    a_draft,
    a_request,
    an_item,
    set_up,
)

from materiel.domain.item.item import Condition
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import DocumentKind
from materiel.store.engine.database import write_transaction
from materiel.store.item import item as items
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.use_cases.imports.schools import import_schools
from materiel.use_cases.loan.loan import create_loan, get_loan
from materiel.use_cases.loan.pile import PileAction, PileItem, look_at, process_pile
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back

PILE = 30
ONE_VISIT = 0 if SERVER else 1
"""Of the thread that writes, for a transaction; PostgreSQL has no such thread."""


@pytest.fixture(autouse=True)
async def cast(db):
    """Zoé, of a public école of a commune, has two homes and two representatives."""
    await set_up()
    both = a_child_with_two_homes()
    zoe = await pupils.get(CHILD, SERVICE)
    async with write_transaction():
        people = tuple(replace(each, id=UUID(int=each.id.int + 16)) for each in both.representatives)
        await pupils.save(replace(zoe, homes=both.homes, representatives=people))


@pytest.fixture
def visits(db, monkeypatch):
    """What the thread that writes was asked, in order."""
    told = []
    if not SERVER:
        call = db.writer.call

        def heard(function, *args):
            told.append(function.__name__)
            return call(function, *args)

        monkeypatch.setattr(db.writer, "call", heard)
    return told


def handed(loan_id, item_id):
    return HandOver(loan_id=loan_id, handed_over_on=TODAY, items=(HandedItem(item_id=item_id),))


def back(loan_id, item_id):
    item = ReturnedItem(item_id=item_id, condition=Condition.GOOD)
    return TakeBack(loan_id=loan_id, returned_on=TODAY, items=(item,))


async def test_a_loan_is_created_in_few_statements(statements, visits):
    created = await create_loan(a_request(), actor=MANAGER, now=NOW)
    assert len(created.case.pupil.representatives) == 2
    assert created.case.place.municipality is not None
    assert len(statements) == 12, statements
    assert len(visits) == ONE_VISIT
    assert created.case == await get_loan(created.case.loan.id, actor=MANAGER)


async def test_an_agreement_and_its_notice_are_issued_in_few_statements(statements, visits):
    draft = await a_draft()
    statements.clear()
    visits.clear()
    issued = await issue_loan(draft, issuer=ISSUER)
    assert [each.kind for each in issued.made] == [DocumentKind.LOAN_AGREEMENT, DocumentKind.NOTICE]
    # The annex of the service among them.
    assert len(statements) == 20, statements
    assert len(visits) == ONE_VISIT


async def test_an_item_is_handed_over_in_few_statements(statements, visits):
    draft = await a_draft()
    await issue_loan(draft, issuer=ISSUER)
    statements.clear()
    visits.clear()
    await hand_over(handed(draft, LAPTOP), issuer=ISSUER)
    assert len(statements) == 19, statements
    assert len(visits) == ONE_VISIT


async def test_a_loan_comes_back_in_few_statements(statements, visits):
    draft = await a_draft()
    await issue_loan(draft, issuer=ISSUER)
    await hand_over(handed(draft, LAPTOP), issuer=ISSUER)
    statements.clear()
    visits.clear()
    returned = await take_back(back(draft, LAPTOP), issuer=ISSUER)
    assert returned.case.loan.status is LoanStatus.RETURNED
    assert len(statements) == 19, statements
    assert len(visits) == ONE_VISIT


async def thirty_loans():
    """The items of thirty loans handed over, each of another public école."""
    await import_schools(ANNUAIRE.read_bytes(), actor=MANAGER, now=NOW)
    with ANNUAIRE.open(encoding="utf-8-sig", newline="") as file:
        kind = (await schools.by_uai(BAULON, SERVICE)).kind
        uais = [row["Identifiant_de_l_etablissement"] for row in csv.DictReader(file, delimiter=";")]
    known = {uai: await schools.by_uai(uai, SERVICE) for uai in uais}
    lent = []
    for n, uai in enumerate([uai for uai, school in known.items() if school.kind is kind][:PILE]):
        item_id, pupil_id = UUID(int=0xA000 + n), UUID(int=0xB000 + n)
        item = replace(an_item(100 + n, item_id), public_code=f"PQRSTVWXYZA{n:02d}")
        person = replace(a_child().representatives[0], id=UUID(int=0xC000 + n))
        async with write_transaction():
            await items.insert(item, NOW)
            await pupils.insert(replace(a_child(), id=pupil_id, school_uai=uai, representatives=(person,)), NOW)
        draft = await a_draft(school=uai, pupil=pupil_id, items=(item_id,))
        await issue_loan(draft, issuer=ISSUER)
        await hand_over(handed(draft, item_id), issuer=ISSUER)
        lent.append(item_id)
    return lent


async def test_a_pile_of_thirty_loans_comes_back_in_few_statements(statements, visits):
    lent = await thirty_loans()
    statements.clear()
    looked = await look_at(PileAction.TAKE_BACK, lent, actor=MANAGER, now=NOW)
    assert not any(each.refusal for each in looked)
    assert len(statements) == 5, statements
    statements.clear()
    visits.clear()
    done = await process_pile(PileAction.TAKE_BACK, [PileItem(each) for each in lent], on=TODAY, issuer=ISSUER)
    assert (len(done.items), len(done.receipts), done.refused) == (PILE, PILE, {})
    assert len(statements) == 335
    assert len(visits) == 3 * ONE_VISIT
