import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.service import ManagingService, ServiceKind
from materiel.domain.address import Address
from materiel.domain.item.item import ItemStatus, Ownership
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id
from materiel.store.item import item as items
from materiel.use_cases.history.item import item_history
from materiel.use_cases.item.item import (
    RegisterItem,
    SetItemStatus,
    UpdateItem,
    find_item,
    get_item,
    list_items,
    register_item,
    set_item_status,
    update_item,
)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SERVICE = ManagingService(
    id=UUID("0193a000-0000-7000-8000-000000000001"),
    code="DSDEN35",
    name="DSDEN d'Ille-et-Vilaine",
    kind=ServiceKind.DSDEN,
    academie="14",
    departement="035",
    address=Address(lines=("1 quai Dujardin",), postcode="35000", city="Rennes"),
)
OTHER = replace(SERVICE, id=UUID("0193a000-0000-7000-8000-000000000002"), code="DSDEN22", departement="022")
MANAGER = Actor("token:manager", Role.MANAGER, SERVICE.id)
READER = Actor("token:reader", Role.READER, SERVICE.id)
STRANGER = Actor("token:stranger", Role.ADMIN, OTHER.id)


@pytest.fixture(autouse=True)
async def two_services(db):
    await services.insert(SERVICE)
    await services.insert(OTHER)


def a_command(**changes):
    return RegisterItem(**{"inventory_number": "MPA-35-0001", "designation": "Afficheur braille"} | changes)


async def register(**changes):
    return await register_item(a_command(**changes), actor=MANAGER, now=NOW)


async def actions():
    return [row["action"] for row in await fetch("SELECT action FROM journal ORDER BY sequence")]


async def test_an_item_is_registered_and_found():
    item = await register(inventory_number=" mpa-35 -0001 ", accessories=("Housse", " Câble  USB "))
    assert (item.inventory_number, item.status, item.version) == ("MPA-35-0001", ItemStatus.IN_STOCK, 1)
    assert item.accessories == ("Housse", "Câble USB")
    assert await get_item(item.id, actor=READER) == item
    assert await find_item("mpa-35-0001", actor=READER) == item
    assert await actions() == ["item.registered"]


async def test_a_number_serves_once_in_its_service():
    await register()
    with pytest.raises(Conflict) as refusal:
        await register(inventory_number="mpa-35-0001")
    assert refusal.value.code == "item.inventory_number_taken"
    assert await actions() == ["item.registered"]


async def test_two_services_may_use_one_number():
    await register()
    other = await register_item(a_command(), actor=STRANGER, now=NOW)
    assert other.service_id == OTHER.id


async def test_the_item_of_another_service_does_not_exist():
    item = await register()
    with pytest.raises(NotFound):
        await get_item(item.id, actor=STRANGER)
    with pytest.raises(NotFound):
        await find_item(item.inventory_number, actor=STRANGER)
    with pytest.raises(NotFound):
        await item_history(item.id, actor=STRANGER)
    with pytest.raises(NotFound):
        await update_item(UpdateItem(item_id=item.id, version=1, changes={"brand": "x"}), actor=STRANGER, now=NOW)
    assert await list_items(actor=STRANGER) == []


