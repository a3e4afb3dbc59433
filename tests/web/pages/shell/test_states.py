from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.domain.cast import a_box

from materiel.domain.item.item import ItemStatus
from materiel.domain.language import states
from materiel.domain.language.states import Shape, Tone
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.papers.document import SignatureChannel, SignatureStatus
from materiel.web.pages.shell.rendering import environment

SHEET = Path(__file__).parents[4] / "src" / "materiel" / "web" / "static" / "css" / "shared.css"


def drawn(name: str, *values: object, **options: Any) -> str:
    macros = environment().get_template("macros/state.html").module
    return re.sub(r"\s+", " ", str(getattr(macros, name)(*values, **options))).strip()


def test_a_state_is_drawn_as_a_word_with_a_shape() -> None:
    assert drawn("state", LoanStatus.HANDED_OVER) == '<span class="m-state m-state--out">Remis</span>'
    assert drawn("state", ItemStatus.IN_STOCK) == '<span class="m-state m-state--free">En réserve</span>'
    assert drawn("state", ItemStatus.RESERVED) == '<span class="m-state m-state--half">Réservé</span>'
    assert drawn("state", LoanStatus.CLOSED) == '<span class="m-state m-state--end">Clos</span>'
    assert drawn("state", ItemStatus.DUE_BACK) == '<span class="m-state m-state--care m-care">Retour attendu</span>'
    assert drawn("state", ItemStatus.STOLEN) == '<span class="m-state m-state--bad m-bad">Volé</span>'
    assert drawn("state", states.TO_READ) == '<span class="m-state m-state--care m-care">À lire</span>'


def test_a_signature_is_drawn_awaited_welcome_dated_or_never_given() -> None:
    awaited, welcome = a_box(1), a_box(2, SignatureStatus.OPTIONAL)
    given = replace(a_box(3, SignatureStatus.SIGNED), channel=SignatureChannel.PAPER)
    assert drawn("signature", awaited) == '<span class="m-sign m-sign--due m-care">Signature attendue</span>'
    assert drawn("signature", welcome) == '<span class="m-sign m-sign--due">Signature facultative</span>'
    dated = '<span class="m-sign m-sign--dated">Signée le 3 septembre 2026 (sur papier)</span>'
    assert drawn("signature", given) == drawn("signature", given, past=True) == dated
    assert drawn("signature", awaited, past=True) == '<span class="m-state m-state--end">Pas signée</span>'


@pytest.mark.parametrize("shape", Shape)
def test_each_shape_is_drawn_by_borders_for_print_and_forced_colours(shape: Shape) -> None:
    rules = [
        line for line in SHEET.read_text(encoding="utf-8").splitlines() if line.startswith((".m-state", ".m-sign"))
    ]
    own = [rule for rule in rules if re.match(rf"\.m-(state|sign)--{shape}::before", rule)]
    assert bool(own) == (shape is not Shape.FREE), "the free one is the ring that the others change"
    assert not any("background" in rule or "background-color" in rule for rule in rules)


def test_each_tone_that_asks_has_its_colour() -> None:
    sheet = SHEET.read_text(encoding="utf-8")
    assert all(f".m-{tone} {{ color: var(--{tone})" in sheet for tone in Tone if tone is not Tone.CALM)
