"""Every act that the journal keeps is told as a sentence, never by its code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import materiel
from materiel.domain.accounts.refused_access import RefusedKind
from materiel.domain.history.sentence import sentence, short

SOURCES = Path(materiel.__file__).parent
TOLD_WITH_DETAILS = {"item.registered", "item.status_changed", "label.printed", "user.role_changed"}
"""Their sentence needs the details that their entry always holds."""

ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


def actions_of(call: ast.Call) -> Iterator[str]:
    """The actions that a call writes: its argument `action`, or what it gives to a note."""
    given = [keyword.value for keyword in call.keywords if keyword.arg == "action"]
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name in {"note", "_note"}:
        given += call.args
    for literal in (node for value in given for node in ast.walk(value)):
        if isinstance(literal, ast.Constant) and isinstance(literal.value, str) and ACTION.fullmatch(literal.value):
            yield literal.value


def written_actions() -> set[str]:
    """Every action that the rules and the use cases write."""
    calls = (
        node
        for layer in ("domain", "use_cases")
        for path in (SOURCES / layer).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    )
    return {action for call in calls for action in actions_of(call)}


def test_every_action_has_its_sentence() -> None:
    written = written_actions()
    assert {"loan.issued", "user.logged_in", "incident.declared", "presence.confirmed"} <= written
    told = {action: sentence(action, {}) for action in written - TOLD_WITH_DETAILS}
    assert {action: text for action, text in told.items() if action in text} == {}


def test_every_refusal_has_its_sentence() -> None:
    for kind in RefusedKind:
        told = sentence(kind.value, {"times": 11, "networks": 2, "since": "2026-11-28T09:00:00+00:00"})
        assert kind.value not in told
        assert told.endswith(" : 11 fois, depuis 2 réseaux.")
        assert " :" not in short(kind.value)


def test_an_action_of_a_later_release_is_shown_by_its_code() -> None:
    assert sentence("moon.landed", {}) == "Action « moon.landed »."


def test_a_change_of_role_says_both() -> None:
    told = sentence("user.role_changed", {"from": "reader", "to": "admin"})
    assert told == "Rôle d'un compte passé de « Lecteur » à « Administrateur »."