async def test_every_fault_is_told_at_once():
    with pytest.raises(RuleBroken) as refusal:
        await register(
            inventory_number="É 1",
            designation=" ",
            serial_number="x" * 101,
            accessories=("ok", ""),
            acquired_on=date(1970, 1, 1),
            lease_ends_on=date(2027, 1, 1),
            purchase_price_cents=-1,
            brand="a\x00b",
        )
    assert refusal.value.code == "item.invalid"
    assert {error.pointer for error in refusal.value.errors} == {
        "/inventory_number",
        "/designation",
        "/serial_number",
        "/accessories/1",
        "/acquired_on",
        "/lease_ends_on",
        "/purchase_price_cents",
        "/brand",
    }
    assert await actions() == []


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("inventory_number", "X" * 25, "X" * 26),
        ("designation", "x" * 200, "x" * 201),
        ("category", "x" * 60, "x" * 61),
        ("brand", "x" * 100, "x" * 101),
        ("accessories", ("x",) * 30, ("x",) * 31),
        ("accessories", ("x" * 100,), ("x" * 101,)),
        ("funding_service", "x" * 200, "x" * 201),
        ("purchase_price_cents", 1_000_000_000, 1_000_000_001),
        ("acquired_on", date(1980, 1, 1), date(1979, 12, 31)),
        ("acquired_on", date(2027, 11, 22), date(2027, 11, 23)),
    ],
)
async def test_bounds_are_kept(field, good, bad):
    await register(**{field: good})
    with pytest.raises(RuleBroken):
        await register(**{"inventory_number": "OTHER"} | {field: bad})


async def test_a_rented_item_has_an_end_of_lease():
    item = await register(ownership=Ownership.RENTED, lessor="Loueur SA", lease_ends_on=date(2028, 8, 31))
    assert (item.ownership, item.lease_ends_on) == (Ownership.RENTED, date(2028, 8, 31))


async def test_the_pattern_of_the_service_is_applied():
    await services.save(replace(SERVICE, inventory_pattern="{dep}-{year}-{seq:05}"))
    assert (await register(inventory_number="35-2026-00001")).inventory_number == "35-2026-00001"
    with pytest.raises(RuleBroken, match="modèle du service"):
        await register(inventory_number="MPA-1")


async def test_an_item_is_corrected_field_by_field():
    item = await register(brand="Ancienne", purchase_price_cents=1000)
    command = UpdateItem(item_id=item.id, version=1, changes={"brand": "Nouvelle", "purchase_price_cents": None})
    saved = await update_item(command, actor=MANAGER, now=NOW)
    assert saved == replace(item, brand="Nouvelle", purchase_price_cents=None, version=2)
    assert await get_item(item.id, actor=READER) == saved


async def test_a_stale_correction_is_refused():
    item = await register()
    await update_item(UpdateItem(item_id=item.id, version=1, changes={"brand": "A"}), actor=MANAGER, now=NOW)
    with pytest.raises(Conflict) as refusal:
        await update_item(UpdateItem(item_id=item.id, version=1, changes={"brand": "B"}), actor=MANAGER, now=NOW)
    assert refusal.value.code == "item.changed"
    assert (await get_item(item.id, actor=READER)).brand == "A"


async def test_a_required_field_cannot_be_cleared():
    item = await register()
    with pytest.raises(RuleBroken, match="vidé"):
        await update_item(UpdateItem(item_id=item.id, version=1, changes={"designation": None}), actor=MANAGER, now=NOW)


async def test_a_correction_never_changes_the_inventory_number():
    item = await register()
    changes = {"inventory_number": "MPA-35-0002"}
    with pytest.raises(LookupError, match="inventory_number"):
        await update_item(UpdateItem(item_id=item.id, version=1, changes=changes), actor=MANAGER, now=NOW)
    assert await get_item(item.id, actor=READER) == item


async def test_an_item_goes_to_repair_and_back():
    item = await register()
    for version, status in enumerate((ItemStatus.IN_REPAIR, ItemStatus.IN_STOCK), start=1):
        command = SetItemStatus(item_id=item.id, status=status, reason="Écran", version=version)
        assert (await set_item_status(command, actor=MANAGER, now=NOW)).status is status


async def test_a_written_off_item_stays_so():
    item = await register()
    command = SetItemStatus(item_id=item.id, status=ItemStatus.WRITTEN_OFF, reason="Hors d'usage", version=1)
    await set_item_status(command, actor=MANAGER, now=NOW)
    with pytest.raises(Conflict) as refusal:
        await set_item_status(replace(command, status=ItemStatus.IN_STOCK, version=2), actor=MANAGER, now=NOW)
    assert refusal.value.code == "item.terminal"
    with pytest.raises(Conflict):
        await register()


