"""Two marks on each loan, kept by triggers: what the desk looks for is found without reading every awaited paper.

`unsigned`: an agreement or an amendment in force awaits a signature. `reserves`: a line is neither handed over nor
given up. The conditions that the desk states are unchanged; the marks only say where to look. The previous release
runs on this schema: the triggers keep the marks whoever writes.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:00:23:000000"
VERSION = "1.38.0"
DESCRIPTION = "loan_marks"

KINDS = "('loan_agreement', 'tripartite_agreement', 'deposit_agreement', 'amendment')"
UNSIGNED = (
    "EXISTS (SELECT 1 FROM document JOIN signature ON signature.document = document.id"
    f" WHERE document.loan = loan.id AND document.status = 'in_force' AND document.kind IN {KINDS}"
    " AND signature.status = 'pending')"
)
RESERVES = (
    "EXISTS (SELECT 1 FROM loan_item WHERE loan_item.loan = loan.id AND loan_item.handed_over_on IS NULL"
    " AND loan_item.removed_on IS NULL)"
)
COLUMNS = [f"ALTER TABLE loan ADD COLUMN {mark} BOOLEAN NOT NULL DEFAULT false" for mark in ("unsigned", "reserves")]
FILL = [
    f"UPDATE loan SET unsigned = true WHERE {UNSIGNED}",
    f"UPDATE loan SET reserves = true WHERE {RESERVES}",
]
INDEXES = [
    "CREATE INDEX ix_loan_unsigned ON loan (service, handed_over_on, id)"
    " WHERE status = 'handed_over' AND unsigned = true",
    "CREATE INDEX ix_loan_to_hand_over ON loan (service, starts_on, id)"
    " WHERE status IN ('partially_signed', 'signed', 'handed_over') AND reserves = true",
    "DROP INDEX ix_loan_agreed_start",
]
LOAN_OF = {
    "signature": "(SELECT loan FROM document WHERE id = NEW.document)",
    "document": "NEW.loan",
    "loan_item": "NEW.loan",
}
TRIGGERS = [
    ("unsigned_box", "INSERT ON signature", "unsigned"),
    ("unsigned_box_again", "UPDATE OF status ON signature", "unsigned"),
    ("unsigned_paper", "UPDATE OF status ON document", "unsigned"),
    ("reserved_line", "INSERT ON loan_item", "reserves"),
    ("reserved_line_again", "UPDATE OF handed_over_on, removed_on ON loan_item", "reserves"),
]
MARKS = {"unsigned": UNSIGNED, "reserves": RESERVES}


def statements(name: str, event: str, mark: str, postgres: bool) -> list[str]:
    """A trigger that marks the loan of the line again, when its mark is no longer right."""
    loan_id = LOAN_OF[event.split()[-1]]
    update = f"UPDATE loan SET {mark} = {MARKS[mark]} WHERE id = {loan_id} AND {mark} <> {MARKS[mark]};"
    trigger = f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW"
    if not postgres:
        return [f"{trigger} BEGIN {update} END"]
    function = f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {update} RETURN NULL; END $$"
    return [function, f"{trigger} EXECUTE FUNCTION {name}()"]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        made = [each for one in TRIGGERS for each in statements(*one, postgres)]
        for statement in [*COLUMNS, *FILL, *INDEXES, *made]:
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
