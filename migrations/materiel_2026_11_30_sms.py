"""Codes by SMS: who carries a message, how a code went and to which number, boxes whose code goes by SMS.

Everything written before went by e-mail. The previous release runs on this schema; it refuses, as a bad address, a
message by SMS that it finds waiting.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T01:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "sms"

COLUMNS = (
    "ALTER TABLE outbox ADD COLUMN carrier VARCHAR(8) NOT NULL DEFAULT 'email' CHECK (carrier IN ('email', 'sms'))",
    "ALTER TABLE one_time_code ADD COLUMN means VARCHAR(16) NOT NULL DEFAULT 'email' CHECK (means IN ('email', 'sms'))",
    "ALTER TABLE one_time_code ADD COLUMN sent_to VARCHAR(20) NOT NULL DEFAULT ''",
    "ALTER TABLE signature ADD COLUMN code_by_sms BOOLEAN NOT NULL DEFAULT FALSE",
)
INDEX = "CREATE INDEX ix_one_time_code_sent_to ON one_time_code (sent_to, created_at) WHERE sent_to <> ''"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        for column in COLUMNS:
            length = ""
            if engine.engine_type != "postgres" and "sent_to" in column:
                length = " CHECK (length(sent_to) <= 20)"
            await engine.run_ddl(column + length)
        await engine.run_ddl(INDEX)

    manager.add_raw(add)
    return manager
