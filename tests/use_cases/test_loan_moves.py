from dataclasses import replace
from datetime import date

import pytest
from tests.use_cases.loan_cast import (
    BAULON,
    BRAILLE,
    CARDROC,
    CHILD,
    COLLEGE,
    IME,
    ISSUER,
    LAPTOP,
    MANAGER,
    NOW,
    SERVICE,
    SPARE,
    TODAY,
    a_draft,
    set_up,
)

from materiel.domain.document import AGREEMENTS, DocumentKind, DocumentStatus, Party, in_force
from materiel.domain.equipment import Condition, ItemStatus
from materiel.domain.loan import Basis, BasisKind, Custody, LoanStatus, RemovalReason, Usage
from materiel.domain.loan_plan import Fault, Removal
from materiel.domain.loan_steps import HandedItem
from materiel.domain.school import SchoolKind
from materiel.errors import Conflict, RuleBroken
from materiel.store import item as items
from materiel.store import loan as loans
from materiel.store import pupil as pupils
from materiel.store.engine import fetch
from materiel.use_cases.loan import get_loan
from materiel.use_cases.loan_changes import Amend, Renew, amend_loan, renew_loan
from materiel.use_cases.loan_moves import ChangeCustody, ChangeSchool, change_custody, change_school
from materiel.use_cases.loan_steps import HandOver, hand_over, issue_loan
from materiel.use_cases.school import DecideSchoolKind, decide_school_kind

LATER = date(2026, 9, 7)


@pytest.fixture(autouse=True)
async def cast(db):
    await set_up()


async def lent(*, items=(LAPTOP,), **asked):
    """A loan issued and handed over."""
    loan_id = await a_draft(items=items, **asked)
    await issue_loan(loan_id, issuer=ISSUER)
    handed = tuple(HandedItem(item_id=each, condition=Condition.GOOD) for each in items)
    return (await hand_over(HandOver(loan_id=loan_id, handed_over_on=TODAY, items=handed), issuer=ISSUER)).case.loan.id


def made(applied):
    return [each.kind for each in applied.made]


async def frozen():
    """What no later step may change of the documents."""
    rows = await fetch("SELECT id, number, content, sha256 FROM document ORDER BY id")
    return [tuple(row.values()) for row in rows]


async def test_an_item_that_goes_home_follows_the_pupil_with_a_new_notice_only():
    loan_id = await lent()
    before = await frozen()
    applied = await change_school(ChangeSchool(loan_id=loan_id, school=COLLEGE, effective_on=LATER), issuer=ISSUER)
    assert made(applied) == [DocumentKind.NOTICE]
    assert [each.party for each in applied.made[0].recipients] == [Party.HEAD_OF_SCHOOL]
    assert [each.kind for each in in_force(applied.case.documents, *AGREEMENTS)] == [DocumentKind.LOAN_AGREEMENT]
    assert (await frozen())[: len(before)] == before
    assert [each.school_uai for each in await loans.schools_of(loan_id)] == [BAULON, COLLEGE]
    assert (await pupils.get(CHILD, SERVICE)).school_uai == COLLEGE


async def test_a_deposit_left_behind_ends_and_a_new_agreement_is_made():
    loan_id = await lent(custody=Custody.SCHOOL)
    old = in_force((await get_loan(loan_id, actor=MANAGER)).documents, *AGREEMENTS)[0]
    applied = await change_school(ChangeSchool(loan_id=loan_id, school=CARDROC, effective_on=LATER), issuer=ISSUER)
    assert made(applied) == [DocumentKind.RETURN_RECEIPT, DocumentKind.TRIPARTITE_AGREEMENT]
    receipt, agreement = applied.made
    assert receipt.number == f"{old.number}-R1"
    assert agreement.number != old.number
    assert "Baulon" in receipt.content
    assert "Cardroc" in agreement.content
    stored = {each.id: each for each in (await get_loan(loan_id, actor=MANAGER)).documents}
    assert stored[old.id].status is DocumentStatus.ENDED
    assert (await items.get(LAPTOP, SERVICE)).status is ItemStatus.RESERVED


async def test_a_school_that_is_not_eligible_ends_the_road():
    loan_id = await lent()
    before = await frozen()
    with pytest.raises(RuleBroken) as error:
        await change_school(ChangeSchool(loan_id=loan_id, school=IME, effective_on=LATER), issuer=ISSUER)
    assert error.value.facts["refusal"] == "MEDICO_EDUCATIF"
    assert await frozen() == before


async def test_a_loan_is_issued_only_if_the_school_is_still_eligible():
    loan_id = await a_draft(school=COLLEGE)
    await decide_school_kind(
        DecideSchoolKind(uai=COLLEGE, kind=SchoolKind.PRIVATE_NO_CONTRACT, reason="Statut vérifié", version=1),
        actor=MANAGER,
        now=NOW,
    )
    with pytest.raises(RuleBroken) as error:
        await issue_loan(loan_id, issuer=ISSUER)
    assert error.value.facts["refusal"] == "HORS_CONTRAT"


