"""Who signs for the State, in what quality; in which order a service has the State sign; what its signatory sends back.

The previous release runs on this schema: it knows a signatory as a reader, and any order.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T01:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "state_signature"

COLUMNS = (
    "ALTER TABLE app_user ADD COLUMN signs_for_state BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE app_user ADD COLUMN delegation_ends_on DATE",
    "ALTER TABLE managing_service ADD COLUMN state_signs VARCHAR(10) NOT NULL DEFAULT 'any'"
    " CHECK (state_signs IN ('any', 'first', 'last'))",
    "ALTER TABLE signature ADD COLUMN returned_on DATE",
)
TEXTS = (
    ("app_user", "title", 100),
    ("app_user", "delegation", 150),
    ("signature", "returned_reason", 1000),
    ("signature", "returned_by", 80),
)
INDEXES = (
    "CREATE INDEX ix_signature_returned ON signature (document) WHERE returned_on IS NOT NULL",
    "CREATE INDEX ix_signature_evidence_lot ON signature_evidence (lot) WHERE lot IS NOT NULL",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        for column in COLUMNS:
            await engine.run_ddl(column)
        for table, name, length in TEXTS:
            check = "" if postgres else f" CHECK (length({name}) <= {length})"
            await engine.run_ddl(f"ALTER TABLE {table} ADD COLUMN {name} VARCHAR({length}) NOT NULL DEFAULT ''{check}")
        for index in INDEXES:
            await engine.run_ddl(index)

    manager.add_raw(add)
    return manager
