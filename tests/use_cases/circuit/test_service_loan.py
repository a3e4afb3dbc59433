"""Loans between services: until a day, given back or extended by the choice of both, on the lender's inventory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.documents.printing import pages, words
from tests.stage.refusals import refused
from tests.stage.running_loan import running
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.disposal.disposal import AppraisedItem, DisposalOutcome
from materiel.domain.circuit.transfer import TransferLine
from materiel.domain.desk.dashboard import Concern
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.usage import Custody, Usage
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import write_transaction
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.use_cases.circuit.disposal import ProposeDisposal, propose_disposal
from materiel.use_cases.circuit.register import inventory_on
from materiel.use_cases.circuit.service_loan import (
    AnswerExtension,
    ExtendTransfer,
    answer_extension,
    ask_extension,
    ask_return,
)
from materiel.use_cases.circuit.transfer import read_transfer, transfer_act
from materiel.use_cases.desk.today import things_of
from materiel.use_cases.item.item import SetItemStatus, set_item_status
from materiel.use_cases.item.sheet import item_sheet
from materiel.use_cases.loan.changes import Amend, amend_loan
from materiel.use_cases.loan.elsewhere.accepting import AcceptTransfer, accept_transfer
from materiel.use_cases.loan.elsewhere.asking import AskTransfer, ask_transfer
from materiel.use_cases.loan.loan import create_loan

THEM = cast.STRANGER
UNTIL = date(2027, 1, 15)
LATER = date(2027, 6, 30)
MONTH_BEFORE = datetime(2026, 12, 20, 9, tzinfo=UTC)


@pytest.fixture
async def _cast(db: object) -> None:
    await cast.set_up()


pytestmark = pytest.mark.usefixtures("_cast")


async def offered(*item_ids: UUID, until: date | None = UNTIL, with_loans: bool = False) -> TransferLine:
    command = AskTransfer(
        items=item_ids or (cast.LAPTOP,), to="DSDEN29", reason="Pour un trimestre", until=until, with_loans=with_loans
    )
    return await ask_transfer(command, actor=cast.MANAGER, now=cast.NOW)


async def accepted(line: TransferLine, by: Actor, now: datetime = cast.NOW) -> TransferLine:
    command = AcceptTransfer(transfer_id=line.transfer.id)
    return await accept_transfer(command, issuer=replace(cast.ISSUER, actor=by, now=now))


async def lent(*item_ids: UUID) -> tuple[TransferLine, UUID]:
    """The loan between services, and the item of the service that received it."""
    line = await accepted(await offered(*item_ids), THEM)
    received = line.transfer.moved[0].received_as
    assert received is not None
    return line, received


async def inventory(actor: Actor, now: datetime = MONTH_BEFORE) -> str:
    return b"".join([piece async for piece in inventory_on(actor.civil_date(now), actor=actor, now=now)]).decode()


async def test_the_other_service_holds_it_and_the_lender_keeps_it_on_its_inventory() -> None:
    line, there = await lent()
    assert (line.transfer.is_lent, line.transfer.until) == (True, UNTIL)
    theirs = await items.get(there, cast.OTHER_SERVICE)
    assert (theirs.lent_until, theirs.status) == (UNTIL, ItemStatus.IN_STOCK)
    (row,) = [each for each in (await inventory(cast.READER)).splitlines() if "35-2026-00001" in each]
    assert "Prêté à un autre service" in row
    assert "35-2026-00001" not in await inventory(THEM)
    for actor, item_id in ((cast.READER, cast.LAPTOP), (THEM, there)):
        sheet = await item_sheet(item_id, actor=actor, now=cast.NOW, base_url="https://pret.example.fr")
        assert sheet.lent is not None
        assert sheet.lent.transfer.id == line.transfer.id
    assert (await journal.verify()).fault is None


async def test_no_agreement_goes_beyond_the_day_of_return() -> None:
    _, there = await lent()
    asked = replace(
        cast.a_request(items=(there,), pupil=None), usage=Usage.SHARED, custody=Custody.SCHOOL, school=cast.COLLEGE
    )
    with refused(RuleBroken, "item.due_elsewhere"):
        await create_loan(replace(asked, starts_on=LATER), actor=THEM, now=cast.NOW)
    made = await create_loan(replace(asked, ends_on=LATER), actor=THEM, now=cast.NOW)
    assert made.case.loan.ends_on == UNTIL
    assert "TERME_RAMENE" in {each.code for each in made.cautions}


async def test_an_item_never_enters_a_longer_agreement() -> None:
    line = await accepted(await offered(cast.LAPTOP), THEM)
    there = line.transfer.moved[0].received_as
    assert there is not None
    async with write_transaction():
        own = replace(cast.an_item(9, UUID(int=90)), service_id=cast.OTHER_SERVICE, public_code="ZZZZZZZZZZ090")
        await items.insert(own, cast.NOW)
    asked = replace(
        cast.a_request(items=(own.id,), pupil=None), usage=Usage.SHARED, custody=Custody.SCHOOL, school=cast.COLLEGE
    )
    made = await create_loan(replace(asked, ends_on=LATER), actor=THEM, now=cast.NOW)
    change = Amend(loan_id=made.case.loan.id, add=(there,), effective_on=cast.TODAY)
    with refused(RuleBroken, "item.due_elsewhere"):
        await amend_loan(change, issuer=replace(cast.ISSUER, actor=THEM))


async def test_it_is_given_back_when_both_say_so() -> None:
    line, there = await lent()
    with refused(Conflict, "transfer.item_borrowed"):
        command = AskTransfer(items=(there,), to="DSDEN35", reason="Retour")
        await ask_transfer(command, actor=THEM, now=cast.NOW)
    back = await ask_return(line.transfer.id, actor=THEM, now=MONTH_BEFORE)
    assert back.transfer.awaits(cast.SERVICE)
    with refused(Conflict, "transfer.already_asked"):
        await ask_return(line.transfer.id, actor=cast.MANAGER, now=MONTH_BEFORE)
    await accepted(back, cast.MANAGER, MONTH_BEFORE)
    ours = await items.get(cast.LAPTOP, cast.SERVICE)
    assert (ours.status, ours.lent_until) == (ItemStatus.IN_STOCK, None)
    over = (await read_transfer(line.transfer.id, actor=THEM)).transfer
    assert (over.is_lent, over.returned_on) == (False, date(2026, 12, 20))
    assert await things_of(Concern.SERVICE_LOAN, actor=THEM, now=MONTH_BEFORE, limit=5) == []
    with refused(Conflict, "transfer.not_lent"):
        await ask_return(line.transfer.id, actor=THEM, now=MONTH_BEFORE)
    for transfer_id, told in ((line.transfer.id, "Acte de prêt entre services"), (back.transfer.id, "Acte de retour")):
        pdf = await transfer_act(transfer_id, actor=THEM, now=MONTH_BEFORE)
        text = " ".join(words(pdf, page) for page in range(pages(pdf)))
        assert told in text
    assert "35-2026-00001" in await inventory(cast.READER)


async def test_the_lender_may_ask_it_back_and_what_is_lent_on_is_told() -> None:
    line, there = await lent()
    asked = replace(
        cast.a_request(items=(there,), pupil=None), usage=Usage.SHARED, custody=Custody.SCHOOL, school=cast.COLLEGE
    )
    await create_loan(asked, actor=THEM, now=cast.NOW)
    with refused(Conflict, "transfer.item_lent"):
        await ask_return(line.transfer.id, actor=cast.MANAGER, now=cast.NOW)


async def test_a_loan_between_services_of_what_is_lost_is_over_at_once() -> None:
    line, there = await lent()
    async with write_transaction():
        await items.set_status([there], ItemStatus.LOST)
    over = await ask_return(line.transfer.id, actor=THEM, now=cast.NOW)
    assert (over.transfer.id, over.transfer.returned_on) == (line.transfer.id, cast.TODAY)


async def test_a_later_day_is_asked_by_one_and_answered_by_the_other() -> None:
    line, there = await lent()
    transfer_id = line.transfer.id
    with refused(Conflict, "transfer.no_extension"):
        await answer_extension(AnswerExtension(transfer_id=transfer_id, accept=True), actor=THEM, now=cast.NOW)
    with refused(RuleBroken, "transfer.invalid"):
        await ask_extension(ExtendTransfer(transfer_id=transfer_id, until=UNTIL), actor=THEM, now=cast.NOW)
    later = ExtendTransfer(transfer_id=transfer_id, until=LATER)
    await ask_extension(later, actor=THEM, now=cast.NOW)
    with refused(PermissionDenied, "transfer.not_yours"):
        await answer_extension(AnswerExtension(transfer_id=transfer_id, accept=True), actor=THEM, now=cast.NOW)
    with refused(Conflict, "transfer.extension_waits"):
        await ask_extension(later, actor=cast.MANAGER, now=cast.NOW)
    no = AnswerExtension(transfer_id=transfer_id, accept=False)
    assert (await answer_extension(no, actor=cast.MANAGER, now=cast.NOW)).transfer.until == UNTIL
    await ask_extension(later, actor=cast.MANAGER, now=cast.NOW)
    yes = await answer_extension(AnswerExtension(transfer_id=transfer_id, accept=True), actor=THEM, now=cast.NOW)
    assert (yes.transfer.until, yes.transfer.until_asked) == (LATER, None)
    assert (await items.get(there, cast.OTHER_SERVICE)).lent_until == LATER


async def test_what_is_refused_when_it_is_asked() -> None:
    with refused(RuleBroken, "transfer.invalid"):
        await offered(until=cast.TODAY)
    await running()
    with refused(RuleBroken, "transfer.loan_until"):
        await offered(cast.LAPTOP, with_loans=True)
    plain = await accepted(await offered(cast.SPARE, until=None), THEM)
    with refused(Conflict, "transfer.not_lent"):
        await ask_return(plain.transfer.id, actor=THEM, now=cast.NOW)
    third = Actor("token:third", cast.MANAGER.role, UUID("0193a000-0000-7000-8000-000000000003"))
    with refused(NotFound, "transfer.not_found"):
        await ask_return(plain.transfer.id, actor=third, now=cast.NOW)


async def test_both_are_reminded_a_month_before_and_once_it_is_late() -> None:
    line, _ = await lent()
    for actor in (cast.READER, THEM):
        assert await things_of(Concern.SERVICE_LOAN, actor=actor, now=cast.NOW, limit=5) == []
        for now in (MONTH_BEFORE, MONTH_BEFORE + timedelta(days=60)):
            (thing,) = await things_of(Concern.SERVICE_LOAN, actor=actor, now=now, limit=5)
            assert isinstance(thing, TransferLine)
            assert thing.transfer.id == line.transfer.id


async def test_whoever_borrows_does_not_write_off() -> None:
    _, there = await lent()
    gone = SetItemStatus(item_id=there, version=1, status=ItemStatus.WRITTEN_OFF, reason="Hors d'usage")
    with refused(Conflict, "item.borrowed"):
        await set_item_status(gone, actor=THEM, now=cast.NOW)
    ends = ProposeDisposal(
        outcome=DisposalOutcome.DESTRUCTION,
        reason="Trop ancien",
        beneficiary="Éco-organisme",
        items=(AppraisedItem(item_id=there, value_cents=0, condition=Condition.WORN),),
    )
    with refused(Conflict, "disposal.item_borrowed"):
        await propose_disposal(ends, actor=THEM, now=cast.NOW)
    sheet = await item_sheet(there, actor=THEM, now=cast.NOW, base_url="https://pret.example.fr")
    assert not sheet.may_leave
    assert ItemStatus.WRITTEN_OFF not in sheet.statuses
