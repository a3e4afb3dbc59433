"""The open loans that pass with their items, by the choice of both services.

No loan is referred to: each service eliminates its own, in its time. The previous release runs on this schema: it
offers no loan.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T12:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "transfer_loans"

STATEMENTS = (
    "ALTER TABLE transfer_item ADD COLUMN loan UUID",
    """CREATE TABLE transfer_loan (
    id UUID PRIMARY KEY NOT NULL,
    transfer UUID NOT NULL REFERENCES transfer (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    position INTEGER NOT NULL,
    loan UUID NOT NULL,
    received_as UUID,
    usage VARCHAR(12) NOT NULL,
    custody VARCHAR(8) NOT NULL,
    departement VARCHAR(3) NOT NULL,
    ends_on DATE
)""",
    "CREATE INDEX ix_transfer_loan_transfer ON transfer_loan (transfer, position)",
    "CREATE INDEX ix_transfer_loan_loan ON transfer_loan (loan)",
    "CREATE INDEX ix_transfer_loan_received ON transfer_loan (received_as) WHERE received_as IS NOT NULL",
)


def for_sqlite(statement: str) -> str:
    """The same statement, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", statement)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        for statement in STATEMENTS:
            await engine.run_ddl(statement if engine.engine_type == "postgres" else for_sqlite(statement))

    manager.add_raw(change)
    return manager
