from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.documents.reading import body, texts
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

from materiel.documents.content_json import content_from_json
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.loan import LoanStatus, RemovalReason
from materiel.domain.loan.plan import Fault, Removal
from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.document import AGREEMENTS, DocumentKind, DocumentStatus, Party, in_force
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.errors import Conflict, RuleBroken
from materiel.store.engine.database import fetch
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.use_cases.loan.changes import Amend, Renew, amend_loan, renew_loan
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.moves import ChangeCustody, ChangeSchool, change_custody, change_school
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.places.school import DecideSchoolKind, decide_school_kind

LATER = date(2026, 9, 7)
AFTER_WORDING = datetime(2026, 11, 30, 9, tzinfo=UTC)


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


def read(document):
    return body(content_from_json(document.content))


async def test_an_agreement_made_by_a_move_starts_on_its_day_and_names_what_it_replaces():
    loan_id = await lent(custody=Custody.SCHOOL)
    old = in_force((await get_loan(loan_id, actor=MANAGER)).documents, *AGREEMENTS)[0]
    later = replace(ISSUER, now=datetime(2026, 11, 30, 9, tzinfo=UTC))
    moved = ChangeSchool(loan_id=loan_id, school=CARDROC, effective_on=date(2026, 11, 20))
    agreement = (await change_school(moved, issuer=later)).made[1]
    assert "courent du 20 novembre 2026 au 31 août 2027" in read(agreement)
    assert f"À partir du 20 novembre 2026, cette convention remplace la convention n° {old.number}" in read(agreement)
    assert agreement.replaces == old.id
    assert "7 septembre" not in read(agreement)


async def test_the_receipt_of_a_move_says_who_gives_and_who_receives():
    loan_id = await lent()
    seen = (HandedItem(item_id=LAPTOP, condition=Condition.WORN),)
    command = ChangeCustody(loan_id=loan_id, custody=Custody.SCHOOL, effective_on=LATER, items=seen)
    receipt = (await change_custody(command, issuer=ISSUER)).made[1]
    parties = {each.party: each.name for each in receipt.signatures}
    assert f"Remis par\nAnne Exemple\nReçu par\n{parties[Party.MUNICIPALITY]}\n" in read(receipt)
    assert set(parties) == {Party.MANAGING_SERVICE, Party.BORROWER, Party.MUNICIPALITY}
    assert Condition.WORN.label in read(receipt)


async def test_what_a_pupil_keeps_is_not_said_to_be_erased():
    loan_id = await lent(custody=Custody.SCHOOL)
    seen = (HandedItem(item_id=LAPTOP, condition=Condition.DAMAGED),)
    command = ChangeCustody(loan_id=loan_id, custody=Custody.HOME, effective_on=LATER, items=seen)
    receipt = (await change_custody(command, issuer=replace(ISSUER, now=AFTER_WORDING))).made[0]
    assert "n'efface rien" in read(receipt)
    assert "définitivement" not in read(receipt)
    assert Condition.DAMAGED.label in read(receipt)


async def test_a_change_that_is_still_to_come_is_refused_and_leaves_no_trace():
    loan_id = await lent()
    before = await frozen()
    tomorrow = date(2026, 9, 8)
    for change in (
        change_school(ChangeSchool(loan_id=loan_id, school=COLLEGE, effective_on=tomorrow), issuer=ISSUER),
        change_custody(ChangeCustody(loan_id=loan_id, custody=Custody.SCHOOL, effective_on=tomorrow), issuer=ISSUER),
        amend_loan(Amend(loan_id=loan_id, effective_on=tomorrow, add=(SPARE,)), issuer=ISSUER),
    ):
        with pytest.raises(RuleBroken, match=r"loan\.change_in_future") as refusal:
            await change
        assert "8 septembre 2026" in refusal.value.message
    assert await frozen() == before


async def test_a_provisional_extension_says_that_it_is_one():
    loan_id = await lent(basis=Basis(kind=BasisKind.CDAPH, valid_until=date(2026, 10, 31)))
    later = replace(ISSUER, now=AFTER_WORDING)
    with pytest.raises(RuleBroken, match=r"loan\.basis_expired"):
        await renew_loan(Renew(loan_id=loan_id), issuer=later)
    renewed = await renew_loan(Renew(loan_id=loan_id, override_reason="Dossier déposé"), issuer=later)
    assert "Cette prolongation est provisoire" in read(renewed.made[0])
    assert "déjà signée" not in read(renewed.made[0])


async def test_no_agreement_is_made_once_the_term_is_over():
    loan_id = await lent(custody=Custody.SCHOOL, ends_on=date(2026, 10, 31))
    later = replace(ISSUER, now=AFTER_WORDING)
    moved = ChangeSchool(loan_id=loan_id, school=CARDROC, effective_on=date(2026, 11, 20))
    with pytest.raises(RuleBroken, match=r"loan\.term_over"):
        await change_school(moved, issuer=later)
    draft = await a_draft(items=(SPARE,), ends_on=date(2026, 10, 31))
    with pytest.raises(RuleBroken, match=r"loan\.term_over"):
        await issue_loan(draft, issuer=later)


async def test_a_renewal_is_an_amendment_of_the_same_loan():
    loan_id = await lent()
    applied = await renew_loan(Renew(loan_id=loan_id), issuer=ISSUER)
    assert made(applied) == [DocumentKind.AMENDMENT]
    assert applied.made[0].number.endswith("-A1")
    loan = applied.case.loan
    assert (loan.ends_on, loan.renewal, loan.renewal_ends_on) == (
        date(2027, 8, 31),
        applied.made[0].id,
        date(2028, 8, 31),
    )
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


async def test_the_former_school_gives_back_in_the_condition_seen_that_day():
    school_loan = await lent(custody=Custody.SCHOOL)
    home_loan = await lent(items=(SPARE,))
    seen = (HandedItem(item_id=LAPTOP, condition=Condition.DAMAGED),)
    # Asked from the loan that goes home: what stays at school follows, with its condition.
    moved = await change_school(
        ChangeSchool(loan_id=home_loan, school=CARDROC, effective_on=LATER, items=seen), issuer=ISSUER
    )
    (other,) = moved.others
    assert other.case.loan.id == school_loan
    receipt = next(each for each in other.made if each.kind is DocumentKind.RETURN_RECEIPT)
    assert any("Abîmé" in text or "abîmé" in text for text in texts(content_from_json(receipt.content)))
    assert [each.code for each in other.cautions if each.code == "A_REPARER"]
    (line,) = (await loans.get(school_loan, SERVICE)).open_items
    assert (line.condition_in, line.handed_over_on) == (Condition.DAMAGED, None)
