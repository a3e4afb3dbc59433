"""The form by which somebody behind a link says what happened to an item, or wishes to give it back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from materiel.domain.incident.incident import IncidentKind
from materiel.domain.item.item import Item
from materiel.domain.loan.plan import DESCRIPTION_MAX
from materiel.use_cases.incident.incident import DeclareIncident
from materiel.web.http.forms import Form

UNTOLD = "Choisissez ce qui se passe."


def read_declaration(form: Form, allowed: Collection[IncidentKind]) -> DeclareIncident | None:
    """What was typed, or None with the faults in the form; a kind that this reader does not declare is none."""
    kind = form.choice("kind", IncidentKind, required=UNTOLD)
    day = form.day("happened_on")
    if kind is not None and kind not in allowed:
        form.fault("kind", UNTOLD)
    if kind is None or form.faults:
        return None
    return DeclareIncident(kind=kind, description=form.typed("description"), happened_on=day)


def declaration_context(item: Item, options: Sequence[tuple[str, str, str]], today: date) -> dict[str, Any]:
    """What the template of the form needs; `options` are a value, its words and what to provide."""
    return {"item": item, "options": options, "today": today, "longest": DESCRIPTION_MAX}
