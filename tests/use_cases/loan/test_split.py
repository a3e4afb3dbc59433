"""Row 17 of the table: a pupil keeps one device at home and a second one stays at school, each in its own loan."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from tests.use_cases.loan.test_agreed import listed, sign
from tests.use_cases.loan.test_moves import AFTER_WORDING, lent, read
from tests.use_cases.loan_cast import (
    BRAILLE,
    CHILD,
    COLLEGE,
    ISSUER,
    KEYBOARD,
    LAPTOP,
    MANAGER,
    NOW,
    SERVICE,
    TODAY,
    a_draft,
    set_up,
)
from tests.use_cases.people.test_removal import a_double

from materiel.domain.accounts.service import NO_ADDRESS
from materiel.domain.desk.dashboard import Concern
from materiel.domain.history.item import loan_lines
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.loan import LoanStatus, RemovalReason
from materiel.domain.loan.plan import Removal
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import AGREEMENTS, DocumentKind, Party, in_force
from materiel.domain.usage import Custody
from materiel.errors import Conflict, MaterielError
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.loan.list import LoanFilter
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.use_cases.item.sheet import item_sheet
from materiel.use_cases.loan.applying import Applied
from materiel.use_cases.loan.changes import Amend, amend_loan
from materiel.use_cases.loan.list import list_loan_lines
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.moves import ChangeCustody, ChangeSchool, change_custody, change_school
from materiel.use_cases.loan.recall import recall_loan
from materiel.use_cases.loan.sheet import LoanSheet, read_loan_sheet
from materiel.use_cases.loan.steps import HandOver, TakeBack, cancel_loan, hand_over, issue_loan, take_back
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.people.export import ExportPerson, export_person
from materiel.use_cases.people.removal import MergePupil, merge_pupil

K = DocumentKind
BOTH = (LAPTOP, BRAILLE)
SINCE_TODAY = replace(ISSUER, now=AFTER_WORDING)


@pytest.fixture(autouse=True)
async def cast(db: object) -> None:
    await set_up()


async def sign_all(loan_id: UUID) -> None:
    for paper in in_force(await documents.of_loan(loan_id), *AGREEMENTS, K.AMENDMENT):
        await sign(paper)


async def signed_and_out(custody: Custody = Custody.HOME) -> UUID:
    """Two items, agreed and handed over."""
    loan_id = await lent(items=BOTH, custody=custody)
    await sign_all(loan_id)
    return loan_id


async def split(
    loan_id: UUID, custody: Custody, *only: UUID, issuer: Issuer = ISSUER, seen: Condition = Condition.GOOD
) -> tuple[Applied, Applied]:
    """The loan, and the one made for the items that change custody."""
    command = ChangeCustody(
        loan_id=loan_id,
        custody=custody,
        effective_on=issuer.today,
        only=only,
        items=tuple(HandedItem(item_id=each, condition=seen) for each in only),
    )
    rest = await change_custody(command, issuer=issuer)
    (apart,) = rest.others
    return rest, apart


def made(applied: Applied) -> list[DocumentKind]:
    return [each.kind for each in applied.made]


def held(applied: Applied) -> list[UUID]:
    return [line.item_id for line in applied.case.loan.open_items]


async def status(item_id: UUID) -> ItemStatus:
    return (await items.get(item_id, SERVICE)).status


async def sheet(loan_id: UUID) -> LoanSheet:
    return await read_loan_sheet(loan_id, actor=MANAGER, now=NOW)


async def alerts(loan_id: UUID) -> set[str]:
    return {each.code for each in (await sheet(loan_id)).alerts}


async def everything() -> tuple[object, ...]:
    counted = [await fetch(f"SELECT count(*) AS n FROM {table}") for table in ("loan", "loan_item", "document")]
    return (*(rows[0]["n"] for rows in counted), await fetch("SELECT id, status, version FROM loan"))


async def test_one_device_at_home_and_one_at_school_are_two_agreements() -> None:
    """Row 17: « PRET for the first, TRI for the second, NOTIF for the first only »."""
    rest, apart = await split(await signed_and_out(), Custody.SCHOOL, BRAILLE)
    assert (held(rest), rest.case.loan.custody) == ([LAPTOP], Custody.HOME)
    assert (held(apart), apart.case.loan.custody) == ([BRAILLE], Custody.SCHOOL)
    assert made(rest) == [K.AMENDMENT]
    assert made(apart) == [K.TRIPARTITE_AGREEMENT, K.HANDOVER_RECEIPT]
    papers = in_force((await get_loan(rest.case.loan.id, actor=MANAGER)).documents)
    assert {each.kind for each in papers} == {K.LOAN_AGREEMENT, K.NOTICE, K.HANDOVER_RECEIPT, K.AMENDMENT}
    assert (await status(LAPTOP), await status(BRAILLE)) == (ItemStatus.ON_LOAN, ItemStatus.DEPOSITED)
    agreement = apart.made[0]
    assert {box.party for box in agreement.signatures} == {
        Party.MANAGING_SERVICE,
        Party.BORROWER,
        Party.MUNICIPALITY,
    }
    assert agreement.number != papers[0].number
    assert apart.case.loan.basis == rest.case.loan.basis
    assert (apart.case.loan.ends_on, apart.case.loan.pupil_id) == (rest.case.loan.ends_on, CHILD)


async def test_what_stayed_at_school_goes_home_by_an_agreement_and_a_notice_of_its_own() -> None:
    rest, apart = await split(await signed_and_out(Custody.SCHOOL), Custody.HOME, BRAILLE, seen=Condition.WORN)
    assert made(rest) == [K.AMENDMENT, K.RETURN_RECEIPT]
    assert made(apart) == [K.LOAN_AGREEMENT, K.NOTICE]
    assert {box.party for box in rest.made[1].signatures} == {Party.MANAGING_SERVICE, Party.MUNICIPALITY}
    assert Condition.WORN.label in read(rest.made[1])
    assert apart.made[1].number.startswith(apart.made[0].number)
    assert await status(BRAILLE) is ItemStatus.RESERVED, "it waits to be handed to the family, and needs no preparation"
    assert apart.case.loan.handed_over_on is None
    handed = HandOver(loan_id=apart.case.loan.id, handed_over_on=TODAY, items=(HandedItem(item_id=BRAILLE),))
    await hand_over(handed, issuer=ISSUER)
    assert await status(BRAILLE) is ItemStatus.ON_LOAN
    assert "handed_over_unsigned" in await alerts(apart.case.loan.id), "no paper covers it at home before its own"


async def test_the_receipt_of_what_passes_names_whoever_gives_and_whoever_receives() -> None:
    _, apart = await split(await signed_and_out(), Custody.SCHOOL, BRAILLE, seen=Condition.WORN, issuer=SINCE_TODAY)
    receipt = apart.made[1]
    boxes = {box.party: box.name for box in receipt.signatures}
    assert set(boxes) == {Party.MANAGING_SERVICE, Party.BORROWER, Party.MUNICIPALITY}
    assert f"Remis par\nAnne Exemple\nReçu par\n{boxes[Party.MUNICIPALITY]}\n" in read(receipt)
    assert "Le matériel passe de l'emprunteur au dépositaire" in read(receipt)
    assert Condition.WORN.label in read(receipt)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (Custody.HOME, Custody.SCHOOL, "une convention tripartite distincte le dit"),
        (Custody.SCHOOL, Custody.HOME, "une convention de prêt distincte le dit"),
    ],
)
async def test_no_paper_says_that_the_item_went_back_to_the_state(before: Custody, after: Custody, said: str) -> None:
    rest, _ = await split(await signed_and_out(before), after, BRAILLE, issuer=SINCE_TODAY)
    amendment = read(rest.made[0])
    assert "Motif du retrait : passé à une autre garde." in amendment
    assert said in " ".join(amendment.split())
    assert "est rendu au service gestionnaire" not in amendment
    assert not [row for row in await fetch("SELECT id FROM incident")]
    assert await status(BRAILLE) is not ItemStatus.TO_PREPARE


async def test_the_signed_agreement_covers_the_item_until_the_new_one_is_signed() -> None:
    rest, apart = await split(await signed_and_out(), Custody.SCHOOL, BRAILLE)
    loan_id = apart.case.loan.id
    assert "handed_over_unsigned" not in await alerts(loan_id)
    assert "signature_awaited" in await alerts(loan_id)
    assert await listed(Concern.UNSIGNED) == []
    assert (await sheet(loan_id)).is_covered
    lines = await list_loan_lines(LoanFilter(), actor=MANAGER, now=NOW, limit=9)
    assert not [a.code for line in lines for a in line.alerts if a.code == "handed_over_unsigned"]
    current = (await item_sheet(BRAILLE, actor=MANAGER, now=NOW, base_url="")).current
    assert current is not None
    assert "handed_over_unsigned" not in {each.code for each in current.alerts}
    # All the rest comes back: the former agreement ends, and nothing covers what is at school any more.
    back = ReturnedItem(item_id=LAPTOP, condition=Condition.GOOD)
    await take_back(TakeBack(loan_id=rest.case.loan.id, returned_on=TODAY, items=(back,)), issuer=ISSUER)
    assert "handed_over_unsigned" in await alerts(loan_id)
    assert await listed(Concern.UNSIGNED) == [loan_id]
    await sign_all(loan_id)
    assert "handed_over_unsigned" not in await alerts(loan_id)
    assert await listed(Concern.UNSIGNED) == []


async def test_an_agreement_that_nobody_signed_covers_neither_loan() -> None:
    _, apart = await split(await lent(items=BOTH), Custody.SCHOOL, BRAILLE)
    assert apart.case.loan.covered_by is None
    assert "handed_over_unsigned" in await alerts(apart.case.loan.id)
    assert apart.case.loan.id in await listed(Concern.UNSIGNED)


async def test_an_item_that_waits_for_its_amendment_is_not_covered_by_the_agreement() -> None:
    loan_id = await signed_and_out()
    await amend_loan(Amend(loan_id=loan_id, effective_on=TODAY, add=(KEYBOARD,)), issuer=ISSUER)
    handed = HandOver(loan_id=loan_id, handed_over_on=TODAY, items=(HandedItem(item_id=KEYBOARD),))
    await hand_over(handed, issuer=ISSUER)
    _, apart = await split(loan_id, Custody.SCHOOL, KEYBOARD)
    assert "handed_over_unsigned" in await alerts(apart.case.loan.id)


async def test_once_it_went_home_again_the_former_agreement_covers_nothing() -> None:
    _, apart = await split(await signed_and_out(), Custody.SCHOOL, BRAILLE)
    home = ChangeCustody(loan_id=apart.case.loan.id, custody=Custody.HOME, effective_on=TODAY)
    assert (await change_custody(home, issuer=ISSUER)).case.loan.covered_by is None


async def test_each_sheet_leads_to_the_other_and_tells_the_same_event() -> None:
    rest, apart = await split(await signed_and_out(), Custody.SCHOOL, BRAILLE)
    one, two = await sheet(rest.case.loan.id), await sheet(apart.case.loan.id)
    assert [(each.loan.id, each.number) for each in one.others] == [(two.case.loan.id, apart.made[0].number)]
    assert [each.loan.id for each in two.others] == [one.case.loan.id]
    assert not one.is_covered
    day = "avec effet le 7 septembre 2026"
    assert any(e.sentence.startswith("Une partie du matériel passe à une autre garde") for e in one.events)
    told = [e.sentence for e in two.events if e.sentence.startswith("Prêt établi pour une partie")]
    assert len(told) == 1
    assert day in told[0]
    assert "reste en permanence" in told[0]
    assert not any("retrait" in e.sentence for e in one.events), "one event, told once"
    entries = await journal.of_subject(SERVICE, two.case.loan.id)
    assert entries[-1].details["other"] == str(one.case.loan.id)
    assert two.decision.source == (await sheet(apart.case.loan.id)).decision.source
    assert [rule.place.custody for rule in two.rules] == [Custody.SCHOOL]


async def test_the_history_of_the_item_tells_a_passage_and_neither_a_return_nor_a_loss() -> None:
    rest, apart = await split(await signed_and_out(), Custody.SCHOOL, BRAILLE)
    told = [each.sentence for case in (rest, apart) for each in loan_lines(case.case.loan, BRAILLE)]
    assert "Passé à une autre garde : sorti de ce prêt pour un autre." in told
    assert any(each.startswith("Suite par un autre prêt (usage individuel, reste en permanence") for each in told)
    assert not any(each.startswith(("Rendu", "Retiré", "Perdu")) for each in told)
    gone = next(line for line in rest.case.loan.items if line.item_id == BRAILLE)
    assert (gone.removal, gone.removed_on, gone.returned_on) == (RemovalReason.MOVED, TODAY, None)


async def test_all_the_items_chosen_are_the_whole_loan() -> None:
    command = ChangeCustody(loan_id=await signed_and_out(), custody=Custody.SCHOOL, effective_on=TODAY, only=BOTH)
    applied = await change_custody(command, issuer=ISSUER)
    assert (applied.others, applied.made_other) == ((), False)
    assert made(applied) == [K.TRIPARTITE_AGREEMENT, K.HANDOVER_RECEIPT]


async def test_a_draft_becomes_two_drafts_without_paper() -> None:
    rest, apart = await split(await a_draft(items=BOTH), Custody.SCHOOL, BRAILLE)
    assert (made(rest), made(apart)) == ([], [])
    assert (held(rest), held(apart)) == ([LAPTOP], [BRAILLE])
    assert {rest.case.loan.status, apart.case.loan.status} == {LoanStatus.DRAFT}
    assert made(await issue_loan(apart.case.loan.id, issuer=ISSUER)) == [K.TRIPARTITE_AGREEMENT]
    assert made(await issue_loan(rest.case.loan.id, issuer=ISSUER)) == [K.LOAN_AGREEMENT, K.NOTICE]
    await cancel_loan(apart.case.loan.id, reason="Essai", issuer=ISSUER)
    assert await status(BRAILLE) is ItemStatus.IN_STOCK, "it never left"


async def test_either_loan_returns_alone() -> None:
    rest, apart = await split(await signed_and_out(), Custody.SCHOOL, BRAILLE)
    back = ReturnedItem(item_id=BRAILLE, condition=Condition.GOOD)
    ended = await take_back(TakeBack(loan_id=apart.case.loan.id, returned_on=TODAY, items=(back,)), issuer=ISSUER)
    assert ended.case.loan.status is LoanStatus.RETURNED
    assert {box.party for box in ended.made[0].signatures} == {Party.MANAGING_SERVICE, Party.MUNICIPALITY}
    first = await get_loan(rest.case.loan.id, actor=MANAGER)
    assert (first.loan.status, await status(LAPTOP)) == (LoanStatus.HANDED_OVER, ItemStatus.ON_LOAN)
    back = ReturnedItem(item_id=LAPTOP, condition=Condition.GOOD)
    ended = await take_back(TakeBack(loan_id=rest.case.loan.id, returned_on=TODAY, items=(back,)), issuer=ISSUER)
    assert ended.case.loan.status is LoanStatus.RETURNED
    assert "35-2026-00002" not in read(ended.made[0])


async def test_what_came_back_from_the_school_is_prepared_when_its_loan_is_cancelled() -> None:
    rest, apart = await split(await signed_and_out(Custody.SCHOOL), Custody.HOME, BRAILLE)
    await cancel_loan(apart.case.loan.id, reason="La famille renonce", issuer=ISSUER)
    assert await status(BRAILLE) is ItemStatus.TO_PREPARE
    with pytest.raises(Conflict) as refusal:
        await cancel_loan(rest.case.loan.id, reason="Aussi", issuer=ISSUER)
    assert refusal.value.code == "loan.handed_over"


async def test_a_loan_whose_items_out_have_all_passed_may_be_cancelled() -> None:
    loan_id = await a_draft(items=BOTH)
    await issue_loan(loan_id, issuer=ISSUER)
    handed = HandOver(loan_id=loan_id, handed_over_on=TODAY, items=(HandedItem(item_id=BRAILLE),))
    await hand_over(handed, issuer=ISSUER)
    rest, _ = await split(loan_id, Custody.SCHOOL, BRAILLE)
    assert rest.case.loan.handed_over_on is None
    assert (await cancel_loan(loan_id, reason="Renonce", issuer=ISSUER)).case.loan.status is LoanStatus.CANCELLED
    assert await status(BRAILLE) is ItemStatus.DEPOSITED


async def test_a_recall_reaches_the_loan_that_is_recalled_and_no_other() -> None:
    rest, apart = await split(await signed_and_out(), Custody.SCHOOL, BRAILLE)
    await recall_loan(apart.case.loan.id, reason="Fin", ground=RecallGround.BORROWER_AGREES, issuer=ISSUER)
    assert (await status(BRAILLE), await status(LAPTOP)) == (ItemStatus.DUE_BACK, ItemStatus.ON_LOAN)
    assert (await get_loan(rest.case.loan.id, actor=MANAGER)).loan.recalled_on is None


async def test_both_loans_follow_the_pupil_to_another_school() -> None:
    rest, apart = await split(await signed_and_out(), Custody.SCHOOL, BRAILLE)
    move = ChangeSchool(loan_id=rest.case.loan.id, school=COLLEGE, effective_on=TODAY)
    applied = await change_school(move, issuer=ISSUER)
    assert [each.case.loan.id for each in applied.others] == [apart.case.loan.id]
    assert made(applied) == [K.NOTICE]
    assert made(applied.others[0]) == [K.RETURN_RECEIPT, K.TRIPARTITE_AGREEMENT]
    assert not applied.made_other


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"effective_on": date(2026, 9, 8)}, "loan.change_in_future"),
        ({"effective_on": date(2026, 9, 1)}, "loan.before_start"),
        ({"custody": Custody.HOME}, "loan.same_custody"),
        ({"only": (BRAILLE, BRAILLE)}, "loan.item_twice"),
        ({"only": (KEYBOARD,)}, "loan.unknown_item"),
    ],
)
async def test_a_refusal_says_why_and_writes_nothing(changes: dict[str, object], code: str) -> None:
    loan_id = await signed_and_out()
    before = await everything()
    asked: dict[str, object] = {"custody": Custody.SCHOOL, "effective_on": TODAY, "only": (BRAILLE,)}
    with pytest.raises(MaterielError) as refusal:
        await change_custody(ChangeCustody(loan_id=loan_id, **(asked | changes)), issuer=ISSUER)  # type: ignore[arg-type]
    assert refusal.value.code == code
    assert await everything() == before


async def test_nothing_is_split_once_the_term_is_over() -> None:
    loan_id = await signed_and_out()
    later = replace(ISSUER, now=NOW.replace(year=2027, month=10))
    before = await everything()
    with pytest.raises(MaterielError) as refusal:
        await split(loan_id, Custody.SCHOOL, BRAILLE, issuer=later)
    assert refusal.value.code == "loan.term_over"
    assert await everything() == before


async def test_a_paper_that_cannot_be_made_prevents_the_whole_act() -> None:
    loan_id = await signed_and_out()
    async with write_transaction():
        await services.save(replace(await services.get(SERVICE), address=NO_ADDRESS))
    before = await everything()
    with pytest.raises(MaterielError) as refusal:
        await split(loan_id, Custody.SCHOOL, BRAILLE)
    assert refusal.value.code == "service.incomplete"
    assert await everything() == before


async def test_an_item_awaited_at_the_service_changes_no_custody() -> None:
    loan_id = await signed_and_out()
    broken = Removal(item_id=BRAILLE, reason=RemovalReason.BROKEN, description="Écran fendu")
    await amend_loan(Amend(loan_id=loan_id, effective_on=TODAY, remove=(broken,), add=(KEYBOARD,)), issuer=ISSUER)
    with pytest.raises(MaterielError) as refusal:
        await split(loan_id, Custody.SCHOOL, BRAILLE)
    assert refusal.value.code == "loan.item_awaited"


async def test_an_amendment_alone_changes_no_custody() -> None:
    loan_id = await signed_and_out()
    moved = Removal(item_id=BRAILLE, reason=RemovalReason.MOVED)
    with pytest.raises(MaterielError) as refusal:
        await amend_loan(Amend(loan_id=loan_id, effective_on=TODAY, remove=(moved,)), issuer=ISSUER)
    assert refusal.value.code == "loan.custody_not_amended"


async def test_what_happens_to_the_pupil_reaches_both_loans() -> None:
    """The end of the pupil, the record found twice, the file handed to the family."""
    rest, apart = await split(await signed_and_out(), Custody.SCHOOL, BRAILLE)
    both = {rest.case.loan.id, apart.case.loan.id}
    file = await export_person(ExportPerson(pupil_id=CHILD), actor=MANAGER, now=NOW)
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        told = json.loads(archive.read("donnees.json"))
        assert {each["id"] for each in told["loan"]} == {str(each) for each in both}
        assert sum(name.endswith(".pdf") for name in archive.namelist()) == 6
    double = await a_double()
    await merge_pupil(MergePupil(pupil_id=CHILD, into=double.id, reason="Saisi deux fois"), actor=MANAGER, now=NOW)
    assert {(await get_loan(each, actor=MANAGER)).loan.pupil_id for each in both} == {double.id}
    async with write_transaction():
        await pupils.save(replace(await pupils.get(double.id, SERVICE), died_on=TODAY))
    assert [await alerts(each) for each in both] == [{"manual_return"}, {"manual_return"}]


async def test_a_loan_whose_origin_was_eliminated_stands_alone() -> None:
    _, apart = await split(await signed_and_out(), Custody.SCHOOL, BRAILLE)
    gone = UUID(int=7)
    await fetch(f"UPDATE loan SET split_from = '{gone}', covered_by = '{gone}' WHERE id = '{apart.case.loan.id}'")
    assert (await sheet(apart.case.loan.id)).others == ()
    assert "handed_over_unsigned" in await alerts(apart.case.loan.id)
    assert apart.case.loan.id in await listed(Concern.UNSIGNED)
