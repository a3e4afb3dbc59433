"""Piles of pages that come back, their pages and the boxes seen on them; the previous release runs on this schema."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T00:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "scan_piles"

TABLES = (
    """CREATE TABLE scan_pile (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    job UUID NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    files INTEGER NOT NULL CHECK (files >= 1),
    state VARCHAR(10) NOT NULL CHECK (state IN ('reading', 'read', 'failed')),
    created_by VARCHAR(80) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
)""",
    """CREATE TABLE scan_page (
    id UUID PRIMARY KEY NOT NULL,
    pile UUID NOT NULL REFERENCES scan_pile (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    rank INTEGER NOT NULL CHECK (rank >= 1),
    state VARCHAR(10) NOT NULL CHECK (state IN
        ('filed', 'waiting', 'inferred', 'unread', 'foreign', 'duplicate', 'blank', 'discarded')),
    problem VARCHAR(20),
    sha256 VARCHAR(64) NOT NULL,
    document UUID REFERENCES document (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    number INTEGER,
    rotation INTEGER NOT NULL,
    scan UUID REFERENCES document_scan (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    reason VARCHAR(500) NOT NULL,
    settled_by VARCHAR(80) NOT NULL,
    settled_at TIMESTAMPTZ,
    content BLOB NOT NULL,
    preview BLOB NOT NULL,
    CHECK (state <> 'foreign' OR (length(content) = 0 AND length(preview) = 0))
)""",
    """CREATE TABLE scan_box (
    id UUID PRIMARY KEY NOT NULL,
    page UUID NOT NULL REFERENCES scan_page (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    signature UUID NOT NULL REFERENCES signature (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    verdict VARCHAR(10) NOT NULL CHECK (verdict IN ('ink', 'none', 'look')),
    state VARCHAR(10) NOT NULL CHECK (state IN ('waiting', 'signed', 'left')),
    picture BLOB NOT NULL
)""",
)

INDEXES = (
    "CREATE INDEX ix_scan_pile_service ON scan_pile (service, id)",
    "CREATE INDEX ix_scan_pile_sha256 ON scan_pile (service, sha256)",
    "CREATE UNIQUE INDEX scan_page_pile_rank_key ON scan_page (pile, rank)",
    "CREATE INDEX ix_scan_page_sha256 ON scan_page (service, sha256)",
    "CREATE INDEX ix_scan_page_document ON scan_page (document, number)",
    "CREATE INDEX ix_scan_page_scan ON scan_page (scan)",
    "CREATE INDEX ix_scan_page_left ON scan_page (service, id)"
    " WHERE state IN ('waiting', 'inferred', 'unread', 'foreign')",
    "CREATE INDEX ix_scan_box_page ON scan_box (page)",
    "CREATE INDEX ix_scan_box_signature ON scan_box (signature)",
    "CREATE INDEX ix_scan_box_left ON scan_box (page) WHERE state = 'waiting'",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        for table in TABLES:
            await engine.run_ddl(table.replace("BLOB", "BYTEA") if postgres else for_sqlite(table))
        for index in INDEXES:
            await engine.run_ddl(index)

    manager.add_raw(create)
    return manager
