"""Items and lines written before the migration `item_truth`, once it has run."""

import json

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.cast import NOW

from materiel.store.engine import database as engines
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id

SERVICE, SCHOOL, LOAN, BACK, LENT, LOST = (new_id() for _ in range(6))
AT = "2026-11-21 09:00:00+00:00"


@pytest.fixture
async def empty(new_database):
    engine = engines.bind(engines.build_engine(await new_database(), synchronous="OFF"))
    await engines.start(engine)
    yield engine
    await engines.stop(engine)


async def insert(table: str, **values: object) -> None:
    """A row of the columns given; those that must hold something else get an empty text, one, or no."""
    columns = await _columns(table)
    row = {name: blank for name, blank in columns.items() if blank is not None} | values
    written = ", ".join("NULL" if value is None else f"'{value}'" for value in row.values())
    await fetch(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({written})")


async def _columns(table: str) -> dict[str, object]:
    if engines.is_postgres():
        found = await fetch(
            "SELECT column_name AS name, data_type AS type, is_nullable = 'NO' AND column_default IS NULL AS needed"
            f" FROM information_schema.columns WHERE table_name = '{table}'"
        )
    else:
        found = await fetch(
            f'SELECT name, lower(type) AS type, "notnull" AND dflt_value IS NULL AS needed'
            f" FROM pragma_table_info('{table}')"
        )
    return {row["name"]: _blank(row["type"]) if row["needed"] else None for row in found}


def _blank(kind: str) -> object:
    if "int" in kind:
        return 1
    if "bool" in kind:
        return "0"
    return AT if "timestamp" in kind else "x"


async def an_item(item_id: object, number: str, status: str) -> None:
    await insert(
        "item",
        id=item_id,
        service=SERVICE,
        inventory_number=number,
        designation="Ordinateur",
        accessories=json.dumps(["Chargeur", "Housse"]),
        ownership="state",
        status=status,
        public_code=number,
    )


async def a_line(item_id: object, position: int, **values: object) -> None:
    await insert("loan_item", id=new_id(), loan=LOAN, item=item_id, position=position, **values)


async def rows_of_before() -> None:
    await insert("managing_service", id=SERVICE, code="DSDEN35", kind="dsden", renewal_policy="yearly")
    await insert("municipality", insee_code="35016", authority_kind="commune")
    await insert(
        "school", id=SCHOOL, uai="0350122T", computed_kind="eple", sector="public", municipality="35016", address="{}"
    )
    await insert(
        "loan",
        id=LOAN,
        service=SERVICE,
        school=SCHOOL,
        usage="shared",
        custody="school",
        status="handed_over",
        starts_on="2026-09-01",
        decision="{}",
    )
    await an_item(BACK, "BACK", "in_stock")
    await an_item(LENT, "LENT", "deposited")
    await an_item(LOST, "LOST", "lost")
    missing = json.dumps(["housse"])
    gone = {"handed_over_on": "2026-09-02", "returned_on": "2026-10-01", "removed_on": "2026-10-01"}
    await a_line(BACK, 0, **gone, missing_accessories=missing)
    await a_line(LENT, 1, **gone, missing_accessories=missing)
    await a_line(LENT, 2, handed_over_on="2026-10-02", missing_accessories="[]")
    await a_line(LOST, 3, handed_over_on="2026-09-02", removed_on="2026-10-05", missing_accessories="[]")
    details = json.dumps({"removed": {str(LOST): {"reason": "lost", "fault": "none"}}})
    await insert(
        "journal",
        id=new_id(),
        chain=SERVICE,
        sequence=1,
        at=str(NOW),
        action="loan.amended",
        subject_kind="loan",
        subject_id=LOAN,
        details=details,
        previous_hash="0" * 64,
        hash="1" * 64,
    )


async def test_what_was_known_of_items_is_carried_over(empty, capsys) -> None:
    every = await migrate.check()
    before = [each for each in every if each < "2026-11-28"][-1]
    assert (await run_forwards("materiel", migration_id=before)).success
    capsys.readouterr()
    await rows_of_before()
    await migrate.upgrade()
    rows = await fetch("SELECT inventory_number, status, accessories, missing_accessories FROM item ORDER BY 1")
    assert [tuple(row.values()) for row in map(dict, rows)] == [
        ("BACK", "in_stock", '["Chargeur"]', '["housse"]'),
        ("LENT", "deposited", '["Chargeur", "Housse"]', "[]"),
        ("LOST", "lost", '["Chargeur", "Housse"]', "[]"),
    ]
    lines = await fetch("SELECT position, removal, accessories, withdrawn_on FROM loan_item ORDER BY position")
    assert [row["removal"] for row in lines] == [None, None, None, "lost"]
    assert {(row["accessories"], row["withdrawn_on"]) for row in lines} == {(None, None)}
    await fetch(f"UPDATE item SET status = 'to_prepare' WHERE id = '{BACK}'")
    with pytest.raises(Exception, match=r"(?i)check"):
        await fetch(f"UPDATE item SET status = 'somewhere' WHERE id = '{BACK}'")
    assert [row["id"] for row in await fetch(f"SELECT id FROM item WHERE service = '{SERVICE}' AND status = 'lost'")]