async def test_from_school_to_home_the_deposit_ends_and_a_loan_agreement_begins():
    loan_id = await lent(custody=Custody.SCHOOL)
    applied = await change_custody(
        ChangeCustody(loan_id=loan_id, custody=Custody.HOME, effective_on=LATER), issuer=ISSUER
    )
    assert made(applied) == [
        DocumentKind.RETURN_RECEIPT,
        DocumentKind.LOAN_AGREEMENT,
        DocumentKind.NOTICE,
    ]
    assert applied.made[2].number == f"{applied.made[1].number}-N1"


async def test_from_home_to_school_a_tripartite_agreement_takes_over_with_its_receipt():
    loan_id = await lent()
    applied = await change_custody(
        ChangeCustody(loan_id=loan_id, custody=Custody.SCHOOL, effective_on=LATER), issuer=ISSUER
    )
    assert made(applied) == [DocumentKind.TRIPARTITE_AGREEMENT, DocumentKind.HANDOVER_RECEIPT]
    assert (await items.get(LAPTOP, SERVICE)).status is ItemStatus.DEPOSITED


async def test_a_renewal_is_an_amendment_of_the_same_loan():
    loan_id = await lent()
    applied = await renew_loan(Renew(loan_id=loan_id), issuer=ISSUER)
    assert made(applied) == [DocumentKind.AMENDMENT]
    assert applied.made[0].number.endswith("-A1")
    assert applied.case.loan.ends_on == date(2028, 8, 31)
    assert "31 août 2028" in applied.made[0].content.replace("\u00a0", " ")


async def test_an_expired_notification_is_not_renewed_without_a_new_decision():
    basis = Basis(kind=BasisKind.CDAPH, valid_until=date(2027, 1, 31))
    loan_id = await lent(basis=basis)
    with pytest.raises(RuleBroken, match=r"loan\.basis_expired"):
        await renew_loan(Renew(loan_id=loan_id), issuer=ISSUER)
    renewed = Basis(kind=BasisKind.CDAPH, valid_until=date(2029, 1, 31))
    applied = await renew_loan(Renew(loan_id=loan_id, basis=renewed), issuer=ISSUER)
    assert applied.case.loan.basis == renewed


async def test_an_amendment_swaps_a_stolen_item_on_the_same_loan():
    loan_id = await lent(items=(LAPTOP, BRAILLE))
    before = await frozen()
    applied = await amend_loan(
        Amend(
            loan_id=loan_id,
            effective_on=LATER,
            add=(SPARE,),
            remove=(Removal(item_id=LAPTOP, reason=RemovalReason.STOLEN, fault=Fault.NONE),),
        ),
        issuer=ISSUER,
    )
    assert made(applied) == [DocumentKind.AMENDMENT]
    assert [line.item_id for line in applied.case.loan.open_items] == [BRAILLE, SPARE]
    assert (await items.get(LAPTOP, SERVICE)).status is ItemStatus.STOLEN
    assert (await items.get(SPARE, SERVICE)).status is ItemStatus.RESERVED
    assert {caution.code for caution in applied.cautions} == {"DOSSIER_VOL", "REMPLACEMENT_PAR_L_ETAT"}
    assert "35-2026-00001" in applied.made[0].content
    assert "35-2026-00007" in applied.made[0].content
    assert (await frozen())[: len(before)] == before
    assert applied.case.loan.status is LoanStatus.HANDED_OVER


async def test_an_item_that_is_lent_elsewhere_cannot_be_added():
    loan_id = await lent()
    await a_draft(items=(BRAILLE,))
    with pytest.raises(Conflict, match=r"item\.already_lent"):
        await amend_loan(Amend(loan_id=loan_id, effective_on=LATER, add=(BRAILLE,)), issuer=ISSUER)


async def test_a_shared_deposit_moves_to_another_school():
    loan_id = await lent(usage=Usage.SHARED, custody=Custody.SCHOOL, pupil=None, school=BAULON)
    applied = await change_school(ChangeSchool(loan_id=loan_id, school=COLLEGE, effective_on=LATER), issuer=ISSUER)
    assert made(applied) == [DocumentKind.RETURN_RECEIPT, DocumentKind.DEPOSIT_AGREEMENT]


async def test_a_stale_loan_is_not_overwritten():
    loan_id = await a_draft()
    loan = await loans.get(loan_id, SERVICE)
    await issue_loan(loan_id, issuer=ISSUER)
    with pytest.raises(Conflict, match=r"loan\.changed"):
        await loans.save(replace(loan, purpose="Autre usage"))
