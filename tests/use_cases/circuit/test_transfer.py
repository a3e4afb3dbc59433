"""Transfers: asked by one service, answered by the other; number, label and history follow, pupils never do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.documents.gate import faults
from tests.documents.printing import pages, words
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.circuit.transfer import TransferLine, TransferState
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.circuit import transfer as transfers
from materiel.store.engine.database import write_transaction
from materiel.store.history import journal
from materiel.store.history.search import search
from materiel.store.item import item as items
from materiel.use_cases.circuit.register import inventory_on
from materiel.use_cases.circuit.transfer import (
    RefuseTransfer,
    count_transfers,
    list_transfers,
    other_services,
    read_transfer,
    refuse_transfer,
    transfer_act,
    withdraw_transfer,
)
from materiel.use_cases.history.item import item_history
from materiel.use_cases.item.item import get_item
from materiel.use_cases.item.label import PrintLabels, make_labels
from materiel.use_cases.item.sheet import item_sheet
from materiel.use_cases.loan.elsewhere.accepting import AcceptTransfer, accept_transfer
from materiel.use_cases.loan.elsewhere.asking import AskTransfer, ask_transfer, items_to_pass
from materiel.use_cases.loan.loan import create_loan
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back

THEM = cast.STRANGER
WHY = "Les élèves de ce secteur passent à l'autre département"
THIRD = Actor("token:third", Role.ADMIN, UUID("0193a000-0000-7000-8000-000000000003"))


@pytest.fixture
async def _cast(db: object) -> None:
    await cast.set_up()


pytestmark = pytest.mark.usefixtures("_cast")


async def asked(*item_ids: UUID, to: str = "dsden29", by: Actor = cast.MANAGER) -> TransferLine:
    command = AskTransfer(items=item_ids or (cast.LAPTOP, cast.BRAILLE), to=to, reason=WHY)
    return await ask_transfer(command, actor=by, now=cast.NOW)


async def accepted(line: TransferLine, *leave_out: UUID, by: Actor = THEM, after: int = 1) -> TransferLine:
    command = AcceptTransfer(transfer_id=line.transfer.id, leave_out=leave_out)
    then = replace(cast.ISSUER, actor=by, now=cast.NOW + timedelta(days=after))
    return await accept_transfer(command, issuer=then)


async def actions(service_id: UUID) -> list[str]:
    return [each.action for each in await search(service_id, limit=20) if each.subject_kind in ("transfer", "item")]


async def test_number_label_and_description_follow_and_the_giver_keeps_its_record() -> None:
    before = await items.get(cast.LAPTOP, cast.SERVICE)
    async with write_transaction():
        before = await items.save(
            replace(before, funding_service="Rectorat de Rennes", storage_place="Armoire 2", note="Pour Zoé")
        )
    line = await asked(cast.LAPTOP)
    assert (line.transfer.state, line.giver_code, line.receiver_code) == (TransferState.ASKED, "DSDEN35", "DSDEN29")
    done = (await accepted(line)).transfer
    assert (done.state, done.done_on) == (TransferState.ACCEPTED, cast.TODAY + timedelta(days=1))
    (moved,) = done.items
    assert moved.received_as is not None
    theirs = await items.get(moved.received_as, cast.OTHER_SERVICE)
    assert theirs == replace(before, id=theirs.id, service_id=cast.OTHER_SERVICE, storage_place="", note="", version=1)
    ours = await items.get(cast.LAPTOP, cast.SERVICE)
    assert (ours.status, ours.inventory_number) == (ItemStatus.TRANSFERRED, before.inventory_number)
    assert ours.public_code != before.public_code
    assert (await get_item(cast.LAPTOP, actor=THEM)).id == theirs.id
    with refused(NotFound, "item.not_found"):
        await get_item(theirs.id, actor=cast.MANAGER)


async def test_both_see_it_and_both_journals_tell_it() -> None:
    line = await asked()
    for actor in (cast.READER, THEM):
        assert (await read_transfer(line.transfer.id, actor=actor)).transfer == line.transfer
        (listed,) = await list_transfers(actor=actor)
        assert listed.transfer.id == line.transfer.id
    assert await count_transfers(actor=THEM, awaits=True) == 1
    assert await count_transfers(actor=cast.MANAGER, awaits=True) == 0
    with refused(NotFound, "transfer.not_found"):
        await read_transfer(line.transfer.id, actor=THIRD)
    await accepted(line)
    asked_and_answered = ["transfer.accepted", "transfer.asked"]
    for service_id, told in ((cast.SERVICE, "item.transferred"), (cast.OTHER_SERVICE, "item.received")):
        told_of_it = ["transfer.act_kept", asked_and_answered[0], told, told, asked_and_answered[1]]
        assert await actions(service_id) == told_of_it
    assert (await journal.verify()).fault is None
    assert await count_transfers(actor=THEM, states=[TransferState.ACCEPTED]) == 1
    assert await list_transfers(actor=THEM, after=line.transfer.id) == []


async def test_who_answers_and_who_withdraws() -> None:
    line = await asked()
    with refused(PermissionDenied, "transfer.not_yours"):
        await accepted(line, by=cast.MANAGER)
    with refused(PermissionDenied, "transfer.not_yours"):
        await withdraw_transfer(line.transfer.id, actor=THEM, now=cast.NOW)
    with pytest.raises(PermissionDenied):
        await withdraw_transfer(line.transfer.id, actor=cast.READER, now=cast.NOW)
    with refused(RuleBroken, "transfer.invalid"):
        await refuse_transfer(RefuseTransfer(transfer_id=line.transfer.id, reason=" "), actor=THEM, now=cast.NOW)
    no = RefuseTransfer(transfer_id=line.transfer.id, reason="Nous en avons assez")
    refusal = (await refuse_transfer(no, actor=THEM, now=cast.NOW)).transfer
    assert (refusal.state, refusal.answer_reason) == (TransferState.REFUSED, "Nous en avons assez")
    with refused(Conflict, "transfer.over"):
        await accepted(line)
    async with write_transaction():
        with refused(Conflict, "transfer.changed"):
            await transfers.save(line.transfer)
    with refused(Conflict, "transfer.not_accepted"):
        await transfer_act(line.transfer.id, actor=THEM, now=cast.NOW)
    again = await asked()
    gone = await withdraw_transfer(again.transfer.id, actor=cast.MANAGER, now=cast.NOW)
    assert gone.transfer.state is TransferState.WITHDRAWN
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.IN_STOCK


async def test_what_is_refused_when_it_is_asked() -> None:
    with refused(RuleBroken, "transfer.same_service"):
        await asked(to="DSDEN35")
    with refused(NotFound, "service.not_found"):
        await asked(to="NULLE-PART")
    with refused(NotFound, "item.not_found"):
        await asked(cast.LAPTOP, by=THEM, to="DSDEN35")
    with refused(RuleBroken, "transfer.invalid"):
        await ask_transfer(AskTransfer(items=(), to="DSDEN29", reason=""), actor=cast.MANAGER, now=cast.NOW)
    await asked(cast.LAPTOP)
    with refused(Conflict, "transfer.already_asked"):
        await asked(cast.SPARE, cast.LAPTOP)
    assert await count_transfers(actor=cast.MANAGER) == 1
    await create_loan(cast.a_request(items=(cast.SPARE,)), actor=cast.MANAGER, now=cast.NOW)
    with refused(Conflict, "transfer.item_lent"):
        await asked(cast.SPARE)
    assert len((await items_to_pass([cast.SPARE], actor=cast.READER)).loans) == 1
    assert [each.code for each in await other_services(actor=cast.READER)] == ["DSDEN29"]


async def test_an_item_lent_since_then_stays_or_holds_all_back() -> None:
    line = await asked()
    await create_loan(cast.a_request(items=(cast.BRAILLE,)), actor=cast.MANAGER, now=cast.NOW)
    with refused(Conflict, "transfer.item_lent"):
        await accepted(line)
    done = (await accepted(line, cast.BRAILLE)).transfer
    assert [each.item_id for each in done.moved] == [cast.LAPTOP]
    assert (await items.get(cast.BRAILLE, cast.SERVICE)).status is ItemStatus.RESERVED


async def test_a_number_that_the_other_has_given_is_refused_and_may_stay() -> None:
    laptop = await items.get(cast.LAPTOP, cast.SERVICE)
    async with write_transaction():
        twin = replace(laptop, id=UUID(int=77), service_id=cast.OTHER_SERVICE, public_code="ZZZZZZZZZZZZ9")
        await items.insert(twin, cast.NOW)
    line = await asked()
    with refused(Conflict, "transfer.number_taken"):
        await accepted(line)
    assert (await items.get(cast.BRAILLE, cast.SERVICE)).status is ItemStatus.IN_STOCK
    with refused(RuleBroken, "transfer.invalid"):
        await accepted(line, cast.LAPTOP, cast.BRAILLE)
    with refused(RuleBroken, "transfer.invalid"):
        await accepted(line, cast.SPARE)
    assert len((await accepted(line, cast.LAPTOP)).transfer.moved) == 1
    # What stayed may be asked again.
    await asked(cast.LAPTOP)


async def test_the_history_follows_without_anybody() -> None:
    await _lent_and_back()
    line = await asked(cast.LAPTOP)
    await accepted(line, after=40)
    lines = await item_history(cast.LAPTOP, actor=THEM)
    told = " ".join(each.sentence for each in lines)
    assert "DSDEN d'Ille-et-Vilaine : Remis, état\N{NO-BREAK SPACE}: bon état." in told
    assert "Reçu d'un autre service gestionnaire, sous le numéro 35-2026-00001." in told
    for secret in ("Zoé", "Exemple", cast.BAULON):
        assert secret not in told
    assert not any(each.loan_id or each.actor == cast.MANAGER.id for each in lines)
    sheet = await item_sheet(cast.LAPTOP, actor=THEM, now=cast.NOW, base_url="https://pret.example.fr")
    assert [each.service_name for each in sheet.life.spells if each.service_name] == ["DSDEN d'Ille-et-Vilaine"]
    assert not sheet.holders
    ours = await item_sheet(cast.LAPTOP, actor=cast.MANAGER, now=cast.NOW, base_url="https://pret.example.fr")
    assert ours.label is None
    assert (ours.statuses, ours.can_be_lent) == ((), False)


async def _lent_and_back() -> None:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = HandedItem(item_id=cast.LAPTOP, condition=Condition.GOOD)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(handed,)), issuer=cast.ISSUER)
    later = replace(cast.ISSUER, now=cast.NOW + timedelta(days=30))
    back = ReturnedItem(item_id=cast.LAPTOP, condition=Condition.GOOD)
    await take_back(TakeBack(loan_id=loan_id, returned_on=later.today, items=(back,)), issuer=later)


async def test_what_is_given_back_takes_its_first_record_up_again() -> None:
    code = (await items.get(cast.LAPTOP, cast.SERVICE)).public_code
    await accepted(await asked(cast.LAPTOP))
    there = (await get_item(cast.LAPTOP, actor=THEM)).id
    back = await asked(there, to="DSDEN35", by=THEM)
    await accepted(back, by=cast.MANAGER, after=3)
    ours = await items.get(cast.LAPTOP, cast.SERVICE)
    assert (ours.status, ours.public_code) == (ItemStatus.IN_STOCK, code)
    assert (await items.get(there, cast.OTHER_SERVICE)).status is ItemStatus.TRANSFERRED
    told = [each.sentence for each in await item_history(cast.LAPTOP, actor=cast.MANAGER)]
    assert len([each for each in told if "Reçu d'un autre service" in each]) == 2
    # And once more: the other's record is taken up again too.
    await accepted(await asked(cast.LAPTOP), after=5)
    assert (await get_item(cast.LAPTOP, actor=THEM)).id in (there, cast.LAPTOP)
    assert (await items.get(there, cast.OTHER_SERVICE)).status is ItemStatus.IN_STOCK
    records = await transfers.former_records(there)
    assert [each.item_id for each in records] == [cast.LAPTOP]


async def test_the_register_of_a_day_has_it_where_it_was() -> None:
    await accepted(await asked(cast.LAPTOP), after=10)
    later = cast.NOW + timedelta(days=20)

    async def numbers(actor: Actor, ago: int) -> str:
        day = cast.TODAY + timedelta(days=ago)
        return b"".join([piece async for piece in inventory_on(day, actor=actor, now=later)]).decode()

    assert "35-2026-00001" in await numbers(cast.READER, 5)
    assert "35-2026-00001" not in await numbers(cast.READER, 15)
    assert "35-2026-00001" not in await numbers(THEM, 5)
    assert "35-2026-00001" in await numbers(THEM, 15)


async def test_a_number_that_left_is_never_given_again() -> None:
    laptop = await items.get(cast.LAPTOP, cast.SERVICE)
    await accepted(await asked(cast.LAPTOP))
    with refused(Conflict, "item.inventory_number_taken"):
        async with write_transaction():
            await items.insert(replace(laptop, id=UUID(int=78), public_code="ZZZZZZZZZZZZ8"), cast.NOW)
    with refused(Conflict, "transfer.item_gone"):
        await asked(cast.LAPTOP)
    with refused(Conflict, "label.transferred"):
        printing = PrintLabels(item_ids=[cast.LAPTOP], sheet="a4_3x8")
        await make_labels(printing, actor=cast.MANAGER, now=cast.NOW, base_url="https://pret.example.fr")


async def test_the_act_names_both_services_and_each_item() -> None:
    line = await asked()
    await accepted(line)
    for actor in (cast.READER, THEM):
        pdf = await transfer_act(line.transfer.id, actor=actor, now=cast.NOW)
        text = " ".join(words(pdf, page) for page in range(pages(pdf)))
        numbers = ("35-2026-00001", "35-2026-00002")
        for told in ("DSDEN35", "DSDEN29", *numbers, "8 septembre 2026", "Les élèves de ce secteur"):
            assert told in text
        assert faults(pdf) == []


async def test_the_act_of_one_thing_speaks_of_one_and_says_whose_each_contact_is() -> None:
    line = await asked(cast.LAPTOP)
    await accepted(line)
    text = words(await transfer_act(line.transfer.id, actor=THEM, now=cast.NOW), 0).replace("\u00a0", " ")
    for told in ("La gestion de ce matériel", "Pour joindre celui qui cède", "Pour joindre celui qui reçoit"):
        assert told in text
    assert "Service financeur Aucun" not in text
