"""What is issued binds nobody: the last day, the cover of an item and the former paper follow the signatures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from tests.use_cases.loan_cast import ISSUER, LAPTOP, MANAGER, RENTED, SERVICE, SPARE, TODAY, a_draft, noted, set_up

from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.desk.dashboard import Concern
from materiel.domain.loan.loan import is_handed_over_unsigned
from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.document import (
    AGREEMENTS,
    Document,
    DocumentKind,
    DocumentState,
    DocumentStatus,
    SignatureChannel,
    SignatureStatus,
    in_force,
    state_of,
)
from materiel.domain.usage import Custody
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch
from materiel.store.item import item as items
from materiel.use_cases.desk.dashboard import concerned_loans, tallies
from materiel.use_cases.loan.case import Case
from materiel.use_cases.loan.changes import Amend, Renew, amend_loan, renew_loan
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.moves import ChangeCustody, change_custody
from materiel.use_cases.loan.renewal import renew_school_year
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.signing.recording import RecordSignature, record_signature

NOW = datetime(2026, 9, 7, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def cast(db: object) -> None:
    await set_up()


async def sign(document: Document, *, all_but: int = 0) -> None:
    awaited = [each for each in document.signatures if each.status is SignatureStatus.PENDING]
    for box in awaited[: len(awaited) - all_but]:
        await record_signature(
            RecordSignature(
                document_id=document.id, signatory_id=box.id, signed_on=TODAY, channel=SignatureChannel.PAPER
            ),
            actor=MANAGER,
            now=NOW,
        )


async def signed_and_out(item: UUID = LAPTOP) -> UUID:
    loan_id = await a_draft(items=(item,))
    for document in (await issue_loan(loan_id, issuer=ISSUER)).made:
        await sign(document)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=TODAY, items=(HandedItem(item_id=item),)), issuer=ISSUER)
    return loan_id


async def read(loan_id: UUID) -> Case:
    return await get_loan(loan_id, actor=MANAGER)


async def listed(concern: Concern) -> list[UUID]:
    return [each.loan.id for each in await concerned_loans(concern, actor=MANAGER, now=NOW, limit=10)]


async def test_a_renewal_moves_the_last_day_once_all_have_signed() -> None:
    loan_id = await signed_and_out()
    amendment = (await renew_loan(Renew(loan_id=loan_id), issuer=ISSUER)).made[0]
    await sign(amendment, all_but=1)
    waiting = (await read(loan_id)).loan
    assert (waiting.ends_on, waiting.renewal, waiting.renewal_ends_on) == (
        date(2027, 8, 31),
        amendment.id,
        date(2028, 8, 31),
    )
    await sign(next(each for each in (await read(loan_id)).documents if each.id == amendment.id))
    after = await read(loan_id)
    assert (after.loan.ends_on, after.loan.renewal) == (date(2028, 8, 31), None)
    paper = next(each for each in after.documents if each.id == amendment.id)
    assert paper.takes_effect_on == date(2027, 9, 1)
    assert state_of(paper, TODAY) is DocumentState.AGREED
    assert state_of(paper, date(2027, 9, 1)) is DocumentState.IN_FORCE


async def test_a_renewal_that_waits_is_replaced_by_the_next_one_and_offered_once() -> None:
    loan_id = await signed_and_out()
    first = (await renew_loan(Renew(loan_id=loan_id, ends_on=date(2028, 1, 31)), issuer=ISSUER)).made[0]
    again = await renew_loan(Renew(loan_id=loan_id), issuer=ISSUER)
    papers = {each.id: each.status for each in (await read(loan_id)).documents}
    assert papers[first.id] is DocumentStatus.REPLACED
    assert (again.case.loan.renewal, again.case.loan.renewal_ends_on) == (again.made[0].id, date(2028, 8, 31))
    report = await renew_school_year(2027, issuer=ISSUER, progress=lambda done, total: None)
    assert (report.renewed, report.refused) == ([], [])


async def test_a_renewal_ends_with_the_papers_of_the_loan() -> None:
    loan_id = await signed_and_out()
    await renew_loan(Renew(loan_id=loan_id), issuer=ISSUER)
    moved = ChangeCustody(loan_id=loan_id, custody=Custody.SCHOOL, effective_on=TODAY)
    loan = (await change_custody(moved, issuer=ISSUER)).case.loan
    assert (loan.ends_on, loan.renewal, loan.renewal_ends_on) == (date(2027, 8, 31), None, None)


async def test_a_renewal_that_waits_is_over_once_an_item_is_added() -> None:
    loan_id = await signed_and_out()
    waiting = (await renew_loan(Renew(loan_id=loan_id), issuer=ISSUER)).made[0]
    added = await amend_loan(Amend(loan_id=loan_id, effective_on=TODAY, add=(SPARE,)), issuer=ISSUER)
    assert [each.code for each in added.cautions] == ["RENOUVELLEMENT_A_PROPOSER_DE_NOUVEAU"]
    case = await read(loan_id)
    assert {each.id: each.status for each in case.documents}[waiting.id] is DocumentStatus.ENDED
    assert (case.loan.renewal, case.loan.renewal_ends_on) == (None, None)


async def test_an_item_added_and_handed_over_before_its_amendment_is_signed_is_without_agreement() -> None:
    loan_id = await signed_and_out()
    assert await listed(Concern.UNSIGNED) == []
    amendment = (await amend_loan(Amend(loan_id=loan_id, effective_on=TODAY, add=(SPARE,)), issuer=ISSUER)).made[0]
    assert await listed(Concern.UNSIGNED) == []
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=TODAY, items=(HandedItem(item_id=SPARE),)), issuer=ISSUER)
    case = await read(loan_id)
    assert is_handed_over_unsigned(case.loan, case.documents)
    assert await listed(Concern.UNSIGNED) == [loan_id]
    await fetch(f"UPDATE loan_item SET handed_over_on = '2026-08-31' WHERE loan = '{loan_id}' AND item <> '{SPARE}'")
    await fetch(f"UPDATE loan SET handed_over_on = '2026-08-31' WHERE id = '{loan_id}'")
    await noted()
    (waiting,) = await concerned_loans(Concern.UNSIGNED, actor=MANAGER, now=NOW, limit=10)
    assert waiting.day == TODAY, "since the item that no paper covers is out, and not since the first one"
    assert "depuis aujourd'hui" in " ".join(waiting.reasons)
    await sign(amendment)
    case = await read(loan_id)
    assert not is_handed_over_unsigned(case.loan, case.documents)
    assert await listed(Concern.UNSIGNED) == []


async def test_the_loan_agreement_holds_until_the_tripartite_one_is_signed_by_all() -> None:
    loan_id = await signed_and_out()
    moved = ChangeCustody(loan_id=loan_id, custody=Custody.SCHOOL, effective_on=TODAY)
    tripartite = (await change_custody(moved, issuer=ISSUER)).made[0]
    case = await read(loan_id)
    assert [each.kind for each in in_force(case.documents, *AGREEMENTS)] == [
        DocumentKind.LOAN_AGREEMENT,
        DocumentKind.TRIPARTITE_AGREEMENT,
    ]
    assert not is_handed_over_unsigned(case.loan, case.documents)
    assert await listed(Concern.UNSIGNED) == []
    await sign(tripartite)
    case = await read(loan_id)
    former = next(each for each in case.documents if each.kind is DocumentKind.LOAN_AGREEMENT)
    assert former.status is DocumentStatus.REPLACED
    assert [each.kind for each in in_force(case.documents, *AGREEMENTS)] == [DocumentKind.TRIPARTITE_AGREEMENT]


async def listed_as_capped() -> dict[UUID, str]:
    await noted()
    found = await concerned_loans(Concern.CAPPED, actor=MANAGER, now=NOW, limit=10)
    counted = {tally.concern: tally.count for tally in await tallies(actor=MANAGER, now=NOW)}
    assert counted[Concern.CAPPED] == len(found)
    return {each.loan.id: " ".join(each.reasons) for each in found}


async def test_a_lease_shortened_under_a_running_loan_is_listed_on_the_home_page() -> None:
    loan_id = await signed_and_out(RENTED)
    assert await listed_as_capped() == {}
    rented = await items.get(RENTED, SERVICE)
    await items.save(replace(rented, lease_ends_on=date(2026, 12, 31)))
    assert "prend fin le 31 décembre 2026" in (await listed_as_capped())[loan_id]
    await items.save(replace(await items.get(RENTED, SERVICE), lease_ends_on=date(2028, 12, 31)))
    assert await listed_as_capped() == {}


async def test_a_policy_made_yearly_after_issue_lists_the_loans_that_it_would_not_have_allowed() -> None:
    service = await services.get(SERVICE)
    await services.save(replace(service, renewal_policy=RenewalPolicy.SCHOOLING))
    open_ended = await signed_and_out()
    assert await listed_as_capped() == {}
    await services.save(replace(await services.get(SERVICE), renewal_policy=RenewalPolicy.YEARLY))
    assert "n'a pas de date de fin" in (await listed_as_capped())[open_ended]
    amendment = (await renew_loan(Renew(loan_id=open_ended), issuer=ISSUER)).made[0]
    await sign(amendment)
    assert (await get_loan(open_ended, actor=MANAGER)).loan.ends_on == date(2027, 8, 31)
    assert await listed_as_capped() == {}
