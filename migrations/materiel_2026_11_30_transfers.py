"""Transfers of items from a managing service to another; and « Transféré » among the states of an item.

The previous release runs on this schema until the first transfer: it does not know what an item is that has left.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T07:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "transfers"

KNOWN = (
    "IN ('in_stock', 'reserved', 'on_loan', 'deposited', 'due_back', 'to_prepare', 'in_repair', 'lost', 'stolen',"
    " 'written_off', 'transferred')"
)
STATUS_ON_POSTGRES = (
    "ALTER TABLE item DROP CONSTRAINT item_status_check",
    f"ALTER TABLE item ADD CONSTRAINT item_status_check CHECK (status {KNOWN})",
)
LESS = "UPDATE item_tally SET found = found - 1 WHERE service = OLD.service AND status = OLD.status;"
MORE = (
    "INSERT INTO item_tally (service, status, found) VALUES (NEW.service, NEW.status, 1)"
    " ON CONFLICT (service, status) DO UPDATE SET found = found + 1;"
)
# SQLite alters no check: the column is made again, and what looks at it.
STATUS_ON_SQLITE = (
    "DROP INDEX ix_item_service_status_id",
    "DROP INDEX ix_item_idle",
    "DROP TRIGGER item_tallied",
    "DROP TRIGGER item_tallied_again",
    "DROP TRIGGER item_tallied_less",
    f"ALTER TABLE item ADD COLUMN new_status VARCHAR(20) NOT NULL DEFAULT 'in_stock' CHECK (new_status {KNOWN})",
    "UPDATE item SET new_status = status",
    "ALTER TABLE item DROP COLUMN status",
    "ALTER TABLE item RENAME COLUMN new_status TO status",
    "CREATE INDEX ix_item_service_status_id ON item (service, status, id)",
    "CREATE INDEX ix_item_idle ON item (service, created_at, id) WHERE status = 'in_stock'",
    f"CREATE TRIGGER item_tallied AFTER INSERT ON item BEGIN {MORE} END",
    "CREATE TRIGGER item_tallied_again AFTER UPDATE OF status, service ON item"
    f" WHEN NEW.status <> OLD.status OR NEW.service <> OLD.service BEGIN {LESS} {MORE} END",
    f"CREATE TRIGGER item_tallied_less AFTER DELETE ON item BEGIN {LESS} END",
)

TABLES = (
    """CREATE TABLE transfer (
    id UUID PRIMARY KEY NOT NULL,
    giver UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    receiver UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    asked_by UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    reason VARCHAR(300) NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    state VARCHAR(10) NOT NULL DEFAULT 'asked',
    answered_at TIMESTAMPTZ,
    answer_reason VARCHAR(300) NOT NULL,
    done_on DATE,
    version INTEGER NOT NULL DEFAULT 1,
    CHECK (giver <> receiver)
)""",
    """CREATE TABLE transfer_item (
    id UUID PRIMARY KEY NOT NULL,
    transfer UUID NOT NULL REFERENCES transfer (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    position INTEGER NOT NULL,
    item UUID NOT NULL REFERENCES item (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    received_as UUID REFERENCES item (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    inventory_number VARCHAR(25) NOT NULL,
    designation VARCHAR(200) NOT NULL,
    serial_number VARCHAR(100) NOT NULL,
    funding_service VARCHAR(200) NOT NULL,
    left_out BOOLEAN NOT NULL DEFAULT false,
    awaits BOOLEAN NOT NULL DEFAULT true
)""",
)

INDEXES = (
    "CREATE INDEX ix_transfer_giver ON transfer (giver, id)",
    "CREATE INDEX ix_transfer_receiver ON transfer (receiver, id)",
    "CREATE INDEX ix_transfer_asked_by ON transfer (asked_by)",
    "CREATE INDEX ix_transfer_item_transfer ON transfer_item (transfer, position)",
    "CREATE UNIQUE INDEX transfer_item_item_key ON transfer_item (item) WHERE awaits",
    "CREATE INDEX ix_transfer_item_item ON transfer_item (item)",
    "CREATE INDEX ix_transfer_item_received ON transfer_item (received_as) WHERE received_as IS NOT NULL",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        if engine.engine_type == "postgres":
            statements = (*STATUS_ON_POSTGRES, *TABLES)
        else:
            statements = tuple(map(for_sqlite, (*STATUS_ON_SQLITE, *TABLES)))
        for statement in (*statements, *INDEXES):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
