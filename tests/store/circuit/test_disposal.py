"""Ends of life on a base of the release before: what was noted « Réformé » by hand may still get its act."""

from datetime import UTC, date, datetime

from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import empty, insert

from materiel.domain.circuit.disposal.disposal import AppraisedItem, Disposal, DisposalOutcome
from materiel.domain.circuit.disposal.proposal import checked_proposal
from materiel.domain.item.item import Condition, ItemStatus
from materiel.store.circuit import disposal as disposals
from materiel.store.desk import agenda
from materiel.store.engine import migrate
from materiel.store.engine.database import write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.item import item as items

__all__ = ["empty"]
ID = "2026-11-30T11:50:00:000000"


async def test_what_was_written_off_by_hand_before_may_still_get_its_act(empty, capsys):
    every = await migrate.check()
    assert (await run_forwards("materiel", migration_id=[each for each in every if each < ID][-1])).success
    capsys.readouterr()
    service, item_id = new_id(), new_id()
    known = {"kind": "dsden", "renewal_policy": "yearly", "academie": "14", "departement": "035"}
    await insert("managing_service", id=service, address='{"lines": [], "postcode": "", "city": ""}', **known)
    own = {"inventory_number": "A-1", "designation": "Clavier", "public_code": "7K2M9QX4TBW3H", "accessories": "[]"}
    own |= {"family": "other", "ownership": "state", "created_at": "2026-09-01 08:00:00+00", "search": " clavier "}
    await insert("item", id=item_id, service=service, status="written_off", missing_accessories="[]", **own)

    await migrate.upgrade()

    assert await disposals.of_item(item_id, service) is None
    assert await agenda.meetings(service, date(2026, 1, 1), date(2027, 1, 1)) == []
    (found,) = await disposals.what_keeps([await items.get(item_id, service)])
    assert found.item.status is ItemStatus.WRITTEN_OFF
    worth = AppraisedItem(item_id=item_id, value_cents=0, condition=Condition.OUT_OF_ORDER)
    bare = Disposal(
        id=new_id(),
        service_id=service,
        outcome=DisposalOutcome.DESTRUCTION,
        reason="Hors d'usage",
        beneficiary="Éco-organisme",
        proposed_at=datetime(2026, 11, 30, tzinfo=UTC),
    )
    disposal = checked_proposal(bare, [found], [worth])
    async with write_transaction():
        await disposals.insert(disposal)
    assert await disposals.of_item(item_id, service) == disposal
