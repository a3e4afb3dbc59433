"""What the documents promise in the service's name, and the task of the product that keeps each promise.

The register is `templates/wording/engagements.toml`, which a jurist reads; a clause names its promises. A paper that
promises what nothing does would be false the day it is signed (Code civil, art. 1103: agreements bind).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from materiel.settings import resource_dir


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """An act promised, where the service does it, what does it (`module:function`), and the text behind it."""

    promise: str
    task: str
    kept_by: str
    source: str


@cache
def promises() -> Mapping[str, Promise]:
    """Every promise, by the name that clauses give it."""
    path = resource_dir("templates") / "wording" / "engagements.toml"
    return {name: Promise(**table) for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items()}
