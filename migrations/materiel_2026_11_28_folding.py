"""What is stored takes the one folding of names: `search` columns made anew, invisible characters taken out.

Papers, signatures, their evidence and the journal keep every character: what was issued never changes. The folding is
the program's own (`domain.language.folding`), so that the columns are what the program that reads them looks for.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

from materiel.domain.language.folding import visible
from materiel.store.engine.search import searchable

ID = "2026-11-28T00:00:80:000000"
VERSION = "1.38.0"
DESCRIPTION = "folding"

BATCH = 1_000

TYPED = {
    "item": ("designation", "category", "brand", "model", "serial_number", "accessories", "lessor", "funding_service"),
    "pupil": ("last_name", "first_name", "protection_reference"),
    "home": ("address",),
    "representative": ("last_name", "first_name", "email", "phone", "on_behalf_of", "reference"),
    "loan": ("purpose", "basis_reference", "override_reason", "recall_reason"),
    "loan_item": ("missing_accessories",),
    "school": ("name", "type_name", "head_name", "head_title", "on_behalf_of", "board_act", "kind_reason"),
    "municipality": (
        *("name", "address", "email", "phone", "mayor_name", "authority_name", "authority_address"),
        *("authority_email", "signatory_name", "signatory_title", "deliberation"),
    ),
    "managing_service": (
        *("name", "address", "phone", "email", "opening_hours", "signatory_name", "signatory_title", "delegation"),
        *("dpo_contact", "retention_reference"),
    ),
    "incident": ("description", "resolution", "fault_reason"),
    "app_user": ("name",),
    "api_token": ("label",),
}
"""The texts that people typed, by table. A text that would become empty is left: some must not be."""

KEYS = {"municipality": "insee_code"}

SEARCHED = {
    "item": lambda row: searchable(
        row["designation"],
        row["category"],
        names=(row["inventory_number"], row["brand"], row["model"], row["serial_number"]),
    ),
    "pupil": lambda row: searchable(names=(row["last_name"], row["first_name"])),
    "school": lambda row: searchable(row["uai"], row["type_name"], names=(row["name"], row["municipality_name"])),
}
"""The `search` column of a row. Frozen as it is today: a change of it is another migration."""

FROM = {
    "school": "SELECT school.*, municipality.name AS municipality_name FROM school"
    " JOIN municipality ON municipality.insee_code = school.municipality WHERE school.id",
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def clean() -> None:
        # Communes first: the search of their schools holds their name.
        for table in sorted(TYPED, key=lambda each: each == "school"):
            await _clean(table)

    manager.add_raw(clean)
    return manager


async def _clean(table: str) -> None:
    engine = engine_finder()
    is_postgres = engine.engine_type == "postgres"
    key = KEYS.get(table, "id")
    mark = "$1" if is_postgres else "?"
    source = FROM.get(table, f"SELECT * FROM {table} WHERE {key}")
    page = f"{source} > {mark} ORDER BY {table}.{key} LIMIT {BATCH}"
    first = "" if table in KEYS else "00000000-0000-0000-0000-000000000000"
    rows = await engine.fetch(page, [first])
    while rows:
        for row in rows:
            changed = _changed(table, row)
            if changed:
                marks = [f"${rank}" if is_postgres else "?" for rank in range(1, len(changed) + 2)]
                sets = ", ".join(f"{column} = {each}" for column, each in zip(changed, marks, strict=False))
                await engine.fetch(
                    f"UPDATE {table} SET {sets} WHERE {key} = {marks[-1]}", [*changed.values(), row[key]]
                )
        rows = await engine.fetch(page, [rows[-1][key]])


def _changed(table: str, row) -> dict[str, str]:
    now = {column: visible(row[column]) if row[column] else row[column] for column in TYPED[table]}
    kept = {column: text if text and text.strip() else row[column] for column, text in now.items()}
    if table in SEARCHED:
        kept["search"] = SEARCHED[table](dict(row) | kept)
    return {column: text for column, text in kept.items() if text != row[column]}
