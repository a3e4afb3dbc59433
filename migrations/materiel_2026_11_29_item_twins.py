"""Two items that are likely to be one: by a number that looks the same, by a serial number."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:01:40:000000"
VERSION = "1.38.0"
DESCRIPTION = "item_twins"

LOOKS = "ltrim(replace(replace(replace(upper(inventory_number), 'O', '0'), 'I', '1'), 'L', '1'), '0')"
INDEXES = (
    f"CREATE INDEX ix_item_looks ON item (service, ({LOOKS}))",
    "CREATE INDEX ix_item_serial ON item (service, upper(serial_number)) WHERE serial_number <> ''",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        for index in INDEXES:
            await engine_finder().run_ddl(index)

    manager.add_raw(create)
    return manager
