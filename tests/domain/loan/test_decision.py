from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.cast import TODAY, a_pupil, a_school

from materiel.domain.loan import refusal
from materiel.domain.loan.decision import Decision, DecisionFacts, Outcome, Schooling, decide
from materiel.domain.papers.document import AGREEMENTS, Covers, DocumentKind, Party
from materiel.domain.papers.required import Moment, RequiredDocument
from materiel.domain.places.school import SchoolKind, Sector
from materiel.domain.usage import Basis, BasisKind, Custody, Usage

CASES = tomllib.loads((Path(__file__).parents[1] / "cases/decision.toml").read_text(encoding="utf-8"))["case"]
SCHOOL_FIELDS = {"partial_contract", "has_post_bac", "is_open", "absent_since", "nature_code"}


def facts_of(asked: dict[str, Any]) -> DecisionFacts:
    changes = {name: asked[name] for name in SCHOOL_FIELDS & asked.keys()}
    if "sector" in asked:
        changes["sector"] = Sector(asked["sector"])
    kind = asked.get("basis", "cdaph")
    basis = None if kind == "none" else Basis(kind=BasisKind(kind), valid_until=asked.get("valid_until"))
    pupil = a_pupil(school_uai=asked["pupil_school"]) if "pupil_school" in asked else None
    return DecisionFacts(
        usage=Usage(asked["usage"]),
        custody=Custody(asked["custody"]),
        school=a_school(SchoolKind(asked["school"]), **changes),
        today=TODAY,
        basis=basis,
        pupil=pupil,
        starts_on=asked.get("starts_on", TODAY),
        ends_on=asked.get("ends_on"),
        schooling=Schooling(asked.get("schooling", "ordinary")),
        override_reason=asked.get("override", ""),
    )


def in_words(document: RequiredDocument) -> str:
    words = str(document.kind)
    if document.covers:
        words += f" [{', '.join(document.covers)}]"
    if document.signatories:
        words += f" : {', '.join(document.signatories)}"
    if document.recipients:
        words += f" → {', '.join(document.recipients)}"
    return words


@pytest.mark.parametrize("case", CASES, ids=[f"{case['row']} {case['name']}" for case in CASES])
def test_the_table_answers(case: dict[str, Any]) -> None:
    decision = decide(facts_of(case["asked"]))

    assert decision.outcome == case["outcome"]
    assert decision.code == case.get("code")
    assert cited_text(decision, case) in str(decision.source)
    if "documents" in case:
        assert [in_words(each) for each in decision.documents] == case["documents"]
    if "warnings" in case:
        assert [warning.code for warning in decision.warnings] == case["warnings"]
    if "next_step" in case:
        assert case["next_step"] in decision.next_step.replace("\u00a0", " ")


def cited_text(decision: Decision, case: dict[str, Any]) -> str:
    """What the decision must cite: the text of the case, or the founding one when it is simply allowed."""
    if decision.outcome is Outcome.ALLOWED:
        return "2001-221"
    return re.search(r"\d{4}-\d{3}|[LD]351-\d+", case["source"]).group()


def test_every_row_of_the_table_has_a_case() -> None:
    assert {str(row) for row in range(1, 19)} <= {case["row"] for case in CASES}


def test_every_code_is_reached_by_a_case() -> None:
    assert {case["code"] for case in CASES if "code" in case} == set(refusal.CODES)


def test_a_blank_reason_lifts_nothing() -> None:
    decision = decide(facts_of({"usage": "individual", "custody": "home", "school": "to_check", "override": "  "}))
    assert decision.outcome is Outcome.BLOCKED


def test_the_section_of_a_school_is_the_school() -> None:
    school = a_school(SchoolKind.EPLE, uai="0350999X", section_of="0350122T")
    facts = DecisionFacts(usage=Usage.INDIVIDUAL, custody=Custody.HOME, school=school, today=TODAY, pupil=a_pupil())
    assert "ETABLISSEMENT_DIFFERENT" not in [warning.code for warning in decide(facts).warnings]


