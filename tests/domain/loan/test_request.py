from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.domain.cast import STARTS_ON, TODAY, a_school, an_id, an_item

from materiel.domain.item.item import ItemStatus
from materiel.domain.loan.decision import DecisionFacts, decide
from materiel.domain.loan.request import check_examination, check_permitted, check_request
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Custody, Usage
from materiel.errors import MaterielError, RuleBroken


def request(**changes: Any) -> None:
    values: dict[str, Any] = {
        "usage": Usage.INDIVIDUAL,
        "pupil_id": an_id(20),
        "items": [an_item()],
        "starts_on": STARTS_ON,
        "purpose": "Travail scolaire",
    }
    check_request(**values | changes)


def test_a_whole_request_is_accepted() -> None:
    request()
    request(usage=Usage.SHARED, pupil_id=None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pupil_id": None}, "loan.pupil_required"),
        ({"usage": Usage.SHARED}, "loan.pupil_not_expected"),
        ({"items": []}, "loan.no_item"),
        ({"items": [an_item(), an_item()]}, "loan.item_twice"),
        ({"purpose": "  "}, "loan.purpose_required"),
        ({"items": [an_item(status=ItemStatus.RESERVED)]}, "item.already_lent"),
        ({"items": [an_item(status=ItemStatus.LOST)]}, "item.not_available"),
    ],
)
def test_an_incomplete_request_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(MaterielError) as refusal:
        request(**changes)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (SchoolKind.MEDICO_EDUCATIONAL, "MEDICO_EDUCATIF"),
        (SchoolKind.TO_CHECK, "CONTRAT_A_VERIFIER"),
        (SchoolKind.AGRICULTURAL_PUBLIC, "DECISION_MANUELLE"),
    ],
)
def test_what_the_table_does_not_allow_carries_its_code_and_its_source(kind: SchoolKind, code: str) -> None:
    decision = decide(DecisionFacts(usage=Usage.INDIVIDUAL, custody=Custody.HOME, school=a_school(kind), today=TODAY))
    with pytest.raises(RuleBroken) as refusal:
        check_permitted(decision)
    assert refusal.value.code == "loan.refused"
    assert refusal.value.facts["refusal"] == code
    assert refusal.value.facts["source"] == str(decision.source)
    assert decision.next_step in refusal.value.message


def test_what_the_table_allows_passes() -> None:
    check_permitted(decide(DecisionFacts(usage=Usage.INDIVIDUAL, custody=Custody.HOME, school=a_school(), today=TODAY)))


def test_a_deposit_for_an_examination_has_a_last_day() -> None:
    check_examination(usage=Usage.SHARED, ends_on=date(2027, 6, 30))
    with pytest.raises(RuleBroken) as refusal:
        check_examination(usage=Usage.SHARED, ends_on=None)
    assert refusal.value.code == "loan.examination_without_end"
    assert [each.pointer for each in refusal.value.errors] == ["/ends_on"]
    with pytest.raises(RuleBroken) as refusal:
        check_examination(usage=Usage.INDIVIDUAL, ends_on=date(2027, 6, 30))
    assert refusal.value.code == "loan.examination_is_a_deposit"
