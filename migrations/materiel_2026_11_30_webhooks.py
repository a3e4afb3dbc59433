"""Webhooks and their calls. The previous release runs on this schema, and calls nobody."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T10:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "webhooks"

TABLES = (
    """CREATE TABLE webhook (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    url VARCHAR(500) NOT NULL,
    events TEXT NOT NULL,
    state VARCHAR(10) NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'broken')),
    told_to INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
)""",
    """CREATE TABLE webhook_call (
    id UUID PRIMARY KEY NOT NULL,
    webhook UUID NOT NULL REFERENCES webhook (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    event VARCHAR(40) NOT NULL,
    body TEXT NOT NULL,
    state VARCHAR(10) NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TIMESTAMPTZ NOT NULL,
    worker VARCHAR(80),
    lease_until TIMESTAMPTZ,
    error VARCHAR(200) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ
)""",
)
INDEXES = (
    "CREATE INDEX ix_webhook_service ON webhook (service)",
    "CREATE INDEX ix_webhook_call_webhook ON webhook_call (webhook, id)",
    "CREATE INDEX ix_webhook_call_due ON webhook_call (next_attempt_at, id) WHERE state IN ('queued', 'sending')",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        for table in TABLES:
            await engine.run_ddl(table if engine.engine_type == "postgres" else for_sqlite(table))
        for statement in INDEXES:
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
