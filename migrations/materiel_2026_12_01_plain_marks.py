"""The marks of a loan are looked for one loan at a time on PostgreSQL, whatever the server knows of the tables.

A trigger of `loan_marks` or `loans_taken_over` asks whether a paper of one loan awaits a signature. Planned while the
tables were small, as in the first weeks of a base, « EXISTS » was answered by reading every paper, once a line: five
hundred loans issued together took a minute. A sub-query that gives one value is never answered that way. The marks and
their meaning are unchanged; SQLite reads them one at a time already. The previous release runs on this schema.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-12-01T02:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "plain_marks"

AGREEMENTS = "'loan_agreement', 'tripartite_agreement', 'deposit_agreement'"
IN_FORCE = "document.loan = loan.id AND document.status = 'in_force'"
AWAITED = "SELECT true FROM signature WHERE signature.document = document.id AND signature.status = 'pending' LIMIT 1"
UNSIGNED = (
    f"((SELECT true FROM document WHERE {IN_FORCE} AND document.kind IN ({AGREEMENTS}, 'amendment')"
    f" AND ({AWAITED}) LIMIT 1) IS NOT NULL"
    " OR (loan.origin = 'taken_over' AND (loan.paper_signed_on IS NULL OR loan.paper_ended_on IS NOT NULL)"
    f" AND (SELECT true FROM document WHERE {IN_FORCE} AND document.kind IN ({AGREEMENTS}) LIMIT 1) IS NULL))"
)
RESERVES = (
    "((SELECT true FROM loan_item WHERE loan_item.loan = loan.id AND loan_item.handed_over_on IS NULL"
    " AND loan_item.removed_on IS NULL LIMIT 1) IS NOT NULL)"
)
OF_DOCUMENT = "(SELECT loan FROM document WHERE id = NEW.document)"
FUNCTIONS = {
    "unsigned_box": ("unsigned", UNSIGNED, OF_DOCUMENT),
    "unsigned_box_again": ("unsigned", UNSIGNED, OF_DOCUMENT),
    "unsigned_paper": ("unsigned", UNSIGNED, "NEW.loan"),
    "unsigned_taken_over": ("unsigned", UNSIGNED, "NEW.id"),
    "unsigned_old_paper": ("unsigned", UNSIGNED, "NEW.id"),
    "reserved_line": ("reserves", RESERVES, "NEW.loan"),
    "reserved_line_again": ("reserves", RESERVES, "NEW.loan"),
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        if engine.engine_type != "postgres":
            return
        for name, (mark, meaning, loan_id) in FUNCTIONS.items():
            update = f"UPDATE loan SET {mark} = {meaning} WHERE id = {loan_id} AND {mark} <> {meaning};"
            await engine.run_ddl(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN {update} RETURN NULL; END $$"
            )

    manager.add_raw(create)
    return manager