async def test_an_item_on_loan_is_moved_by_its_loan_only():
    item = await register()
    await items.set_status([item.id], ItemStatus.ON_LOAN)
    command = SetItemStatus(item_id=item.id, status=ItemStatus.IN_STOCK, reason="Rendu", version=2)
    with pytest.raises(Conflict) as refusal:
        await set_item_status(command, actor=MANAGER, now=NOW)
    assert refusal.value.code == "item.on_loan"
    lost = await set_item_status(replace(command, status=ItemStatus.LOST), actor=MANAGER, now=NOW)
    assert lost.status is ItemStatus.LOST


@pytest.mark.parametrize("status", [ItemStatus.ON_LOAN, ItemStatus.RESERVED, ItemStatus.DEPOSITED])
async def test_the_state_of_a_loan_is_not_given_by_hand(status):
    item = await register()
    with pytest.raises(RuleBroken):
        await set_item_status(
            SetItemStatus(item_id=item.id, status=status, reason="x", version=1), actor=MANAGER, now=NOW
        )


async def test_a_change_of_state_has_a_reason():
    item = await register()
    with pytest.raises(RuleBroken) as refusal:
        await set_item_status(
            SetItemStatus(item_id=item.id, status=ItemStatus.LOST, reason=" ", version=1), actor=MANAGER, now=NOW
        )
    assert [error.pointer for error in refusal.value.errors] == ["/reason"]


async def test_the_history_is_told_in_sentences():
    item = await register()
    changes = {"brand": "A", "model": "B"}
    await update_item(UpdateItem(item_id=item.id, version=1, changes=changes), actor=MANAGER, now=NOW)
    command = SetItemStatus(item_id=item.id, status=ItemStatus.IN_REPAIR, reason="Écran fendu", version=2)
    await set_item_status(command, actor=MANAGER, now=NOW)
    lines = await item_history(item.id, actor=READER)
    assert [line.sentence.replace("\u00a0", " ") for line in lines] == [
        "Entré à l'inventaire sous le numéro MPA-35-0001.",
        "Fiche corrigée : marque et modèle.",
        "État passé de « En réserve » à « En réparation » : Écran fendu",
    ]
    assert {line.on for line in lines} == {date(2026, 11, 21)}


async def test_items_are_listed_and_searched():
    first = await register()
    second = await register(inventory_number="MPA-35-0002", designation="Clavier élargi", serial_number="SN99X")
    assert await list_items(actor=READER) == [first, second]
    assert await list_items(actor=READER, limit=1, after=first.id) == [second]
    assert await list_items(actor=READER, q="ELARGI") == [second]
    assert await list_items(actor=READER, q="n99") == [second]
    assert await list_items(actor=READER, status=ItemStatus.LOST) == []


async def test_a_reader_changes_nothing():
    with pytest.raises(PermissionDenied):
        await register_item(a_command(), actor=READER, now=NOW)
    with pytest.raises(PermissionDenied):
        await update_item(UpdateItem(item_id=new_id(), version=1), actor=READER, now=NOW)
    with pytest.raises(PermissionDenied):
        await set_item_status(
            SetItemStatus(item_id=new_id(), status=ItemStatus.LOST, reason="x", version=1), actor=READER, now=NOW
        )


async def test_a_failing_journal_leaves_no_item(monkeypatch):
    async def fail(*args, **kwargs):
        raise RuntimeError("journal")

    monkeypatch.setattr("materiel.store.history.journal.insert_rows", fail)
    with pytest.raises(RuntimeError, match="journal"):
        await register()
    assert await list_items(actor=READER) == []


async def test_two_registrations_of_one_number_let_one_win():
    answers = await asyncio.gather(*(register() for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(answer, Conflict) for answer in answers) == 3
    assert len(await list_items(actor=READER)) == 1
