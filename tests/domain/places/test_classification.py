from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import materiel
from materiel.domain.places.classification import Classification, RowFacts, classify, is_section
from materiel.domain.places.school import SchoolKind, Sector
from materiel.exchange.places.annuaire import LAYOUT, AnnuaireRow
from materiel.exchange.reading import open_lines

ANNUAIRE = Path(materiel.__file__).parent / "demo_data" / "annuaire-education-35.csv"
PUBLIC, PRIVATE = Sector.PUBLIC, Sector.PRIVATE

CASES = [
    (
        "an IME with a contract code",
        {"nature_code": "240", "sector": PRIVATE, "contract_code": "21"},
        "medico_educational",
    ),
    ("a medico-social type", {"type_name": "Médico-social", "sector": PUBLIC}, "medico_educational"),
    (
        "the health ministry",
        {"ministry": "SANTE ET SOLIDARITE NATIONALE", "nature_code": "151"},
        "medico_educational",
    ),
    ("a DSDEN", {"nature_code": "805"}, "service"),
    ("a CIO by its type", {"type_name": "Information et orientation", "sector": PUBLIC}, "service"),
    ("STS and CPGE only", {"nature_code": "400", "sector": PRIVATE, "contract_code": "30"}, "post_bac"),
    ("a lycée with a STS", {"nature_code": "306", "sector": PUBLIC, "has_post_bac": True}, "eple"),
    (
        "a school with post-bac alone",
        {"type_name": "Autre", "sector": PRIVATE, "has_post_bac": True},
        "post_bac",
    ),
    ("a public agricultural lycée", {"nature_code": "307", "sector": PUBLIC}, "agricultural_public"),
    (
        "a MFR since 2024",
        {"nature_code": "380", "sector": PRIVATE, "contract_code": "60"},
        "agricultural_private",
    ),
    ("a MFR of 2023", {"nature_code": "380", "sector": PRIVATE, "contract_code": "99"}, "to_check"),
    (
        "a private agricultural lycée of nature 320",
        {"nature_code": "320", "ministry": "AGRICULTURE", "sector": PRIVATE, "contract_code": "99"},
        "to_check",
    ),
    (
        "agricultural without contract",
        {"nature_code": "380", "sector": PRIVATE, "contract_code": "10"},
        "private_no_contract",
    ),
    (
        "a public école",
        {"type_name": "Ecole", "nature_code": "151", "sector": PUBLIC, "contract_code": "99"},
        "public_primary",
    ),
    ("a collège", {"type_name": "Collège", "nature_code": "340", "sector": PUBLIC}, "eple"),
    ("an EREA", {"type_name": "EREA", "nature_code": "370", "sector": PUBLIC}, "eple"),
    (
        "a military lycée",
        {"type_name": "Lycée", "nature_code": "302", "sector": PUBLIC, "is_military": True},
        "to_check",
    ),
    (
        "association",
        {"nature_code": "151", "sector": PRIVATE, "contract_code": "30"},
        "private_under_contract",
    ),
    (
        "simple contract",
        {"nature_code": "151", "sector": PRIVATE, "contract_code": "20"},
        "private_under_contract",
    ),
    ("no contract", {"nature_code": "151", "sector": PRIVATE, "contract_code": "10"}, "private_no_contract"),
    (
        "recognised by the State",
        {"nature_code": "340", "sector": PRIVATE, "contract_code": "50"},
        "private_no_contract",
    ),
    (
        "agricultural contract outside agriculture",
        {"nature_code": "340", "sector": PRIVATE, "contract_code": "60"},
        "to_check",
    ),
    ("contract unknown", {"nature_code": "340", "sector": PRIVATE, "contract_code": "!!"}, "to_check"),
    ("contract blank", {"nature_code": "340", "sector": PRIVATE}, "to_check"),
    ("nothing known", {}, "to_check"),
]


@pytest.mark.parametrize(("facts", "kind"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_row_has_the_kind_of_the_table(facts, kind):
    assert classify(RowFacts(**facts)).kind == kind


@pytest.mark.parametrize("contract", ["21", "31", "41"])
def test_a_partial_contract_is_flagged(contract):
    found = classify(RowFacts(nature_code="340", sector=PRIVATE, contract_code=contract))
    assert found == Classification(kind=SchoolKind.PRIVATE_UNDER_CONTRACT, partial_contract=True)


def test_a_section_is_what_its_school_is():
    facts = RowFacts(nature_code="390", sector=PUBLIC, type_name="Collège", parent_uai="0350001A")
    parent = Classification(kind=SchoolKind.EPLE)
    assert is_section(facts)
    assert classify(facts, parent) is parent


def test_a_section_whose_school_is_unknown_is_to_check():
    found = classify(RowFacts(nature_code="334", sector=PUBLIC, parent_uai="0350001A"))
    assert found.kind is SchoolKind.TO_CHECK
    assert "rattachement" in found.note


def test_a_section_without_parent_is_classified_alone():
    assert classify(RowFacts(nature_code="390", sector=PUBLIC, type_name="Collège")).kind is SchoolKind.EPLE


def test_everything_to_check_says_why():
    assert all(classify(RowFacts(**facts)).note for _, facts, kind in CASES if kind == "to_check")


@given(
    st.builds(
        RowFacts,
        type_name=st.sampled_from(["Ecole", "Collège", "Lycée", "EREA", "Médico-social", "Autre", ""]),
        sector=st.sampled_from(Sector),
        nature_code=st.one_of(st.integers(0, 999).map(str), st.text(max_size=3)),
        contract_code=st.sampled_from(["10", "20", "21", "30", "31", "40", "41", "50", "60", "99", "!!", "**", ""]),
        ministry=st.sampled_from(["", "AGRICULTURE", "SANTE", "MER"]),
        has_post_bac=st.booleans(),
        has_secondary=st.booleans(),
        is_military=st.booleans(),
        parent_uai=st.sampled_from(["", "0350001A"]),
    )
)
def test_every_row_has_one_kind(facts):
    found = classify(facts)
    assert isinstance(found.kind, SchoolKind)
    if facts.sector is PRIVATE:
        assert found.kind not in {SchoolKind.PUBLIC_PRIMARY, SchoolKind.EPLE, SchoolKind.AGRICULTURAL_PUBLIC}
    if facts.sector is PUBLIC:
        assert found.kind is not SchoolKind.PRIVATE_UNDER_CONTRACT


def rows_of_ille_et_vilaine() -> list[AnnuaireRow]:
    with open_lines(ANNUAIRE, LAYOUT) as rows:
        return list(rows)


ALONE = {
    "public_primary": 421,
    "private_under_contract": 324,
    "eple": 96,
    "service": 47,
    "medico_educational": 39,
    "private_no_contract": 25,
    "post_bac": 9,
    "agricultural_public": 2,
    "to_check": 21,
}


def test_the_real_annuaire_gives_the_known_counts():
    rows = rows_of_ille_et_vilaine()
    alone = [row for row in rows if not is_section(row.facts)]
    assert Counter(classify(row.facts).kind.value for row in alone) == ALONE
    assert len(rows) - len(alone) == 12


def test_the_twelve_sections_take_the_kind_of_their_school():
    # Eight sections are of private schools, three of public lycées, one of the public agricultural lycée
    # Monod.
    rows = rows_of_ille_et_vilaine()
    known = {row.uai: classify(row.facts) for row in rows if not is_section(row.facts)}
    counts = Counter(classify(row.facts, known.get(row.facts.parent_uai)).kind.value for row in rows)
    assert counts == ALONE | {"private_under_contract": 332, "eple": 99, "agricultural_public": 3}
    assert counts.total() == 996
