"""Labels printed before the migration `labels`: known by the journal and by the jobs that are still there."""

from __future__ import annotations

import json
from datetime import date

from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import empty, insert

from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id

__all__ = ["empty"]
ID = "2026-11-30T03:00:00:000000"


async def test_what_the_journal_or_a_job_names_was_labelled_and_nothing_else(empty, capsys):
    every = await migrate.check()
    assert (await run_forwards("materiel", migration_id=[each for each in every if each < ID][-1])).success
    capsys.readouterr()
    service, other = new_id(), new_id()
    for each in (service, other):
        await insert("managing_service", id=each, code=str(each)[-12:], kind="dsden", renewal_policy="yearly")
    named, drawn, left, never = (new_id() for _ in range(4))
    for number, item_id in enumerate((named, drawn, left, never)):
        row = {"inventory_number": str(number), "accessories": "[]", "ownership": "state", "status": "in_stock"}
        await insert("item", id=item_id, service=service, public_code=f"CODE{number}", **row)
    for number, (chain, item_id, on) in enumerate(
        ((service, named, "2026-09-01"), (service, named, "2026-10-02"), (other, never, "2026-10-02")), 1
    ):
        await insert(
            "journal",
            id=new_id(),
            chain=chain,
            sequence=number,
            at=f"{on} 10:00:00+00:00",
            action="label.printed",
            details=json.dumps({"items": [str(item_id)], "labels": 1, "sheet": "a4_3x8"}),
            previous_hash="0" * 64,
            hash="0" * 64,
        )
    await insert(
        "job",
        id=new_id(),
        service=service,
        kind="labels",
        state="done",
        payload=json.dumps({"items": [str(drawn), str(left)]}),
        result=json.dumps({"labels": 1, "left": 1}),
        finished_at="2026-11-03 10:00:00+00:00",
    )

    await migrate.upgrade()

    rows = {row["id"]: row["labelled_on"] for row in await fetch("SELECT id, labelled_on FROM item")}
    assert rows == {named: date(2026, 10, 2), drawn: date(2026, 11, 3), left: None, never: None}
