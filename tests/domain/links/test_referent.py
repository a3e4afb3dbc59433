"""A référent: a sector of known schools until a day near enough, and a link that leads there alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.links.referent import Referent, ReferentLink, checked_referent, lets_in, lines_without_uai, uais_in
from materiel.errors import RuleBroken

TODAY = date(2026, 9, 7)
NOW = datetime(2026, 9, 7, 9, tzinfo=UTC)
REFERENT = Referent(
    id=UUID(int=1),
    service_id=UUID(int=2),
    name="Anne  Référente",
    email="anne@exemple.fr",
    ends_on=date(2027, 7, 31),
    schools=("0350122T", "0352958A"),
    created_at=NOW,
)
LINK = ReferentLink(
    id=UUID(int=3),
    service_id=UUID(int=2),
    referent_id=UUID(int=1),
    email="Anne@exemple.fr",
    created_at=NOW,
    expires_at=NOW + timedelta(days=300),
)


def test_a_sector_is_pasted_with_its_names() -> None:
    pasted = "0350122t École de Baulon\nCollège (0352958A), Rennes ; 0350122T\nrien ici"
    assert uais_in(pasted) == ("0350122T", "0352958A")
    assert lines_without_uai(f"{pasted}\n\n  035012T Collège des Deux-Rives") == (
        "rien ici",
        "035012T Collège des Deux-Rives",
    )


@pytest.mark.parametrize(
    ("referent", "at_fault"),
    [
        (replace(REFERENT, name=" "), "/name"),
        (replace(REFERENT, email=""), "/email"),
        (replace(REFERENT, email="anne"), "/email"),
        (replace(REFERENT, ends_on=TODAY - timedelta(days=1)), "/ends_on"),
        (replace(REFERENT, ends_on=TODAY + timedelta(days=421)), "/ends_on"),
        (replace(REFERENT, schools=()), "/schools"),
        (replace(REFERENT, schools=("0350122T",) * 301), "/schools"),
        (replace(REFERENT, schools=("0350000A",)), "/schools"),
    ],
)
def test_what_is_missing_is_told_beside_its_field(referent: Referent, at_fault: str) -> None:
    with refused(RuleBroken, "referent.invalid") as caught:
        checked_referent(referent, TODAY, known=REFERENT.schools)
    assert [each.pointer for each in caught.value.errors] == [at_fault]


def test_a_right_one_is_cleaned() -> None:
    assert checked_referent(REFERENT, TODAY, known=REFERENT.schools).name == "Anne Référente"


def test_a_link_leads_to_its_sector_until_something_changes() -> None:
    assert lets_in(LINK, REFERENT, NOW, TODAY)
    assert not lets_in(replace(LINK, revoked_at=NOW), REFERENT, NOW, TODAY)
    assert not lets_in(LINK, replace(REFERENT, email="autre@exemple.fr"), NOW, TODAY)
    assert not lets_in(LINK, REFERENT, LINK.expires_at, TODAY)
    assert not lets_in(LINK, REFERENT, NOW, REFERENT.ends_on + timedelta(days=1))
    assert LINK.opens(NOW)
    assert not replace(LINK, replaced_at=NOW).opens(NOW)
