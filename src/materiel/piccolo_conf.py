"""What Piccolo's own commands read: `PICCOLO_CONF=materiel.piccolo_conf piccolo migrations check`.

`DB` is the engine already bound by the program or, for those commands, the one of the settings.
"""

from __future__ import annotations

import os

from piccolo.conf.apps import AppRegistry

from materiel.settings import Settings
from materiel.store.engine.database import DatabaseEngine, bind, bound_engine, build_engine

APP_REGISTRY = AppRegistry(apps=["materiel.store.engine.piccolo_app"])


def __getattr__(name: str) -> DatabaseEngine:
    # Computed at each access: a name set at import would outlive a later `bind`.
    if name != "DB":
        raise AttributeError(name)
    return bound_engine() or bind(build_engine(Settings.from_env(os.environ).database_url))
