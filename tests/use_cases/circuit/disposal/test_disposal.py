"""Ends of life: a manager proposes, who signs for the State decides, and what has left keeps its number for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.stage.refusals import refused
from tests.stage.signatory_cast import a_signatory
from tests.use_cases import loan_cast as cast
from tests.use_cases.circuit.disposal import disposal_cast
from tests.use_cases.circuit.disposal.disposal_cast import PDF, WHY, asking, decided, erased, finished, proposed

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.circuit.disposal.disposal import DisposalOutcome, DisposalPaper, DisposalState
from materiel.domain.circuit.stocktake import OpenStocktake
from materiel.domain.incident.incident import IncidentKind
from materiel.domain.item.item import ItemStatus
from materiel.errors import BadInput, Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.circuit import disposal as disposals
from materiel.store.engine.database import write_transaction
from materiel.store.engine.statement import Statement
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.use_cases.circuit.disposal import (
    CloseDisposal,
    FinishDisposal,
    count_disposals,
    decide_disposal,
    file_disposal_paper,
    finish_disposal,
    items_to_dispose,
    list_disposals,
    propose_disposal,
    read_disposal,
    refuse_disposal,
    withdraw_disposal,
)
from materiel.use_cases.circuit.register import inventory_on
from materiel.use_cases.circuit.stocktake.opening import open_stocktake
from materiel.use_cases.circuit.workshop.repair import SendToRepair, send_to_repair
from materiel.use_cases.history.item import item_history
from materiel.use_cases.history.list import tell_journal
from materiel.use_cases.incident.incident import RecordIncident, record_incident
from materiel.use_cases.item.item import RegisterItem, register_item
from materiel.use_cases.item.preparation import status_before_of
from materiel.use_cases.item.sheet import item_sheet
from materiel.use_cases.loan.elsewhere.asking import AskTransfer, ask_transfer, items_to_pass


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await disposal_cast.set_up()


def closing(disposal_id: object, reason: str = "Encore utile") -> CloseDisposal:
    return CloseDisposal(disposal_id=disposal_id, reason=reason)  # type: ignore[arg-type]


async def test_what_was_proposed_decided_and_done_has_left_with_its_act() -> None:
    disposal = await proposed()
    assert (disposal.state, [each.inventory_number for each in disposal.items]) == (
        DisposalState.PROPOSED,
        ["35-2026-00001", "35-2026-00002"],
    )
    done = await finished(disposal)
    assert (done.state, done.done_on, done.reference) == (DisposalState.DONE, cast.TODAY, "B 42")
    assert (done.decided_name, done.decided_title) == (
        "Odile Vauquelin",
        "secrétaire générale, par délégation du recteur (arrêté du 2 septembre)",
    )
    for item_id in (cast.LAPTOP, cast.BRAILLE):
        gone = await items.get(item_id, cast.SERVICE)
        assert gone.status is ItemStatus.WRITTEN_OFF
        sheet = await item_sheet(item_id, actor=cast.READER, now=cast.NOW, base_url="https://pret.example.fr")
        assert sheet.disposal is not None
        assert sheet.disposal.id == done.id
        assert (sheet.before, sheet.may_leave) == (None, False)
        assert await status_before_of(item_id, actor=cast.MANAGER) is None
        told = [line.sentence for line in await item_history(item_id, actor=cast.READER)]
        assert (
            "Sorti du parc le 7 septembre 2026 : cession gratuite à une association. Son numéro ne sera plus donné."
            in told
        )
    with refused(Conflict, "item.inventory_number_taken"):
        again = RegisterItem(inventory_number="35-2026-00001", designation="Ordinateur")
        await register_item(again, actor=cast.MANAGER, now=cast.NOW)
    assert (await journal.verify()).fault is None


async def test_the_journal_tells_it_and_names_nobody() -> None:
    await finished(await proposed())
    admin = Actor("tests", Role.ADMIN, cast.SERVICE)
    told = [line for line in await tell_journal(actor=admin, limit=20) if "disposal" in line.action + line.subject_kind]
    assert [line.action for line in told if line.action.startswith("disposal")] == [
        "disposal.done",
        *("disposal.paper_filed",) * 2,
        "disposal.act_kept",
        "disposal.decided",
        "disposal.erased",
        "disposal.commitment_kept",
        "disposal.proposed",
    ]
    assert {line.thing for line in told if line.subject_kind == "disposal"} == {
        "Cession gratuite à une association, Parents d'élèves d'Exemple"
    }


async def test_registers_of_past_days_know_when_it_left() -> None:
    await finished(await proposed(cast.LAPTOP))

    async def state_on(days: int) -> str:
        later = cast.NOW + timedelta(days=1)
        day = cast.TODAY + timedelta(days=days)
        table = b"".join([piece async for piece in inventory_on(day, actor=cast.READER, now=later)]).decode("utf-8-sig")
        (line,) = [each for each in table.splitlines() if "35-2026-00001" in each]
        return line

    assert "Au service" not in await state_on(0)
    assert "Réformé" in await state_on(0)


async def test_another_service_and_another_role_have_no_part_in_it() -> None:
    disposal = await proposed()
    with refused(NotFound, "disposal.not_found"):
        await read_disposal(disposal.id, actor=cast.STRANGER)
    with refused(NotFound, "item.not_found"):
        await proposed(by=cast.STRANGER)
    assert await list_disposals(actor=cast.STRANGER) == []
    leaving = withdraw_disposal(closing(disposal.id), actor=cast.READER, now=cast.NOW)
    for act in (proposed(cast.KEYBOARD, by=cast.READER), leaving):
        with refused(PermissionDenied, "actor.forbidden"):
            await act
    # Neither a manager nor a program decides.
    with refused(PermissionDenied, "actor.forbidden"):
        await decide_disposal(disposal.id, actor=cast.MANAGER, now=cast.NOW)
    program = Actor("token:any", Role.SIGNATORY, cast.SERVICE)
    with refused(PermissionDenied, "state_signature.person_only"):
        await decide_disposal(disposal.id, actor=program, now=cast.NOW)
    with refused(PermissionDenied, "state_signature.person_only"):
        await refuse_disposal(closing(disposal.id), actor=program, now=cast.NOW)


async def test_who_decides_has_a_quality_and_a_delegation_that_runs() -> None:
    disposal = await erased(await proposed())
    with refused(RuleBroken, "state_signature.no_quality"):
        bare = await a_signatory("sans@exemple.fr", title="")
        await decide_disposal(disposal.id, actor=bare.actor, now=cast.NOW)


async def test_nothing_is_decided_before_the_data_are_erased() -> None:
    disposal = await proposed()
    who = await a_signatory()
    with refused(RuleBroken, "disposal.not_erased"):
        await decide_disposal(disposal.id, actor=who.actor, now=cast.NOW)
    assert (await decided(disposal, who.actor)).state is DisposalState.DECIDED
    # What holds no data needs no such words.
    bare = await proposed(cast.KEYBOARD)
    assert (await decide_disposal(bare.id, actor=who.actor, now=cast.NOW)).decided_on == cast.TODAY


async def test_refused_or_withdrawn_the_items_are_free_again() -> None:
    first = await proposed()
    with refused(Conflict, "disposal.already_proposed"):
        await proposed(cast.LAPTOP)
    who = await a_signatory()
    no = await refuse_disposal(closing(first.id), actor=who.actor, now=cast.NOW)
    assert (no.state, no.answer_reason) == (DisposalState.REFUSED, "Encore utile")
    second = await proposed(cast.LAPTOP)
    await decided(second, who.actor)
    back = await withdraw_disposal(closing(second.id), actor=cast.MANAGER, now=cast.NOW)
    assert back.state is DisposalState.WITHDRAWN
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.IN_STOCK
    sheet = await item_sheet(cast.LAPTOP, actor=cast.READER, now=cast.NOW, base_url="https://pret.example.fr")
    assert (sheet.disposal, sheet.may_leave) == (None, True)
    with refused(Conflict, "disposal.over"):
        await withdraw_disposal(closing(second.id), actor=cast.MANAGER, now=cast.NOW)
    assert await count_disposals(actor=cast.READER, states=[DisposalState.WITHDRAWN]) == 1
    (older,) = await list_disposals(actor=cast.READER, after=second.id)
    assert older.id == first.id


async def test_what_keeps_an_item_here_is_told() -> None:
    there = AskTransfer(items=(cast.LAPTOP,), to="DSDEN29", reason="Réorganisation")
    await ask_transfer(there, actor=cast.MANAGER, now=cast.NOW)
    broken = SendToRepair(item_id=cast.BRAILLE, provider="Atelier", fault="Écran noir", sent_on=cast.TODAY)
    await send_to_repair(broken, actor=cast.MANAGER, now=cast.NOW)
    told = RecordIncident(item_id=cast.KEYBOARD, kind=IncidentKind.BREAKDOWN, description="Touche cassée")
    await record_incident(told, actor=cast.MANAGER, now=cast.NOW)
    opened = OpenStocktake(name="Récolement", closes_on=cast.TODAY)
    await open_stocktake(opened, actor=cast.MANAGER, now=cast.NOW)
    async with write_transaction():
        await Statement("UPDATE stocktake_line SET seen = 'absent', seen_on = {} WHERE item = {}").fetch(
            cast.TODAY, cast.FM
        )
    await cast.a_draft(items=(cast.SPARE,))
    for item_id, code in (
        (cast.LAPTOP, "disposal.item_in_transfer"),
        (cast.BRAILLE, "disposal.item_in_repair"),
        (cast.KEYBOARD, "disposal.incident_open"),
        (cast.FM, "disposal.item_not_seen"),
        (cast.SPARE, "disposal.item_lent"),
    ):
        with refused(Conflict, code):
            await items_to_dispose([item_id], actor=cast.READER)
        with refused(Conflict, code):
            await proposed(item_id, outcome=DisposalOutcome.DOMAINE)
    with refused(RuleBroken, "disposal.not_state_property"):
        await proposed(cast.RENTED, outcome=DisposalOutcome.DESTRUCTION)


async def test_an_item_lent_since_keeps_all_of_them() -> None:
    disposal = await proposed(cast.BRAILLE, cast.KEYBOARD)
    who = await a_signatory()
    await decide_disposal(disposal.id, actor=who.actor, now=cast.NOW)
    for kind in (DisposalPaper.ACT, DisposalPaper.COMMITMENT):
        await file_disposal_paper(disposal.id, kind, PDF, actor=cast.MANAGER, now=cast.NOW)
    await cast.a_draft(items=(cast.KEYBOARD,))
    command = FinishDisposal(disposal_id=disposal.id, done_on=cast.TODAY, labels_off=True)
    with refused(Conflict, "disposal.item_lent"):
        await finish_disposal(command, actor=cast.MANAGER, now=cast.NOW)
    assert (await items.get(cast.BRAILLE, cast.SERVICE)).status is ItemStatus.IN_STOCK


async def test_it_is_not_done_without_its_papers_nor_before_the_decision() -> None:
    disposal = await proposed(cast.BRAILLE)
    command = FinishDisposal(disposal_id=disposal.id, done_on=cast.TODAY, labels_off=True)
    with refused(Conflict, "disposal.not_decided"):
        await finish_disposal(command, actor=cast.MANAGER, now=cast.NOW)
    with refused(Conflict, "disposal.not_decided"):
        await file_disposal_paper(disposal.id, DisposalPaper.ACT, PDF, actor=cast.MANAGER, now=cast.NOW)
    await decided(disposal)
    with refused(RuleBroken, "disposal.paper_missing"):
        await finish_disposal(command, actor=cast.MANAGER, now=cast.NOW)
    with refused(Conflict, "disposal.paper_not_awaited"):
        await file_disposal_paper(disposal.id, DisposalPaper.CERTIFICATE, PDF, actor=cast.MANAGER, now=cast.NOW)
    with refused(BadInput, "scan.unreadable"):
        await file_disposal_paper(disposal.id, DisposalPaper.ACT, b"?", actor=cast.MANAGER, now=cast.NOW)


async def test_two_who_act_on_the_same_do_not_overwrite_each_other() -> None:
    disposal = await proposed()
    await erased(disposal)
    with refused(Conflict, "disposal.changed"):
        async with write_transaction():
            await disposals.save(disposal)


async def test_what_cannot_be_printed_is_refused_when_it_is_typed() -> None:
    with refused(RuleBroken, "text.not_printable"):
        await propose_disposal(asking(reason=f"{WHY} 漢字"), actor=cast.MANAGER, now=cast.NOW)


async def test_what_is_to_leave_the_stock_is_not_offered_to_another_service() -> None:
    leaving = await proposed(cast.LAPTOP)
    command = AskTransfer(items=(cast.LAPTOP, cast.BRAILLE), to="DSDEN29", reason="Pour eux")
    with refused(Conflict, "transfer.item_leaving") as told:
        await ask_transfer(command, actor=cast.MANAGER, now=cast.NOW)
    assert "35-2026-00001" in told.value.message
    assert "35-2026-00002" not in told.value.message
    with refused(Conflict, "transfer.item_leaving"):
        await items_to_pass([cast.LAPTOP], actor=cast.READER)
    await decided(leaving)
    with refused(Conflict, "transfer.item_leaving"):
        await ask_transfer(command, actor=cast.MANAGER, now=cast.NOW)
    await withdraw_disposal(CloseDisposal(disposal_id=leaving.id, reason="Erreur"), actor=cast.MANAGER, now=cast.NOW)
    assert len((await ask_transfer(command, actor=cast.MANAGER, now=cast.NOW)).transfer.items) == 2
