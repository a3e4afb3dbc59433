"""The versions of the annex of a service: only ever added. The previous release runs on this schema and prints none."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T04:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "annex"

TABLE = """CREATE TABLE annex (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    rank INTEGER NOT NULL CHECK (rank >= 1),
    starts_on DATE NOT NULL,
    title VARCHAR(120) NOT NULL,
    sections TEXT NOT NULL,
    written_at TIMESTAMPTZ NOT NULL,
    written_by VARCHAR(80) NOT NULL,
    CONSTRAINT annex_service_rank_key UNIQUE (service, rank)
)"""

INDEX = "CREATE INDEX ix_annex_service_starts_on ON annex (service, starts_on, rank)"
TRIGGERS = (("annex_frozen", "UPDATE"), ("annex_kept", "DELETE"))


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


def trigger(name: str, event: str, postgres: bool) -> str:
    body = "EXECUTE FUNCTION refuse_change()" if postgres else f"BEGIN SELECT RAISE(ABORT, '{name}'); END"
    return f"CREATE TRIGGER {name} BEFORE {event} ON annex FOR EACH ROW {body}"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        table = TABLE if postgres else for_sqlite(TABLE)
        for statement in (table, INDEX, *(trigger(name, event, postgres) for name, event in TRIGGERS)):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
