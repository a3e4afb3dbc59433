"""The one Piccolo app, so that Piccolo's own commands find the tables and the migrations."""

from piccolo.conf.apps import AppConfig

from materiel.settings import resource_dir
from materiel.store.tables import ALL_TABLES

APP_CONFIG = AppConfig(
    app_name="materiel",
    migrations_folder_path=str(resource_dir("migrations")),
    table_classes=ALL_TABLES,
    migration_dependencies=[],
    commands=[],
)
