"""Acts decided on a base made before the migration `kept_acts`: kept when first opened, then the same for ever."""

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.cast import NOW
from tests.store.migrations.test_item_truth import LOST, SERVICE, an_item, empty, insert

from materiel.domain.accounts.roles import Actor, Role
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id
from materiel.use_cases.circuit.disposal_paper import disposal_act
from materiel.use_cases.circuit.transfer import transfer_act
from materiel.use_cases.history.journal import verify_history

__all__ = ["empty"]
ID = "2026-12-01T02:50:00:000000"
OTHER, TRANSFER, DISPOSAL = (new_id() for _ in range(3))
AT = NOW.isoformat()
ADDRESS = '{"lines":["1 rue"],"postcode":"35000","city":"Rennes"}'


async def services_of_before() -> None:
    for service_id, code in ((SERVICE, "DSDEN35"), (OTHER, "DSDEN29")):
        said = {"kind": "dsden", "renewal_policy": "yearly", "name": f"Service {code}", "address": ADDRESS}
        await insert("managing_service", id=service_id, code=code, academie="10", departement=code[5:], **said)


async def acts_of_before() -> None:
    await an_item(LOST, "35-1", "transferred")
    await insert(
        "transfer",
        **{"id": TRANSFER, "giver": SERVICE, "receiver": OTHER, "asked_by": SERVICE, "state": "accepted"},
        **{"asked_at": AT, "answered_at": AT, "done_on": NOW.date(), "answer_reason": ""},
    )
    told = {"item": LOST, "position": 0, "inventory_number": "35-1", "designation": "Ordinateur"}
    await insert("transfer_item", id=new_id(), transfer=TRANSFER, awaits="0", received_as=None, **told)
    await insert(
        "disposal",
        **{"id": DISPOSAL, "service": SERVICE, "outcome": "destruction", "state": "decided", "proposed_at": AT},
        **{"decided_on": NOW.date(), "decided_name": "Camille", "decided_title": "Cheffe", "erased_how": ""},
    )
    await insert("disposal_item", id=new_id(), disposal=DISPOSAL, condition="worn", value_cents=0, **told)


async def test_acts_decided_before_are_kept_when_they_are_first_opened(empty, capsys):
    before = [each for each in await migrate.check() if each < ID][-1]
    assert (await run_forwards("materiel", migration_id=before)).success
    await services_of_before()
    await acts_of_before()
    assert ID in await migrate.upgrade()
    capsys.readouterr()
    assert await fetch("SELECT id FROM kept_act") == []
    assert (await verify_history()).fault is None
    ours, theirs = (Actor("user:1", Role.READER, each) for each in (SERVICE, OTHER))
    passed = await transfer_act(TRANSFER, actor=theirs, now=NOW)
    left = await disposal_act(DISPOSAL, actor=ours, now=NOW)
    await fetch("UPDATE managing_service SET name = 'Direction refondue'")
    assert await transfer_act(TRANSFER, actor=ours, now=NOW) == passed
    assert await disposal_act(DISPOSAL, actor=ours, now=NOW) == left
    found = await verify_history()
    assert (found.acts, found.fault) == (2, None)
    with pytest.raises(Exception, match="kept_act_frozen"):
        await fetch("UPDATE kept_act SET layout = 0")
