"""Forms read field by field: every fault at once, what was typed kept."""

from __future__ import annotations

from datetime import date

import pytest

from materiel.domain.accounts.roles import Role
from materiel.errors import Conflict, FieldError, RuleBroken
from materiel.web.http.forms import Form, FormFault


def form(**values: str) -> Form:
    return Form({name: [value] for name, value in values.items()})


def test_a_text_is_cleaned_and_a_secret_is_not() -> None:
    typed = form(name="  Camille \t Durand ", password="  deux  espaces ")
    assert typed.text("name") == "Camille Durand"
    assert typed.secret("password") == "  deux  espaces "
    assert typed.faults == []


def test_an_empty_field_says_what_it_wants() -> None:
    typed = form(name="   ")
    typed.text("name", required="Indiquez le nom.")
    typed.secret("password", required="Indiquez le mot de passe.")
    assert typed.faults == [FormFault("name", "Indiquez le nom."), FormFault("password", "Indiquez le mot de passe.")]
    assert typed.detail("name") == "Indiquez le nom."
    assert typed.typed("name") == "   "


@pytest.mark.parametrize("typed", ["2026-09-01", "1/9/2026", "01.09.2026", "01-09-2026"])
def test_a_day_is_read_as_it_is_written(typed: str) -> None:
    assert form(day=typed).day("day") == date(2026, 9, 1)


@pytest.mark.parametrize("typed", ["31/02/2026", "demain", "2026-13-01", "1/9/26"])
def test_a_day_that_does_not_exist_is_a_fault(typed: str) -> None:
    wrong = form(day=typed)
    assert wrong.day("day") is None
    assert "n'existe pas" in wrong.detail("day")


def test_no_day_is_none() -> None:
    empty = form()
    assert empty.day("day") is None
    assert empty.faults == []


def test_a_number_stays_within_its_bounds() -> None:
    assert form(number="1 234").whole("number", lowest=0, highest=2_000) == 1_234
    for typed in ("-1", "2001", "douze", "1.5", "²"):
        wrong = form(number=typed)
        assert wrong.whole("number", lowest=0, highest=2_000) is None
        assert "entre 0 et 2000" in wrong.detail("number")


def test_a_choice_outside_the_list_is_a_fault() -> None:
    assert form(role="reader").choice("role", Role) is Role.READER
    wrong = form(role="roi")
    assert wrong.choice("role", Role, required="Choisissez un rôle.") is None
    assert wrong.faults == [FormFault("role", "Choisissez un rôle.")]


def test_boxes_and_several_values() -> None:
    typed = Form({"ids": ["a", "b"], "consent": ["oui"]})
    assert typed.many("ids") == ["a", "b"]
    assert typed.ticked("consent")
    assert typed.ticked("ids", "b")
    assert not typed.ticked("absent")


def test_a_longer_text_keeps_its_lines() -> None:
    assert form(text=" un \r\n deux  mots \n\n").lines("text") == "un\ndeux mots"


def test_a_first_form_shows_values_as_a_browser_types_them() -> None:
    filled = Form.filled(day=date(2026, 9, 1), role=Role.ADMIN, consent=True, refused=False, nothing=None, ids=[1, 2])
    assert filled.typed("day") == "2026-09-01"
    assert filled.typed("role") == "admin"
    assert filled.ticked("consent")
    assert not filled.ticked("refused")
    assert filled.typed("nothing") == ""
    assert filled.many("ids") == ["1", "2"]


def test_what_a_use_case_refuses_goes_under_its_fields() -> None:
    typed = form()
    faults = [FieldError("/address/lines/0", "Indiquez cette ligne."), FieldError("/name", "Indiquez le nom.")]
    typed.refuse(RuleBroken("service.invalid", "Tout.", errors=faults))
    assert [fault.name for fault in typed.faults] == ["address/lines/0", "name"]
    typed.refuse(Conflict("user.email_taken", "Un compte existe déjà."))
    assert typed.faults[-1] == FormFault("", "Un compte existe déjà.")
