"""What an item lacks, what must be checked of it, finding it again, and undoing a state, through the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.use_cases.loan_cast import (
    BAULON,
    BRAILLE,
    ISSUER,
    KEYBOARD,
    LAPTOP,
    MANAGER,
    NOW,
    READER,
    SERVICE,
    SOFTWARE,
    STRANGER,
    TODAY,
    a_draft,
    set_up,
)

from materiel.domain.incident.incident import IncidentKind, IncidentState
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, Item, ItemStatus
from materiel.domain.item.preparation import ChecksDone
from materiel.domain.loan.loan import RemovalReason
from materiel.domain.loan.plan import Fault, Removal
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import DocumentKind
from materiel.domain.usage import Custody, Usage
from materiel.errors import BadInput, Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.item import item as items
from materiel.use_cases.history.item import item_history
from materiel.use_cases.incident.incident import incidents_of_item
from materiel.use_cases.incident.sheet import read_incident
from materiel.use_cases.item.item import SetItemStatus, get_item, set_item_status
from materiel.use_cases.item.preparation import (
    NoteAccessories,
    note_accessories,
    prepare_item,
    states_before_of,
    undo_status,
    undo_statuses,
)
from materiel.use_cases.loan.applying import Applied
from materiel.use_cases.loan.changes import Amend, amend_loan
from materiel.use_cases.loan.found import FindItem, find_again
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back
from materiel.use_cases.papers.issuer import Issuer

DONE = ChecksDone(done_on=TODAY, condition=Condition.GOOD, erased=True, uninstalled=True)
FOUND = FindItem(item_id=LAPTOP, found_on=TODAY, condition=Condition.GOOD, reason="Derrière une armoire")


@pytest.fixture(autouse=True)
async def cast(db: None) -> None:
    await set_up()
    for item_id, family in ((LAPTOP, ItemFamily.COMPUTER), (SOFTWARE, ItemFamily.SOFTWARE)):
        await items.save(replace(await items.get(item_id, SERVICE), family=family))


async def lent(*item_ids: UUID, accessories: tuple[str, ...] | None = None) -> UUID:
    """A loan handed over."""
    loan_id = await a_draft(items=item_ids)
    await issue_loan(loan_id, issuer=ISSUER)
    handed = tuple(HandedItem(item_id=each, accessories=accessories) for each in item_ids)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=TODAY, items=handed), issuer=ISSUER)
    return loan_id


async def back(
    loan_id: UUID, *item_ids: UUID, condition: Condition = Condition.GOOD, missing: tuple[str, ...] = ()
) -> Applied:
    """Items taken back."""
    lines = tuple(ReturnedItem(item_id=each, condition=condition, missing_accessories=missing) for each in item_ids)
    return await take_back(TakeBack(loan_id=loan_id, returned_on=TODAY, items=lines), issuer=ISSUER)


async def item(item_id: UUID = LAPTOP) -> Item:
    return await get_item(item_id, actor=READER)


async def given(status: ItemStatus, item_id: UUID = LAPTOP) -> None:
    """A state given by hand."""
    version = (await item(item_id)).version
    command = SetItemStatus(item_id=item_id, status=status, reason="Vu au rangement", version=version)
    await set_item_status(command, actor=MANAGER, now=NOW)


async def sentences(item_id: UUID = LAPTOP) -> list[str]:
    return [line.sentence.replace("\u00a0", " ") for line in await item_history(item_id, actor=READER)]


async def test_what_did_not_come_back_is_not_delivered_the_next_time() -> None:
    await back(await lent(LAPTOP), LAPTOP, missing=("housse",))
    assert ((await item()).accessories, (await item()).missing_accessories) == (("Chargeur",), ("Housse",))
    await prepare_item(LAPTOP, DONE, issuer=ISSUER)
    loan_id = await lent(LAPTOP)
    case = await get_loan(loan_id, actor=READER)
    for paper in case.documents:
        assert "Housse" not in paper.content, paper.kind
    receipt = next(each for each in case.documents if each.kind is DocumentKind.HANDOVER_RECEIPT)
    assert "Chargeur" in receipt.content
    assert case.loan.items[0].accessories == ("Chargeur",)


async def test_a_receipt_tells_only_what_is_really_given() -> None:
    case = await get_loan(await lent(LAPTOP, accessories=("housse",)), actor=READER)
    receipt = next(each for each in case.documents if each.kind is DocumentKind.HANDOVER_RECEIPT)
    assert "Housse" in receipt.content
    assert "Chargeur" not in receipt.content
    assert (await item()).accessories == ("Chargeur", "Housse")


async def test_an_accessory_that_the_item_has_not_is_not_given() -> None:
    with pytest.raises(RuleBroken) as refusal:
        await lent(LAPTOP, accessories=("Imprimante",))
    assert refusal.value.code == "item.unknown_accessory"


async def test_an_accessory_found_or_replaced_is_there_again_with_its_trace() -> None:
    await back(await lent(LAPTOP), LAPTOP, missing=("Housse", "Chargeur"))
    command = NoteAccessories(item_id=LAPTOP, found=("Housse",), replaced=("chargeur",), reason="Rachat")
    noted = await note_accessories(command, issuer=ISSUER)
    assert (set(noted.accessories), noted.missing_accessories) == ({"Chargeur", "Housse"}, ())
    assert "Accessoires, retrouvé : Housse ; remplacé : chargeur. Rachat" in await sentences()
    with pytest.raises(RuleBroken, match=r"item\.unknown_accessory"):
        await note_accessories(command, issuer=ISSUER)
    with pytest.raises(RuleBroken, match=r"item\.invalid"):
        await note_accessories(NoteAccessories(item_id=LAPTOP), issuer=ISSUER)


async def test_what_keeps_data_enters_the_stock_erased_and_not_otherwise() -> None:
    await back(await lent(LAPTOP), LAPTOP)
    for wrong, code in (
        (replace(DONE, erased=False), "item.not_erased"),
        (replace(DONE, done_on=TODAY + timedelta(days=1)), "item.invalid"),
        (replace(DONE, done_on=TODAY - timedelta(days=1)), "item.invalid"),
    ):
        with pytest.raises(RuleBroken) as refusal:
            await prepare_item(LAPTOP, wrong, issuer=ISSUER)
        assert refusal.value.code == code
    for status in (ItemStatus.IN_STOCK, ItemStatus.IN_REPAIR):
        with pytest.raises(Conflict, match=r"item\.to_prepare"):
            await given(status)
    ready = await prepare_item(LAPTOP, replace(DONE, missing_accessories=("Housse",)), issuer=ISSUER)
    assert (ready.status, ready.missing_accessories) == (ItemStatus.IN_STOCK, ("Housse",))
    assert any("données effacées" in each and "manque : Housse" in each for each in await sentences())
    with pytest.raises(Conflict, match=r"item\.not_to_prepare"):
        await prepare_item(LAPTOP, DONE, issuer=ISSUER)


async def test_a_licence_asks_that_it_be_uninstalled() -> None:
    await back(await lent(SOFTWARE), SOFTWARE)
    with pytest.raises(RuleBroken, match=r"item\.not_uninstalled"):
        await prepare_item(SOFTWARE, replace(DONE, uninstalled=False), issuer=ISSUER)
    assert (await prepare_item(SOFTWARE, replace(DONE, erased=False), issuer=ISSUER)).status is ItemStatus.IN_STOCK


async def test_what_keeps_nothing_is_only_looked_at() -> None:
    await back(await lent(KEYBOARD), KEYBOARD)
    nothing = replace(DONE, erased=False, uninstalled=False)
    assert (await prepare_item(KEYBOARD, nothing, issuer=ISSUER)).status is ItemStatus.IN_STOCK


async def test_what_came_back_damaged_goes_to_repair_once_checked() -> None:
    await back(await lent(LAPTOP), LAPTOP, condition=Condition.DAMAGED)
    (told,) = await incidents_of_item(LAPTOP, actor=READER)
    assert (told.kind, told.state) == (IncidentKind.DAMAGE, IncidentState.OPEN)
    ready = await prepare_item(LAPTOP, replace(DONE, condition=Condition.DAMAGED), issuer=ISSUER)
    assert ready.status is ItemStatus.IN_REPAIR
    # The wrong condition was chosen.
    assert (await undo_status(LAPTOP, "Erreur d'état", issuer=ISSUER)).status is ItemStatus.TO_PREPARE


async def test_a_lost_item_is_found_again_with_its_number_and_its_history() -> None:
    await given(ItemStatus.LOST)
    (told,) = await incidents_of_item(LAPTOP, actor=READER)
    assert (told.kind, told.is_open) == (IncidentKind.LOSS, True)
    found = await find_again(FOUND, issuer=ISSUER)
    assert found.status is ItemStatus.TO_PREPARE
    incident, notes = await read_incident(told.id, actor=READER)
    assert not incident.is_open
    assert "retrouvé" in incident.resolution
    assert any("Derrière une armoire" in note.text for note in notes)
    assert any("Retrouvé le 7 septembre 2026" in each for each in await sentences())
    with pytest.raises(Conflict, match=r"item\.not_lost"):
        await find_again(FOUND, issuer=ISSUER)


async def test_what_a_loan_still_holds_comes_back_from_it_when_it_is_found() -> None:
    loan_id = await lent(LAPTOP)
    await given(ItemStatus.STOLEN)
    assert (await find_again(FOUND, issuer=ISSUER)).status is ItemStatus.TO_PREPARE
    case = await get_loan(loan_id, actor=READER)
    assert case.loan.open_items == ()
    assert DocumentKind.RETURN_RECEIPT in {each.kind for each in case.documents}


async def test_a_find_is_told_on_a_day_that_has_been_with_a_reason() -> None:
    await given(ItemStatus.LOST)
    for wrong in (replace(FOUND, found_on=TODAY + timedelta(days=1)), replace(FOUND, reason=" ")):
        with pytest.raises(RuleBroken, match=r"item\.invalid"):
            await find_again(wrong, issuer=ISSUER)


@pytest.mark.parametrize("status", [ItemStatus.LOST, ItemStatus.STOLEN, ItemStatus.WRITTEN_OFF, ItemStatus.IN_REPAIR])
async def test_a_state_given_by_mistake_is_undone_and_both_are_told(status: ItemStatus) -> None:
    await given(status)
    undone = await undo_status(LAPTOP, "Mauvaise ligne", issuer=ISSUER)
    assert undone.status is ItemStatus.IN_STOCK
    assert all(not each.is_open for each in await incidents_of_item(LAPTOP, actor=READER))
    assert f"État « {status.label} » donné par erreur, revenu à « En réserve » : Mauvaise ligne" in await sentences()
    with pytest.raises(Conflict, match=r"item\.nothing_to_undo"):
        await undo_status(LAPTOP, "Encore", issuer=ISSUER)


async def test_states_given_by_mistake_are_undone_one_by_one_and_what_stays_is_told() -> None:
    await given(ItemStatus.LOST)
    both = (LAPTOP, BRAILLE)
    ahead = await states_before_of(both, actor=READER)
    assert [(each.item.id, each.before) for each in ahead] == [(LAPTOP, ItemStatus.IN_STOCK), (BRAILLE, None)]
    done = await undo_statuses(both, "Mauvaise ligne", issuer=ISSUER)
    assert [each.id for each in done.done] == [LAPTOP]
    assert [(each.id, "pas été donné à la main" in why) for each, why in done.refused] == [(BRAILLE, True)]
    assert all(not each.is_open for each in await incidents_of_item(LAPTOP, actor=READER))


async def test_states_are_undone_with_a_reason_by_who_may_in_their_service() -> None:
    await given(ItemStatus.LOST)
    with pytest.raises(RuleBroken, match=r"item\.invalid"):
        await undo_statuses([LAPTOP], " ", issuer=ISSUER)
    with pytest.raises(PermissionDenied):
        await undo_statuses([LAPTOP], "Erreur", issuer=replace(ISSUER, actor=READER))
    with pytest.raises(NotFound):
        await undo_statuses([LAPTOP], "Erreur", issuer=replace(ISSUER, actor=STRANGER))
    with pytest.raises(NotFound):
        await states_before_of([LAPTOP], actor=STRANGER)
    for chosen, code in (((), "none_chosen"), ([UUID(int=each) for each in range(101)], "too_many")):
        with pytest.raises(BadInput, match=rf"item\.{code}"):
            await undo_statuses(chosen, "Erreur", issuer=ISSUER)
    assert (await items.get(LAPTOP, SERVICE)).status is ItemStatus.LOST


async def test_a_loss_noted_by_mistake_gives_the_item_back_to_its_loan() -> None:
    loan_id = await lent(LAPTOP, BRAILLE)
    await given(ItemStatus.LOST)
    assert (await undo_status(LAPTOP, "Il était à l'étude", issuer=ISSUER)).status is ItemStatus.ON_LOAN
    gone = Removal(item_id=LAPTOP, reason=RemovalReason.LOST)
    await amend_loan(Amend(loan_id=loan_id, effective_on=TODAY, remove=(gone,)), issuer=ISSUER)
    with pytest.raises(Conflict, match=r"item\.nothing_to_undo"):
        await undo_status(LAPTOP, "Il était à l'étude", issuer=ISSUER)


async def test_one_event_has_one_incident_whatever_the_door() -> None:
    loan_id = await lent(LAPTOP, BRAILLE, KEYBOARD)
    await given(ItemStatus.STOLEN)
    stolen = Removal(item_id=LAPTOP, reason=RemovalReason.STOLEN, fault=Fault.NONE, description="Effraction")
    lost = Removal(item_id=BRAILLE, reason=RemovalReason.LOST, happened_on=TODAY - timedelta(days=2))
    await amend_loan(Amend(loan_id=loan_id, effective_on=TODAY, remove=(stolen, lost)), issuer=ISSUER)
    (theft,) = await incidents_of_item(LAPTOP, actor=READER)
    assert (theft.kind, theft.fault, theft.fault_reason, theft.loan_id) == (
        IncidentKind.THEFT,
        Fault.NONE,
        "Effraction",
        loan_id,
    )
    (loss,) = await incidents_of_item(BRAILLE, actor=READER)
    assert (loss.kind, loss.fault, loss.happened_on) == (
        IncidentKind.LOSS,
        Fault.UNDECIDED,
        TODAY - timedelta(days=2),
    )
    assert "Volé : sorti du prêt." in await sentences()
    assert "Perdu : sorti du prêt." in await sentences(BRAILLE)
    assert not any("Retiré du prêt" in each for each in (*await sentences(), *await sentences(BRAILLE)))


async def test_a_broken_item_is_awaited_until_it_is_there() -> None:
    loan_id = await lent(LAPTOP, BRAILLE)
    broken = Removal(item_id=LAPTOP, reason=RemovalReason.BROKEN)
    applied = await amend_loan(Amend(loan_id=loan_id, effective_on=TODAY, remove=(broken,)), issuer=ISSUER)
    assert [each.kind for each in applied.made] == [DocumentKind.AMENDMENT]
    assert (await item()).status is ItemStatus.DUE_BACK
    returned = await back(loan_id, LAPTOP, condition=Condition.OUT_OF_ORDER)
    assert [each.kind for each in returned.made] == [DocumentKind.RETURN_RECEIPT]
    assert (await item()).status is ItemStatus.TO_PREPARE
    assert len(await incidents_of_item(LAPTOP, actor=READER)) == 1


async def test_an_amendment_tells_apart_what_is_there_and_what_is_still_to_be_handed_over() -> None:
    loan_id = await lent(LAPTOP)
    later = Issuer(actor=MANAGER, now=datetime(2026, 11, 30, 9, 0, tzinfo=UTC), base_url=ISSUER.base_url)
    added = Amend(loan_id=loan_id, effective_on=later.today, add=(KEYBOARD,))
    (paper,) = (await amend_loan(added, issuer=later)).made
    there, waiting = paper.content.split("Matériel à remettre, contre un bon de remise")
    assert "35-2026-00001" in there.split("Matériel remis, après cet avenant")[1]
    assert "35-2026-00003" in waiting
    assert "35-2026-00001" not in waiting.split("]")[0]


async def test_nobody_else_does_it() -> None:
    shared = await a_draft(usage=Usage.SHARED, custody=Custody.SCHOOL, school=BAULON, pupil=None, items=(KEYBOARD,))
    assert shared
    await given(ItemStatus.LOST, BRAILLE)
    stranger = Issuer(actor=STRANGER, now=NOW, base_url=ISSUER.base_url)
    reader = Issuer(actor=READER, now=NOW, base_url=ISSUER.base_url)
    acts = (
        lambda by: prepare_item(BRAILLE, DONE, issuer=by),
        lambda by: find_again(replace(FOUND, item_id=BRAILLE), issuer=by),
        lambda by: note_accessories(NoteAccessories(item_id=BRAILLE, missing=("Housse",)), issuer=by),
        lambda by: undo_status(BRAILLE, "Erreur", issuer=by),
    )
    for act in acts:
        with pytest.raises(NotFound):
            await act(stranger)
        with pytest.raises(PermissionDenied):
            await act(reader)
