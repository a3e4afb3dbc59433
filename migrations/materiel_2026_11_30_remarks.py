"""Who read what signers wrote: the remarks of an evidence wait for somebody of the service until then.

The previous release runs on this schema: it neither writes remarks nor reads this table.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T00:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "remarks"

STATEMENTS = (
    """
    CREATE TABLE remark_reading (
        signature UUID PRIMARY KEY NOT NULL REFERENCES signature (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        document UUID NOT NULL REFERENCES document (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        read_by VARCHAR(60) NOT NULL {short},
        read_at TIMESTAMPTZ NOT NULL
    )
    """,
    "CREATE INDEX ix_remark_reading_document ON remark_reading (document)",
    "CREATE INDEX ix_signature_evidence_remarks ON signature_evidence (document) WHERE remarks <> ''",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        short = "" if engine.engine_type == "postgres" else "CHECK (length(read_by) <= 60)"
        for statement in STATEMENTS:
            await engine.run_ddl(statement.replace("{short}", short))

    manager.add_raw(add)
    return manager
