"""The form by which somebody says which schools a file of pupils means: one choice for each text."""

from __future__ import annotations

from collections.abc import Sequence

from materiel.domain.language.identifiers import clean_uai
from materiel.exchange.report import SchoolAsked
from materiel.web.http.forms import Form

NONE_OF_THESE = "aucun"


def fill(form: Form, asked: Sequence[SchoolAsked]) -> None:
    """Give the form what was said before."""
    for rank, each in enumerate(asked):
        if each.said is None:
            continue
        is_offered = any(choice.uai == each.said for choice in each.choices)
        form.set(f"school-{rank}", each.said if is_offered else "" if each.said else NONE_OF_THESE)
        form.set(f"uai-{rank}", "" if is_offered else each.said)


def said(form: Form, asked: Sequence[SchoolAsked]) -> dict[str, str]:
    """The UAI of each text that was answered; a UAI that was typed comes first, and « none of these » is empty."""
    answers: dict[str, str] = {}
    for rank, each in enumerate(asked):
        typed, chosen = clean_uai(form.typed(f"uai-{rank}")), form.typed(f"school-{rank}")
        if typed or chosen:
            answers[each.written] = typed or ("" if chosen == NONE_OF_THESE else clean_uai(chosen))
    return answers


def field_at_fault(form: Form, asked: Sequence[SchoolAsked], detail: str) -> str:
    """The field that holds the UAI which a refusal names; none when it is none of these."""
    typed = {f"uai-{rank}": clean_uai(form.typed(f"uai-{rank}")) for rank in range(len(asked))}
    return next((name for name, uai in typed.items() if uai and uai in detail), "")
