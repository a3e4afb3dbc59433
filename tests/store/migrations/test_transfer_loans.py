"""Transfers made before the migrations `transfer_loans` and `service_loans`: neither a loan nor a day of return."""

from datetime import UTC, datetime

from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import empty, insert

from materiel.store.circuit import transfer as transfers
from materiel.store.engine import migrate
from materiel.store.engine.ids import new_id
from materiel.store.item import item as items

__all__ = ["empty"]
ID = "2026-11-30T12:00:00:000000"


async def test_a_transfer_made_before_is_one_for_good(empty, capsys):
    every = await migrate.check()
    assert (await run_forwards("materiel", migration_id=[each for each in every if each < ID][-1])).success
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
