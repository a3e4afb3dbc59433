"""Items registered before the migration `desk_counts` are in the tally, and those registered since."""

from datetime import UTC, datetime

from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import empty, insert

from materiel.domain.item.item import ItemStatus
from materiel.store.circuit import transfer as transfers
from materiel.store.engine import migrate
from materiel.store.engine.ids import new_id
from materiel.store.item import item as items
from materiel.store.item.tally import items_by_status

__all__ = ["empty"]
ID = "2026-11-29T00:00:21:000000"


async def test_items_on_file_are_counted_then_followed(empty, capsys):
    every = await migrate.check()
    assert (await run_forwards("materiel", migration_id=[each for each in every if each < ID][-1])).success
    capsys.readouterr()
    service, other = new_id(), new_id()
    for each in (service, other):
        await insert("managing_service", id=each, code=str(each)[-12:], kind="dsden", renewal_policy="yearly")
    ids = [new_id() for _ in range(4)]
    for number, (item_id, status) in enumerate(zip(ids, ("in_stock", "in_stock", "on_loan", "in_stock"), strict=True)):
        row = {"inventory_number": str(number), "accessories": "[]", "ownership": "state", "public_code": str(number)}
        await insert("item", id=item_id, service=other if number == 3 else service, status=status, **row)

    await migrate.upgrade()

    assert await items_by_status(service) == {ItemStatus.IN_STOCK: 2, ItemStatus.ON_LOAN: 1}
    await items.set_status(ids[:1], ItemStatus.IN_REPAIR)
    found = {status: count for status, count in (await items_by_status(service)).items() if count}
    assert found == {ItemStatus.IN_STOCK: 1, ItemStatus.ON_LOAN: 1, ItemStatus.IN_REPAIR: 1}
    assert await items_by_status(other) == {ItemStatus.IN_STOCK: 1}


async def test_states_and_their_tally_hold_where_items_may_be_transferred(empty, capsys):
    every = await migrate.check()
    before = [each for each in every if each < "2026-11-30T07:00:00"][-1]
    assert (await run_forwards("materiel", migration_id=before)).success
    capsys.readouterr()
    service = new_id()
    await insert("managing_service", id=service, code="DSDEN35", kind="dsden", renewal_policy="yearly")
    ids = [new_id(), new_id()]
    for number, (item_id, status) in enumerate(zip(ids, ("in_stock", "written_off"), strict=True)):
        row = {"inventory_number": str(number), "accessories": "[]", "ownership": "state", "public_code": str(number)}
        await insert("item", id=item_id, service=service, status=status, **row)

    await migrate.upgrade()

    assert await items_by_status(service) == {ItemStatus.IN_STOCK: 1, ItemStatus.WRITTEN_OFF: 1}
    await items.set_status(ids[:1], ItemStatus.TRANSFERRED)
    found = {status: count for status, count in (await items_by_status(service)).items() if count}
    assert found == {ItemStatus.TRANSFERRED: 1, ItemStatus.WRITTEN_OFF: 1}


async def test_a_transfer_made_before_is_one_for_good(empty, capsys):
    every = await migrate.check()
    assert (
        await run_forwards("materiel", migration_id=[each for each in every if each < "2026-11-30T12:00:00"][-1])
    ).success
    capsys.readouterr()
    giver, receiver, item, transfer = (new_id() for _ in range(4))
    for each in (giver, receiver):
        await insert("managing_service", id=each, code=str(each)[-12:], kind="dsden", renewal_policy="yearly")
    row = {"inventory_number": "1", "accessories": "[]", "ownership": "state", "public_code": "1"}
    await insert("item", id=item, service=giver, status="in_stock", **row)
    at = datetime(2026, 11, 30, tzinfo=UTC)
    asked = {"giver": giver, "receiver": receiver, "asked_by": giver, "asked_at": at}
    await insert("transfer", id=transfer, reason="Motif", answer_reason="", **asked)
    told = {"inventory_number": "1", "designation": "Loupe", "serial_number": "", "funding_service": ""}
    await insert("transfer_item", id=new_id(), transfer=transfer, position=0, item=item, **told)

    await migrate.upgrade()

    known = (await transfers.line(transfer, receiver)).transfer
    assert (known.loans, known.until, known.returns, known.is_lent) == ((), None, None, False)
    assert [(each.item_id, each.loan_id) for each in known.items] == [(item, None)]
    assert (await items.get(item, giver)).lent_until is None
