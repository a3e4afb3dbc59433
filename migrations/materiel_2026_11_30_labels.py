"""When the label of an item was last printed, labels that were replaced, sheets of labels of a service's own.

What was printed is told by the journal, which names the items of a run up to a hundred of them, and by the jobs still
there; an item of neither is shown as never labelled. Its day is that of UTC. The previous release runs on this schema.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T03:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "labels"

COLUMN = "ALTER TABLE item ADD COLUMN labelled_on DATE"
TABLES = (
    """CREATE TABLE revoked_label (
        code VARCHAR(20) PRIMARY KEY NOT NULL,
        service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        item UUID NOT NULL REFERENCES item (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        revoked_on DATE NOT NULL
    )""",
    """CREATE TABLE label_sheet (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        title VARCHAR(60) NOT NULL,
        measures TEXT NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        version INTEGER NOT NULL CHECK (version >= 1),
        UNIQUE (service, title)
    )""",
)
INDEXES = (
    "CREATE INDEX ix_item_never_labelled ON item (service, inventory_number) WHERE labelled_on IS NULL",
    "CREATE INDEX ix_revoked_label_item ON revoked_label (item)",
    "CREATE INDEX ix_label_sheet_service ON label_sheet (service)",
    "CREATE INDEX ix_revoked_label_service ON revoked_label (service)",
)

ON_SQLITE = (
    "UPDATE item SET labelled_on = printed.on_day FROM"
    " (SELECT item.id AS item, max(substr(journal.at, 1, 10)) AS on_day FROM journal"
    " JOIN json_each(journal.details, '$.items') AS named JOIN item ON item.id = named.value"
    " WHERE journal.action = 'label.printed' AND CAST(item.service AS TEXT) = journal.chain"
    " GROUP BY item.id) AS printed"
    " WHERE item.id = printed.item",
    "UPDATE item SET labelled_on = printed.on_day FROM"
    " (SELECT item.id AS item, max(substr(job.finished_at, 1, 10)) AS on_day FROM job"
    " JOIN json_each(job.payload, '$.items') AS named JOIN item ON item.id = named.value"
    " WHERE job.kind = 'labels' AND job.state = 'done' AND job.finished_at IS NOT NULL"
    " AND named.key < json_extract(job.result, '$.labels') AND item.service = job.service GROUP BY item.id) AS printed"
    " WHERE item.id = printed.item AND item.labelled_on IS NULL",
)
ON_POSTGRES = (
    "UPDATE item SET labelled_on = printed.on_day FROM"
    " (SELECT item.id AS item, max((journal.at AT TIME ZONE 'UTC')::date) AS on_day FROM journal"
    " CROSS JOIN LATERAL jsonb_array_elements_text(journal.details::jsonb -> 'items') AS named (value)"
    " JOIN item ON item.id = named.value::uuid"
    " WHERE journal.action = 'label.printed' AND item.service::text = journal.chain GROUP BY item.id) AS printed"
    " WHERE item.id = printed.item",
    "UPDATE item SET labelled_on = printed.on_day FROM"
    " (SELECT item.id AS item, max((job.finished_at AT TIME ZONE 'UTC')::date) AS on_day FROM job"
    " CROSS JOIN LATERAL jsonb_array_elements_text(job.payload::jsonb -> 'items')"
    " WITH ORDINALITY AS named (value, place)"
    " JOIN item ON item.id = named.value::uuid"
    " WHERE job.kind = 'labels' AND job.state = 'done' AND job.finished_at IS NOT NULL"
    " AND named.place <= (job.result::jsonb ->> 'labels')::int AND item.service = job.service"
    " GROUP BY item.id) AS printed"
    " WHERE item.id = printed.item AND item.labelled_on IS NULL",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        await engine.run_ddl(COLUMN)
        for table in TABLES:
            await engine.run_ddl(table if postgres else for_sqlite(table))
        for statement in ON_POSTGRES if postgres else ON_SQLITE:
            await engine.run_ddl(statement)
        for index in INDEXES:
            await engine.run_ddl(index)

    manager.add_raw(create)
    return manager
