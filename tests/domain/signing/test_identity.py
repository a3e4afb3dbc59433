"""The identity that a provider gives, compared with the person whose link it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.domain.signing.test_electronic_signature import ALONE, NOW
from tests.stage.refusals import refused

from materiel.domain.people.person_name import is_named
from materiel.domain.signing.identity import Identified, ProvidedIdentity, check_identified, check_identity
from materiel.errors import RuleBroken


@pytest.mark.parametrize(
    ("given", "families", "known", "same"),
    [
        ("Lise Marie Anne", ["Exemple"], "Lise Exemple", True),
        ("Lise Marie", ["Exemple"], "Lise-Marie Exemple", True),
        ("Lise", ["Exemple", "Durand"], "Lise Durand", True),
        ("Éloïse", ["D'ALMEIDA"], "Eloise d’Almeida", True),
        ("Jean Marie", ["Exemple"], "Marie Exemple", False),
        ("Lise", ["Exemple"], "Lise Exemple-Durand", False),
        ("", ["Exemple"], "Lise Exemple", False),
        ("Lise", [], "Lise Exemple", False),
        ("Lise", [""], "Lise", False),
    ],
)
def test_given_names_count_from_the_first(given: str, families: list[str], known: str, same: bool) -> None:
    assert is_named(given, families, known) is same


def test_a_birth_date_is_compared_where_it_is_on_file() -> None:
    pupil = replace(ALONE.pupil, birth_date=date(2006, 5, 4))
    adult = replace(ALONE, pupil=pupil, representative=None)
    identity = ProvidedIdentity(
        provider="ÉduConnect",
        digest="0" * 64,
        family_names=(pupil.last_name,),
        given_names=pupil.first_name,
        birth_date="2006-05-04",
    )
    check_identity(identity, adult, [])
    with refused(RuleBroken, "identity.mismatch"):
        check_identity(replace(identity, birth_date="2006-05-05"), adult, [])
    assert pupil.last_name not in repr(identity)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"at": NOW - timedelta(minutes=11)}, "identity.expired"),
        ({"purpose": "sign:autre"}, "identity.elsewhere"),
        ({"person_id": UUID(int=9)}, "identity.elsewhere"),
    ],
)
def test_an_identity_serves_for_ten_minutes_one_person_and_one_act(changes: dict[str, Any], code: str) -> None:
    given = Identified(purpose="sign:1", person_id=UUID(int=1), provider="ÉduConnect", digest="0" * 64, at=NOW)
    check_identified(given, "sign:1", UUID(int=1), NOW)
    with refused(RuleBroken, code):
        check_identified(replace(given, **changes), "sign:1", UUID(int=1), NOW)
