"""Indexes behind the dashboard and the list of items: what needs a hand is found without reading every loan.

The partial ones hold only the loans that are issued and not over, the signatures still awaited and the lines still
reserved: their size follows the work to do, not the years of history. The previous release runs on this schema: it
adds indexes only.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-23T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "dashboard"

ACTIVE = "status IN ('issued', 'partially_signed', 'signed', 'handed_over')"

INDEXES = [
    f"CREATE INDEX ix_loan_active_end ON loan (service, ends_on, id) WHERE {ACTIVE}",
    f"CREATE INDEX ix_loan_active_basis ON loan (service, basis_valid_until, id) WHERE {ACTIVE}",
    f"CREATE INDEX ix_loan_active_recall ON loan (service, recalled_on, id) WHERE {ACTIVE}",
    f"CREATE INDEX ix_loan_active_kind ON loan (service, usage, custody) WHERE {ACTIVE}",
    "CREATE INDEX ix_loan_service_starts_on ON loan (service, starts_on)",
    "CREATE INDEX ix_signature_pending ON signature (document) WHERE status = 'pending'",
    "CREATE INDEX ix_loan_item_reserved ON loan_item (loan) WHERE handed_over_on IS NULL AND removed_on IS NULL",
    "CREATE INDEX ix_item_service_category_id ON item (service, category, id)",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        for statement in INDEXES:
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