BASES = st.none() | st.builds(
    Basis, kind=st.sampled_from(BasisKind), valid_until=st.none() | st.dates(date(2025, 1, 1), date(2029, 1, 1))
)
SCHOOLS = st.builds(
    a_school,
    st.sampled_from(SchoolKind),
    sector=st.sampled_from(Sector),
    partial_contract=st.booleans(),
    has_post_bac=st.booleans(),
    is_open=st.booleans(),
    nature_code=st.sampled_from(["", "169", "151", "320"]),
    absent_since=st.none() | st.just(date(2026, 9, 1)),
)
FACTS = st.builds(
    DecisionFacts,
    usage=st.sampled_from(Usage),
    custody=st.sampled_from(Custody),
    school=SCHOOLS,
    today=st.just(TODAY),
    basis=BASES,
    pupil=st.none() | st.just(a_pupil()),
    starts_on=st.none() | st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    ends_on=st.none() | st.just(date(2027, 8, 31)),
    schooling=st.sampled_from(Schooling),
    override_reason=st.sampled_from(["", "  ", "Motif écrit"]),
)

PRIVATE = {
    SchoolKind.PRIVATE_UNDER_CONTRACT,
    SchoolKind.PRIVATE_NO_CONTRACT,
    SchoolKind.AGRICULTURAL_PRIVATE,
}


@given(FACTS)
def test_every_request_gets_one_lawful_answer(facts: DecisionFacts) -> None:
    decision = decide(facts)
    kinds = [document.kind for document in decision.documents]
    agreements = [kind for kind in kinds if kind in AGREEMENTS]

    assert decision.reason
    assert decision.next_step
    assert decision.source.title
    assert decision.code is None or decision.code in refusal.CODES
    match decision.outcome:
        case Outcome.ALLOWED | Outcome.MANUAL:
            assert len(agreements) == 1
            assert kinds[0] in AGREEMENTS
            assert kinds[-1] is DocumentKind.HANDOVER_RECEIPT
            assert decision.documents[-1].made_at is Moment.HANDOVER
        case Outcome.REFUSED | Outcome.BLOCKED:
            assert not kinds
            assert decision.code is not None
    assert (decision.outcome is Outcome.BLOCKED) <= (facts.school.kind is SchoolKind.TO_CHECK)
    assert not (decision.outcome is Outcome.MANUAL and facts.override_reason.strip())


@given(FACTS)
def test_papers_fit_the_usage_and_the_custody(facts: DecisionFacts) -> None:
    decision = decide(facts)
    if not decision.documents:
        return
    parties = {party for document in decision.documents for party in document.signatories}
    agreement = decision.documents[0]
    goes_home = facts.usage is Usage.INDIVIDUAL and facts.custody is Custody.HOME
    notices = [document for document in decision.documents if document.kind is DocumentKind.NOTICE]

    assert bool(notices) is goes_home
    assert all(not document.signatories for document in notices)
    assert (Party.BORROWER in parties) is (facts.usage is Usage.INDIVIDUAL)
    assert (Covers.LOAN in agreement.covers) is (facts.usage is Usage.INDIVIDUAL)
    assert (Covers.DEPOSIT in agreement.covers) is not goes_home
    assert agreement.signatories[0] is Party.MANAGING_SERVICE
    third_parties = (
        {Party.MUNICIPALITY, Party.MAYOR} if facts.school.kind is SchoolKind.PUBLIC_PRIMARY else {Party.HEAD_OF_SCHOOL}
    )
    told = {party for document in decision.documents for party in document.recipients}
    assert (parties | told) - {Party.MANAGING_SERVICE, Party.BORROWER} <= third_parties


@given(FACTS)
def test_a_shared_deposit_never_enters_a_private_school(facts: DecisionFacts) -> None:
    decision = decide(facts)
    if facts.usage is Usage.SHARED and decision.documents:
        assert facts.school.kind in {
            SchoolKind.PUBLIC_PRIMARY,
            SchoolKind.EPLE,
            SchoolKind.AGRICULTURAL_PUBLIC,
        }
        assert facts.custody is Custody.SCHOOL
    if facts.school.kind in PRIVATE and facts.usage is Usage.SHARED:
        assert decision.outcome is Outcome.REFUSED


@given(FACTS)
def test_a_written_reason_never_changes_a_refusal(facts: DecisionFacts) -> None:
    plain = decide(DecisionFacts(**{**_fields(facts), "override_reason": ""}))
    insisted = decide(DecisionFacts(**{**_fields(facts), "override_reason": "Motif écrit"}))
    if plain.outcome is Outcome.REFUSED:
        assert (insisted.outcome, insisted.code, insisted.documents) == (Outcome.REFUSED, plain.code, ())


def _fields(facts: DecisionFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in DecisionFacts.__slots__}
