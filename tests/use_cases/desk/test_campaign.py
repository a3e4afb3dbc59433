"""A campaign of renewals: examined, decided, run once whatever kills it, followed to its end; a second September."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.stage.cut_short import cut, is_cut_short
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places

from materiel.domain.accounts.service import NO_ADDRESS
from materiel.domain.address import Address
from materiel.domain.desk.campaign import CampaignKind, CampaignLine, Choice, FollowedState, RenewalOutcome
from materiel.domain.item.item import Condition
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import DocumentKind, Party, SignatureChannel, SignatureStatus
from materiel.domain.papers.printing import PrintOrder
from materiel.domain.usage import Basis, BasisKind, Custody
from materiel.domain.work.job import Job, JobState
from materiel.domain.work.lot import LineState
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.desk import campaign as store
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.work import job as jobs
from materiel.store.work import outbox
from materiel.use_cases.desk.campaign import (
    CampaignReport,
    ChooseForGroup,
    OpenCampaign,
    OpenedCampaign,
    choose_for_group,
    list_campaign_lines,
    list_campaigns,
    open_campaign,
    read_campaign,
    start_campaign,
)
from materiel.use_cases.desk.campaign_following import (
    PrintPile,
    draw_pile,
    follow_campaign,
    list_followed,
    print_pile,
)
from materiel.use_cases.loan.changes import Renew, renew_loan
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.recording import RecordSignature, record_signature
from materiel.use_cases.work.job import LEASE, run_next, stop_job
from materiel.use_cases.worker import HANDLERS

JUNE = datetime(2027, 6, 15, 9, 0, tzinfo=UTC)
IN_JUNE = Issuer(actor=cast.MANAGER, now=JUNE, base_url="https://pret.example.fr")
NEXT_YEAR = datetime(2028, 6, 15, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await places.set_up_institutions()
    child = await pupils.get(cast.CHILD, cast.SERVICE)
    people = tuple(replace(each, email="parent@exemple.fr") for each in child.representatives)
    async with write_transaction():
        await pupils.save(replace(child, birth_date=date(2018, 5, 4), representatives=people))


async def lent(**asked: object) -> UUID:
    """A loan issued and handed over in September 2026, that ends in August 2027."""
    loan_id = await cast.a_draft(**asked)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    case = await get_loan(loan_id, actor=cast.MANAGER)
    lines = tuple(HandedItem(item_id=line.item_id) for line in case.loan.open_items)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=lines), issuer=cast.ISSUER)
    return loan_id


async def three_loans() -> tuple[UUID, UUID, UUID]:
    """At home with a mailbox, at a private school without one for the family, a deposit."""
    home = await lent()
    kept = await lent(custody=Custody.SCHOOL, school=cast.PRIVATE, pupil=cast.TWO_HOMES, items=(cast.SPARE,))
    return home, kept, await places.a_deposit()


async def run(worker: str = "w1", now: datetime = JUNE) -> bool:
    return await run_next(worker, HANDLERS, clock=lambda: now)


async def examined(year: int = 2027, issuer: Issuer = IN_JUNE) -> UUID:
    opened = await open_campaign(OpenCampaign(kind=CampaignKind.RENEWAL, school_year=year), issuer=issuer)
    assert await run(now=issuer.now)
    return opened.campaign.id


async def started(campaign_id: UUID, *, send: bool = True, issuer: Issuer = IN_JUNE) -> OpenedCampaign:
    return await start_campaign(campaign_id, send=send, issuer=issuer)


async def ran(campaign_id: UUID, *, send: bool = True, issuer: Issuer = IN_JUNE) -> CampaignReport:
    await started(campaign_id, send=send, issuer=issuer)
    assert await run(now=issuer.now)
    return await report_of(campaign_id)


async def report_of(campaign_id: UUID) -> CampaignReport:
    return await read_campaign(campaign_id, actor=cast.READER)


async def lines_of(campaign_id: UUID) -> dict[UUID, CampaignLine]:
    lines = await list_campaign_lines(campaign_id, actor=cast.READER, limit=50)
    return {line.loan_id: line for line in lines}


def chosen(campaign_id: UUID, outcome: RenewalOutcome, choice: Choice | None, **values: object) -> ChooseForGroup:
    return ChooseForGroup(campaign_id=campaign_id, outcome=outcome, choice=choice, **values)  # type: ignore[arg-type]


async def letters() -> int:
    return len(await outbox.page(cast.SERVICE, limit=99))


async def amendments() -> int:
    return len(await fetch("SELECT id FROM document WHERE kind = 'amendment'"))


async def sign(document_id: UUID) -> None:
    paper = await documents.get(document_id, cast.SERVICE)
    for box in paper.signatures:
        if box.status is SignatureStatus.PENDING:
            command = RecordSignature(
                document_id=paper.id,
                signatory_id=box.id,
                signed_on=date(2027, 6, 15),
                channel=SignatureChannel.PAPER,
            )
            await record_signature(command, actor=cast.MANAGER, now=JUNE)


async def test_an_examination_writes_nothing_but_what_it_found() -> None:
    home, kept, deposit = await three_loans()
    before = await letters()
    campaign_id = await examined()
    lines = await lines_of(campaign_id)
    assert {loan_id: line.outcome for loan_id, line in lines.items()} == {
        home: RenewalOutcome.RENEW,
        kept: RenewalOutcome.RENEW,
        deposit: RenewalOutcome.DEPOSIT,
    }
    assert (lines[home].documents, lines[home].ends_on) == ((DocumentKind.AMENDMENT,), date(2028, 8, 31))
    assert (lines[home].choice, lines[deposit].choice) == (Choice.RENEW, None)
    report = await report_of(campaign_id)
    assert (report.to_do(Choice.RENEW), report.undecided, report.campaign.title) == (2, 1, "Rentrée 2027")
    assert (await amendments(), await letters()) == (0, before)


async def test_a_run_renews_what_was_chosen_and_sends_it_to_whoever_has_a_mailbox() -> None:
    home, kept, deposit = await three_loans()
    before = await letters()
    campaign_id = await examined()
    report = await ran(campaign_id)
    assert report.job is not None
    assert (report.job.state, report.count(state=LineState.DONE), report.undecided) == (JobState.DONE, 2, 1)
    lines = await lines_of(campaign_id)
    assert (lines[home].to_send, lines[home].to_print) == (False, False)
    # Neither home of the other pupil has a mailbox, but the school has one.
    assert (lines[kept].to_send, lines[kept].to_print) == (False, True)
    assert lines[deposit].state is LineState.LEFT
    assert (await amendments(), await letters() - before) == (2, 2)
    assert (await get_loan(home, actor=cast.READER)).loan.renewal == lines[home].renewal


async def test_a_second_run_changes_nothing() -> None:
    await three_loans()
    campaign_id = await examined()
    await ran(campaign_id)
    after = (await amendments(), await letters(), await lines_of(campaign_id))
    await ran(campaign_id)
    assert (await amendments(), await letters(), await lines_of(campaign_id)) == after
    assert await examined() == campaign_id
    report = await ran(campaign_id)
    assert (await amendments(), await letters()) == after[:2]
    assert report.count(state=LineState.DONE) == 2


@pytest.mark.parametrize("step", [1, 2, 3, 4])
async def test_a_run_killed_between_two_transactions_does_nothing_twice(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await three_loans()
    before = await letters()
    campaign_id = await examined()
    opened = await started(campaign_id)
    todo, to_send, steps = store.next_to_do, store.next_to_send, 0

    async def die() -> None:
        nonlocal steps
        steps += 1
        if steps == step:
            await cut()

    async def next_to_do(*args: object) -> CampaignLine | None:
        await die()
        return await todo(*args)  # type: ignore[arg-type]

    async def next_to_send(*args: object) -> CampaignLine | None:
        await die()
        return await to_send(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(store, "next_to_do", next_to_do)
        patched.setattr(store, "next_to_send", next_to_send)
        await is_cut_short(run("dead"))
    assert await run("w2", JUNE + LEASE + timedelta(seconds=1))
    report = await report_of(campaign_id)
    assert report.job is not None
    assert (report.job.id, report.job.state) == (opened.job.id, JobState.DONE)
    assert (report.count(state=LineState.DONE), await amendments(), await letters() - before) == (2, 2, 2)


async def test_what_was_not_committed_was_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    await three_loans()
    campaign_id = await examined()
    await started(campaign_id)
    tell, steps = jobs.report_progress, 0

    async def lose(*args: object, **values: object) -> bool:
        nonlocal steps
        steps += 1
        return steps < 2 and await tell(*args, **values)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "report_progress", lose)
        await run("slow")
    assert await amendments() == 1
    assert await run("w2", JUNE + LEASE + timedelta(seconds=1))
    assert (await amendments(), (await report_of(campaign_id)).count(state=LineState.DONE)) == (2, 2)


async def test_a_group_is_decided_at_once_where_the_rules_treat_it_alike() -> None:
    _, _, deposit = await three_loans()
    campaign_id = await examined()
    assert await choose_for_group(chosen(campaign_id, RenewalOutcome.DEPOSIT, Choice.RENEW), issuer=IN_JUNE) == 1
    report = await ran(campaign_id)
    assert (report.count(state=LineState.DONE), report.undecided) == (3, 0)
    assert (await get_loan(deposit, actor=cast.READER)).loan.renewal_ends_on == date(2028, 8, 31)


async def test_a_choice_may_be_of_some_loans_and_taken_back() -> None:
    home, kept, _ = await three_loans()
    campaign_id = await examined()
    later = chosen(campaign_id, RenewalOutcome.RENEW, Choice.LATER, loans=(home,))
    assert await choose_for_group(later, issuer=IN_JUNE) == 1
    report = await ran(campaign_id)
    assert report.count(state=LineState.DONE) == 1
    assert await choose_for_group(chosen(campaign_id, RenewalOutcome.RENEW, None, loans=(home,)), issuer=IN_JUNE) == 1
    assert (await ran(campaign_id)).count(state=LineState.DONE) == 2
    assert (await lines_of(campaign_id))[kept].choice is Choice.RENEW


async def test_what_the_rules_do_not_let_choose_is_refused() -> None:
    home, _, deposit = await three_loans()
    campaign_id = await examined()
    with refused(RuleBroken, "campaign.choice_not_allowed"):
        await choose_for_group(chosen(campaign_id, RenewalOutcome.CHANGE_OF_DOCUMENT, Choice.RENEW), issuer=IN_JUNE)
    with refused(RuleBroken, "campaign.choice_not_allowed"):
        await choose_for_group(chosen(campaign_id, RenewalOutcome.NOTHING, Choice.LATER), issuer=IN_JUNE)
    with refused(RuleBroken, "campaign.reason_required"):
        await choose_for_group(chosen(campaign_id, RenewalOutcome.BASIS_ENDED, Choice.RENEW), issuer=IN_JUNE)
    with refused(RuleBroken, "campaign.reason_too_long"):
        await choose_for_group(
            chosen(campaign_id, RenewalOutcome.RENEW, Choice.LATER, reason="x" * 501), issuer=IN_JUNE
        )
    with refused(NotFound, "campaign.unknown_loan"):
        await choose_for_group(
            chosen(campaign_id, RenewalOutcome.RENEW, Choice.LATER, loans=(home, deposit)), issuer=IN_JUNE
        )
    with refused(RuleBroken, "campaign.end_outside_year"):
        command = OpenCampaign(kind=CampaignKind.RENEWAL, school_year=2027, ends_on=date(2027, 8, 31))
        await open_campaign(command, issuer=IN_JUNE)


async def test_a_decision_that_ended_is_extended_for_a_reason_alone() -> None:
    ended = Basis(kind=BasisKind.CDAPH, valid_until=date(2027, 8, 31))
    loan_id = await lent(basis=ended)
    campaign_id = await examined()
    assert (await lines_of(campaign_id))[loan_id].outcome is RenewalOutcome.BASIS_ENDED
    assert (await ran(campaign_id)).count(state=LineState.DONE) == 0
    extended = chosen(campaign_id, RenewalOutcome.BASIS_ENDED, Choice.RENEW, reason="Demande déposée")
    await choose_for_group(extended, issuer=IN_JUNE)
    assert (await ran(campaign_id)).count(state=LineState.DONE) == 1
    assert (await get_loan(loan_id, actor=cast.READER)).loan.override_reason == "Demande déposée"


async def test_a_return_waits_for_the_term_and_is_then_asked_once() -> None:
    loan_id = await lent()
    campaign_id = await examined()
    await choose_for_group(chosen(campaign_id, RenewalOutcome.RENEW, Choice.RETURN), issuer=IN_JUNE)
    await ran(campaign_id)
    line = (await lines_of(campaign_id))[loan_id]
    assert (line.state, "art. 1888" in line.said) == (LineState.LEFT, True)
    september = replace(IN_JUNE, now=datetime(2027, 9, 6, 9, 0, tzinfo=UTC))
    await ran(campaign_id, issuer=september)
    case = await get_loan(loan_id, actor=cast.READER)
    assert case.loan.recalled_on == date(2027, 9, 6)
    followed = await follow_campaign(campaign_id, actor=cast.READER)
    assert (followed.counts[FollowedState.NOT_RETURNED], followed.done) == (1, 1)
    back = TakeBack(
        loan_id=loan_id,
        returned_on=date(2027, 9, 6),
        items=(ReturnedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),),
    )
    await take_back(back, issuer=september)
    followed = await follow_campaign(campaign_id, actor=cast.READER)
    assert (followed.counts[FollowedState.NOT_RETURNED], followed.counts[FollowedState.RETURNED]) == (0, 1)


async def test_a_deposit_is_claimed_at_any_time() -> None:
    _, _, deposit = await three_loans()
    campaign_id = await examined()
    await choose_for_group(chosen(campaign_id, RenewalOutcome.DEPOSIT, Choice.RETURN), issuer=IN_JUNE)
    await ran(campaign_id)
    assert (await get_loan(deposit, actor=cast.READER)).loan.recalled_on == date(2027, 6, 15)


async def test_what_changed_since_the_examination_is_decided_again() -> None:
    home, kept, _ = await three_loans()
    campaign_id = await examined()
    child = await pupils.get(cast.CHILD, cast.SERVICE)
    async with write_transaction():
        await pupils.save(replace(child, school_uai=cast.COLLEGE))
    await renew_loan(Renew(loan_id=kept), issuer=IN_JUNE)
    report = await ran(campaign_id)
    lines = await lines_of(campaign_id)
    assert (lines[home].outcome, lines[home].choice) == (RenewalOutcome.CHANGE_OF_DOCUMENT, None)
    assert "a changé depuis l'examen" in lines[home].said
    assert lines[kept].outcome is RenewalOutcome.NOTHING
    assert report.count(state=LineState.DONE) == 0


async def test_what_goes_home_follows_the_pupil_to_the_school_of_the_record_and_is_renewed_at_once() -> None:
    home, kept, _ = await three_loans()
    for pupil_id in (cast.CHILD, cast.TWO_HOMES):
        pupil = await pupils.get(pupil_id, cast.SERVICE)
        async with write_transaction():
            await pupils.save(replace(pupil, school_uai=cast.COLLEGE))
    campaign_id = await examined()
    assert (
        await choose_for_group(chosen(campaign_id, RenewalOutcome.CHANGE_OF_DOCUMENT, Choice.MOVE), issuer=IN_JUNE) == 2
    )
    report = await ran(campaign_id)
    lines = await lines_of(campaign_id)
    assert (lines[home].outcome, lines[home].state) == (RenewalOutcome.RENEW, LineState.DONE)
    case = await get_loan(home, actor=cast.READER)
    assert (case.loan.school_uai, case.loan.renewal_ends_on) == (cast.COLLEGE, date(2028, 8, 31))
    notices = [each for each in case.documents if each.kind is DocumentKind.NOTICE]
    assert notices[-1].issued_on == date(2027, 6, 15)
    # What stays at the school is given back first, and somebody sees it.
    assert (lines[kept].state, lines[kept].code) == (LineState.REFUSED, "campaign.move_by_hand")
    assert (await get_loan(kept, actor=cast.READER)).loan.school_uai == cast.PRIVATE
    assert report.count(state=LineState.DONE) == 1
    assert (await ran(campaign_id)).count(state=LineState.DONE) == 1


async def test_a_refusal_stops_no_other_and_is_tried_again() -> None:
    home, kept, _ = await three_loans()
    campaign_id = await examined()
    service = await services.get(cast.SERVICE)
    async with write_transaction():
        service = await services.save(replace(service, address=NO_ADDRESS))
    report = await ran(campaign_id)
    assert report.count(state=LineState.REFUSED) == 2
    assert (await lines_of(campaign_id))[home].code == "service.incomplete"
    async with write_transaction():
        await services.save(replace(service, address=Address(lines=("1 quai",), postcode="35000", city="Rennes")))
    assert (await ran(campaign_id)).count(state=LineState.DONE) == 2
    assert (await lines_of(campaign_id))[kept].code == ""


async def test_a_campaign_is_followed_to_its_end() -> None:
    home, kept, _ = await three_loans()
    campaign_id = await examined()
    await ran(campaign_id)
    followed = await follow_campaign(campaign_id, actor=cast.READER)
    assert followed.counts[FollowedState.AWAITED] == 2
    assert followed.awaited == {Party.MANAGING_SERVICE: 2, Party.BORROWER: 2, Party.HEAD_OF_SCHOOL: 1}
    assert [(pile.uai, pile.papers) for pile in followed.piles] == [(cast.PRIVATE, 1)]
    await fetch("UPDATE outbox SET state = 'failed' WHERE document IS NOT NULL")
    followed = await follow_campaign(campaign_id, actor=cast.READER)
    assert followed.counts[FollowedState.MAIL_REFUSED] == 2
    line, _ = await list_followed(campaign_id, FollowedState.MAIL_REFUSED, actor=cast.READER, limit=9)
    assert (line.line.loan_id, line.place.pupil_name) == (home, "Exemple Zoé")
    lines = await lines_of(campaign_id)
    for loan_id in (home, kept):
        renewal = lines[loan_id].renewal
        assert renewal is not None
        await sign(renewal)
    followed = await follow_campaign(campaign_id, actor=cast.READER)
    assert (followed.counts[FollowedState.SIGNED], followed.awaited, followed.to_print) == (2, {}, 0)
    shown = await list_followed(campaign_id, FollowedState.SIGNED, actor=cast.READER, limit=9)
    assert {each.line.loan_id for each in shown} == {home, kept}
    assert (await get_loan(home, actor=cast.READER)).loan.ends_on == date(2028, 8, 31)


async def test_whoever_has_no_mailbox_has_a_print_by_school_or_by_commune() -> None:
    await three_loans()
    campaign_id = await examined()
    with refused(NotFound, "campaign.nothing_to_print"):
        await draw_pile(PrintPile(campaign_id=campaign_id, order=PrintOrder.SCHOOL), actor=cast.READER, now=JUNE)
    await ran(campaign_id, send=False)
    followed = await follow_campaign(campaign_id, actor=cast.READER)
    assert [pile.papers for pile in followed.piles] == [1, 1]
    whole = await draw_pile(PrintPile(campaign_id=campaign_id, order=PrintOrder.SCHOOL), actor=cast.READER, now=JUNE)
    for pile in followed.piles:
        by_town = PrintPile(campaign_id=campaign_id, order=PrintOrder.MUNICIPALITY, municipality=pile.municipality)
        by_school = PrintPile(campaign_id=campaign_id, order=PrintOrder.SCHOOL, school=pile.uai)
        drawn = await print_pile(by_school, actor=cast.READER, now=JUNE)
        assert not isinstance(drawn, Job)
        assert drawn.startswith(b"%PDF")
        assert len(drawn) < len(whole)
        assert len(await draw_pile(by_town, actor=cast.READER, now=JUNE)) == len(drawn)
    elsewhere = PrintPile(campaign_id=campaign_id, order=PrintOrder.SCHOOL, school=cast.CARDROC)
    with refused(NotFound, "campaign.nothing_to_print"):
        await draw_pile(elsewhere, actor=cast.READER, now=JUNE)


async def test_a_second_september_goes_on_where_the_first_one_ended() -> None:
    home, kept, _ = await three_loans()
    first = await examined()
    await ran(first)
    renewal = (await lines_of(first))[home].renewal
    assert renewal is not None
    await sign(renewal)
    in_2028 = replace(IN_JUNE, now=NEXT_YEAR)
    second = await examined(2028, in_2028)
    assert second != first
    lines = await lines_of(second)
    assert (lines[home].outcome, lines[home].ends_on) == (RenewalOutcome.RENEW, date(2029, 8, 31))
    await ran(second, issuer=in_2028)
    assert (await get_loan(home, actor=cast.READER)).loan.renewal_ends_on == date(2029, 8, 31)
    assert [each.school_year for each in await list_campaigns(actor=cast.READER)] == [2028, 2027]
    assert (await follow_campaign(first, actor=cast.READER)).counts[FollowedState.SIGNED] == 1
    assert (await lines_of(first))[kept].state is LineState.DONE


async def test_one_work_at_a_time_and_the_same_one_asked_twice_is_that_one() -> None:
    await three_loans()
    campaign_id = await examined()
    opened = await started(campaign_id)
    assert (await started(campaign_id)).job.id == opened.job.id
    with refused(Conflict, "campaign.under_way"):
        await open_campaign(OpenCampaign(kind=CampaignKind.RENEWAL, school_year=2027), issuer=IN_JUNE)
    with refused(Conflict, "campaign.under_way"):
        await choose_for_group(chosen(campaign_id, RenewalOutcome.RENEW, Choice.LATER), issuer=IN_JUNE)
    await stop_job(opened.job.id, actor=cast.MANAGER, now=JUNE)
    assert await run()
    assert (await report_of(campaign_id)).count(state=LineState.DONE) == 0
    assert (await ran(campaign_id)).count(state=LineState.DONE) == 2


async def test_a_campaign_opened_to_be_run_is_examined_and_run_by_one_job() -> None:
    await three_loans()
    with_run = OpenCampaign(kind=CampaignKind.RENEWAL, school_year=2027, dry_run=False, send=False)
    opened = await open_campaign(with_run, issuer=IN_JUNE)
    with refused(Conflict, "campaign.not_examined"):
        await started(opened.campaign.id)
    assert await run()
    report = await report_of(opened.campaign.id)
    assert (report.count(state=LineState.DONE), report.undecided) == (2, 1)


async def test_a_loan_that_is_over_leaves_the_questions() -> None:
    loan_id = await lent()
    campaign_id = await examined()
    back = TakeBack(
        loan_id=loan_id,
        returned_on=date(2027, 6, 15),
        items=(ReturnedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),),
    )
    await take_back(back, issuer=IN_JUNE)
    assert await examined() == campaign_id
    line = (await lines_of(campaign_id))[loan_id]
    assert (line.outcome, line.choice, line.why) == (RenewalOutcome.NOTHING, None, "Ce prêt n'est plus en cours.")


async def test_a_campaign_is_of_its_service_and_of_those_who_may_write() -> None:
    campaign_id = await examined()
    with refused(NotFound, "campaign.not_found"):
        await read_campaign(campaign_id, actor=cast.STRANGER)
    with refused(NotFound, "campaign.not_found"):
        await start_campaign(campaign_id, send=True, issuer=replace(IN_JUNE, actor=cast.STRANGER))
    for act in (
        open_campaign(
            OpenCampaign(kind=CampaignKind.RENEWAL, school_year=2027), issuer=replace(IN_JUNE, actor=cast.READER)
        ),
        start_campaign(campaign_id, send=True, issuer=replace(IN_JUNE, actor=cast.READER)),
        choose_for_group(chosen(campaign_id, RenewalOutcome.RENEW, None), issuer=replace(IN_JUNE, actor=cast.READER)),
    ):
        with pytest.raises(PermissionDenied):
            await act
