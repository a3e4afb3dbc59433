"""A DSDEN answers for its département, a rectorat for its académie; beyond, the table says so and does not refuse."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.cast import TODAY, a_school, a_service

from materiel.domain.accounts.service import ServiceKind
from materiel.domain.loan.decision import SCHOOL_OUTSIDE_TERRITORY, DecisionFacts, Outcome, decide
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Custody, Usage

LE_MANS = {"departement": "072", "academie": "17"}
VANNES = {"departement": "056", "academie": "14"}
RENNES = {"departement": "035", "academie": "14"}


def warned(kind: ServiceKind, **place: str) -> list[str]:
    service = replace(a_service(), kind=kind, academie="14", departement="035")
    decision = decide(
        DecisionFacts(
            usage=Usage.SHARED,
            custody=Custody.SCHOOL,
            school=a_school(SchoolKind.PUBLIC_PRIMARY, **place),
            today=TODAY,
            service=service,
        )
    )
    assert decision.outcome is Outcome.ALLOWED
    return [each.detail for each in decision.warnings if each.code == SCHOOL_OUTSIDE_TERRITORY]


@pytest.mark.parametrize("place", [VANNES, LE_MANS])
def test_a_dsden_is_warned_beyond_its_departement(place: dict[str, str]) -> None:
    (told,) = warned(ServiceKind.DSDEN, **place)
    assert "hors du ressort" in told


def test_a_rectorat_is_warned_beyond_its_academie_alone() -> None:
    assert warned(ServiceKind.RECTORAT, **VANNES) == []
    (told,) = warned(ServiceKind.RECTORAT, **LE_MANS)
    assert "l'académie de Nantes" in told


@pytest.mark.parametrize("kind", ServiceKind)
def test_nothing_is_said_at_home(kind: ServiceKind) -> None:
    assert warned(kind, **RENNES) == []


def test_the_departement_is_named_as_people_write_it() -> None:
    assert "dans le département 56," in warned(ServiceKind.DSDEN, **VANNES)[0]
