"""What the home page counts is found or added up without reading every item: a tally of the items, and indexes.

`item_tally` holds how many items of a service are in each state, kept by triggers. On SQLite a line is corrected where
it is. On PostgreSQL a statement adds lines of differences, that housekeeping sums up: two transactions that corrected
the same lines would wait for one another, crosswise for two states. The previous release runs on this schema: the
triggers keep the tally whoever writes; another one already keeps every item.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:00:21:000000"
VERSION = "1.38.0"
DESCRIPTION = "desk_counts"

TABLE = """CREATE TABLE item_tally (
    id {serial} PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    status VARCHAR(20) NOT NULL {length},
    found INTEGER NOT NULL
)"""
FILL = (
    "INSERT INTO item_tally (service, status, found)"
    " SELECT service, status, count(*) FROM item GROUP BY service, status"
)

INDEXES = [
    "CREATE INDEX ix_item_idle ON item (service, created_at, id) WHERE status = 'in_stock'",
    "CREATE INDEX ix_loan_out_end ON loan (service, ends_on, id) WHERE status = 'handed_over' AND recalled_on IS NULL",
    "CREATE INDEX ix_loan_agreed_start ON loan (service, starts_on, id) WHERE status IN ('partially_signed', 'signed')",
]

ADD_ONE = (
    "INSERT INTO item_tally (service, status, found) VALUES (NEW.service, NEW.status, 1)"
    " ON CONFLICT (service, status) DO UPDATE SET found = found + 1;"
)
TAKE_ONE = "UPDATE item_tally SET found = found - 1 WHERE service = OLD.service AND status = OLD.status;"
FOR_SQLITE = [
    "CREATE UNIQUE INDEX ix_item_tally ON item_tally (service, status)",
    FILL,
    f"CREATE TRIGGER item_tallied AFTER INSERT ON item BEGIN {ADD_ONE} END",
    "CREATE TRIGGER item_tallied_again AFTER UPDATE OF status, service ON item"
    f" WHEN NEW.status <> OLD.status OR NEW.service <> OLD.service BEGIN {TAKE_ONE} {ADD_ONE} END",
]

ADD = "SELECT service, status, 1 AS one FROM added"
TAKE = "SELECT service, status, -1 AS one FROM removed"


def function(name: str, moves: str) -> str:
    """A trigger function that adds the differences that a statement made."""
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO item_tally (service, status, found)"
        f" SELECT service, status, sum(one) FROM ({moves}) AS moves GROUP BY service, status HAVING sum(one) <> 0;"
        " RETURN NULL; END $$"
    )


def trigger(name: str, event: str, rows: str) -> str:
    """Run the function of that name after each statement."""
    return (
        f"CREATE TRIGGER {name} AFTER {event} ON item REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


FOR_POSTGRES = [
    "CREATE INDEX ix_item_tally ON item_tally (service, status)",
    FILL,
    function("item_tallied", ADD),
    function("item_tallied_again", f"{ADD} UNION ALL {TAKE}"),
    trigger("item_tallied", "INSERT", "NEW TABLE AS added"),
    trigger("item_tallied_again", "UPDATE", "OLD TABLE AS removed NEW TABLE AS added"),
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        is_postgres = engine.engine_type == "postgres"
        serial = "SERIAL" if is_postgres else "INTEGER"
        length = "" if is_postgres else "CHECK (length(status) <= 20)"
        await engine.run_ddl(TABLE.format(serial=serial, length=length))
        for statement in [*INDEXES, *(FOR_POSTGRES if is_postgres else FOR_SQLITE)]:
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
