"""The ground of a recall by its code: until now it stood before the explanation, in words, and no page could tell it.

The previous release runs on this schema: the column may be null.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:00:90:000000"
VERSION = "1.38.0"
DESCRIPTION = "recall"

COLUMN = "ALTER TABLE loan ADD COLUMN recall_ground VARCHAR(20) CHECK (recall_ground <> ''{})"
LABELS = {
    "basis_ended": "La notification a pris fin",
    "term_reached": "Le terme de la convention est atteint",
    "left_academie": "L'élève a quitté l'académie",
    "not_eligible": "L'élève n'est plus scolarisé dans un établissement éligible",
    "borrower_agrees": "L'emprunteur est d'accord",
    "court": "Décision du juge",
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        is_postgres = engine.engine_type == "postgres"
        await engine.run_ddl(COLUMN.format("" if is_postgres else " AND length(recall_ground) <= 20"))
        for code, label in LABELS.items():
            words = f"{label} – ".replace("'", "''")
            long = len(f"{label} – ")
            await engine.run_ddl(
                f"UPDATE loan SET recall_ground = '{code}', recall_reason = substr(recall_reason, {long + 1})"
                f" WHERE recall_ground IS NULL AND substr(recall_reason, 1, {long}) = '{words}'"
            )

    manager.add_raw(add)
    return manager
