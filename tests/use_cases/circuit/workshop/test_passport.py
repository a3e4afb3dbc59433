"""The passport of an item: its life without a name, on the page and in its PDF; the thresholds of a service."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.documents.gate import faults, reading_text
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.circuit.stocktake.stocktake_cast import counted, opened

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.circuit.stocktake import NO_PLACE, StocktakeResult
from materiel.domain.circuit.use import UseLevel
from materiel.domain.circuit.workshop.passport import CountRow, UseRow
from materiel.domain.circuit.workshop.repair import RepairOutcome
from materiel.domain.circuit.workshop.safety import SafetyTreatment
from materiel.domain.incident.incident import IncidentKind
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.errors import NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import write_transaction
from materiel.store.item import item as items
from materiel.use_cases.circuit.use import NoteUses, note_uses
from materiel.use_cases.circuit.workshop.passport import (
    SetReplacement,
    draw_passport,
    read_passport,
    read_replacement,
    set_replacement,
)
from materiel.use_cases.circuit.workshop.repair import EndRepair, SendToRepair, end_repair, send_to_repair
from materiel.use_cases.circuit.workshop.safety import (
    OpenSafetyRecall,
    TreatSafetyItems,
    open_safety_recall,
    treat_safety_items,
)
from materiel.use_cases.incident.incident import RecordIncident, record_incident
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back

ADMIN = Actor("token:admin", Role.ADMIN, cast.SERVICE)


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()


async def a_life() -> None:
    """Lent and given back, told broken, mended, recalled."""
    loan_id = await cast.a_draft(items=(cast.LAPTOP,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = (HandedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    told = RecordIncident(item_id=cast.LAPTOP, kind=IncidentKind.BREAKDOWN, description="Zoé dit que l'écran est noir")
    await record_incident(told, actor=cast.MANAGER, now=cast.NOW)
    back = (ReturnedItem(item_id=cast.LAPTOP, condition=Condition.DAMAGED),)
    await take_back(TakeBack(loan_id=loan_id, returned_on=cast.TODAY, items=back), issuer=cast.ISSUER)
    async with write_transaction():
        await items.set_status([cast.LAPTOP], ItemStatus.IN_REPAIR)
    sent = SendToRepair(item_id=cast.LAPTOP, provider="Atelier Pointillé", fault="Écran noir", sent_on=cast.TODAY)
    repair = await send_to_repair(sent, actor=cast.MANAGER, now=cast.NOW)
    ended = EndRepair(
        repair_id=repair.id,
        version=1,
        returned_on=cast.TODAY,
        outcome=RepairOutcome.REPAIRED,
        cost_cents=8400,
    )
    await end_repair(ended, actor=cast.MANAGER, now=cast.NOW)
    danger = OpenSafetyRecall(
        title="La batterie chauffe", to_do="Éteignez-le.", model="x", published_on=cast.TODAY, items=(cast.LAPTOP,)
    )
    recall = await open_safety_recall(danger, actor=cast.MANAGER, now=cast.NOW)
    done = TreatSafetyItems(
        recall_id=recall.id,
        items=(cast.LAPTOP,),
        treatment=SafetyTreatment.BATTERY_REPLACED,
        treated_on=cast.TODAY,
    )
    await treat_safety_items(done, actor=cast.MANAGER, now=cast.NOW)


async def test_the_use_and_the_stocktakes_are_told_by_their_days() -> None:
    loan_id = await cast.a_draft(items=(cast.LAPTOP,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = (HandedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    said = NoteUses(loan_id=loan_id, said_on=cast.TODAY, levels={cast.LAPTOP: UseLevel.LITTLE})
    await note_uses(said, actor=cast.MANAGER, now=cast.NOW)
    stocktake = await opened()
    passport = await read_passport(cast.LAPTOP, actor=cast.READER, now=cast.NOW)
    assert passport.uses == (UseRow(said_on=cast.TODAY, level=UseLevel.LITTLE),)
    assert passport.counts == (CountRow(opened_on=cast.TODAY, result=StocktakeResult.SILENT),)
    await counted(stocktake, "35-2026-00007", place=NO_PLACE)
    (spare,) = (await read_passport(cast.SPARE, actor=cast.READER, now=cast.NOW)).counts
    assert spare.result is StocktakeResult.FOUND
    assert spare.seen_on == cast.TODAY + timedelta(days=3)
    text = " ".join(reading_text(await draw_passport(cast.LAPTOP, actor=cast.READER, now=cast.NOW)))
    assert "7 septembre 2026 : peu utilisé" in text.replace("\u00a0", " ")
    assert "Récolement ouvert le 7 septembre 2026 : sans réponse" in text.replace("\u00a0", " ")
    assert "Zoé" not in text


async def test_its_life_is_told_without_a_name_on_the_page_and_in_the_pdf() -> None:
    await a_life()
    passport = await read_passport(cast.LAPTOP, actor=cast.READER, now=cast.NOW)
    assert (passport.loans, passport.wear.repair_cents, passport.wear.breakdowns) == (1, 8400, 1)
    whats = [each.what for each in passport.rows]
    assert "Panne" in whats
    assert "Prêté" in whats
    assert "Zoé" not in str(passport.rows)
    assert [each.done for each in passport.recalls] == ["batterie remplacée, le 7 septembre 2026"]
    pdf = await draw_passport(cast.LAPTOP, actor=cast.READER, now=cast.NOW)
    assert faults(pdf) == []
    text = " ".join(reading_text(pdf))
    for words in ("Passeport du matériel", "Atelier Pointillé", "84,00", "La batterie chauffe", "Prêté"):
        assert words in text
    for name in ("Zoé", "Exemple"):
        assert name not in text


async def test_the_thresholds_are_those_of_the_service() -> None:
    await a_life()
    assert (await read_replacement(actor=cast.READER)).breakdowns == 3
    assert (await read_passport(cast.LAPTOP, actor=cast.READER, now=cast.NOW)).reasons == ()
    for breakdowns in (2, 1):
        command = SetReplacement(years=8, cost_percent=50, breakdowns=breakdowns)
        await set_replacement(command, actor=ADMIN, now=cast.NOW)
    (reason,) = (await read_passport(cast.LAPTOP, actor=cast.READER, now=cast.NOW)).reasons
    assert "1 pannes" not in reason
    with pytest.raises(PermissionDenied):
        await set_replacement(command, actor=cast.MANAGER, now=cast.NOW)
    with refused(RuleBroken, "replacement.invalid"):
        await set_replacement(SetReplacement(years=0, cost_percent=50, breakdowns=1), actor=ADMIN, now=cast.NOW)
    assert (await read_replacement(actor=cast.STRANGER)).years == 6


async def test_one_that_was_never_lent_and_another_service() -> None:
    pdf = await draw_passport(cast.SPARE, actor=cast.READER, now=cast.NOW)
    assert "Jamais prêté" in " ".join(reading_text(pdf))
    with refused(NotFound, "item.not_found"):
        await read_passport(cast.SPARE, actor=cast.STRANGER, now=cast.NOW)
