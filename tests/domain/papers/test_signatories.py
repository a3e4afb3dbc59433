from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.domain.cast import TODAY, a_municipality, a_parent, a_pupil, a_school, a_service, an_address
from tests.stage.refusals import refused

from materiel.domain.accounts.service import ServiceKind
from materiel.domain.papers.custodians import custodian_of
from materiel.domain.papers.document import DocumentKind, Party, SignerKind
from materiel.domain.papers.required import required_documents, return_receipt
from materiel.domain.papers.signatories import (
    READ_AND_APPROVED,
    Signatory,
    borrower_signatories,
    custodian_signatory,
    signatories_of,
    state_signatory,
)
from materiel.domain.people.pupil import Capacity, ProtectionRegime
from materiel.domain.people.standing import is_adult, may_be_written_to
from materiel.domain.places.municipality import AuthorityKind
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Custody, Usage
from materiel.errors import RuleBroken

CASES = tomllib.loads((Path(__file__).parents[1] / "cases/signatories.toml").read_text(encoding="utf-8"))["case"]
AGREEMENT = DocumentKind.LOAN_AGREEMENT
PUPIL_FIELDS = {"birth_date", "disagreement", "died_on", "protection_reference"}


KINDS = {
    "signs": (DocumentKind.LOAN_AGREEMENT, DocumentKind.TRIPARTITE_AGREEMENT, DocumentKind.AMENDMENT),
    "receipt": (DocumentKind.HANDOVER_RECEIPT, DocumentKind.RETURN_RECEIPT),
}
TABLE = [
    pytest.param(case, column, kind, id=f"{case['row']} {case['name']} – {kind.value}")
    for case in CASES
    for column, kinds in KINDS.items()
    for kind in kinds
]
WHOEVER_COMES = {
    DocumentKind.HANDOVER_RECEIPT: "La personne qui reçoit le matériel, nom et qualité à indiquer",
    DocumentKind.RETURN_RECEIPT: "La personne qui rapporte le matériel, nom et qualité à indiquer",
}


def pupil_of(case: dict[str, Any]) -> Any:
    changes = {name: case[name] for name in PUPIL_FIELDS & case.keys()}
    representatives = [
        a_parent(number, **{**given, "capacity": Capacity(given["capacity"])})
        for number, given in enumerate(case["representatives"], 1)
    ]
    return a_pupil(*representatives, protection=ProtectionRegime(case.get("protection", "none")), **changes)


def in_words(box: Signatory) -> str:
    return f"{box.name}, {box.capacity}" + (" (facultatif)" if box.optional else "")


@pytest.mark.parametrize(("case", "column", "kind"), TABLE)
def test_who_signs_for_the_borrower(case: dict[str, Any], column: str, kind: DocumentKind) -> None:
    pupil = pupil_of(case)
    service = a_service(ask_both_parents=case.get("ask_both_parents", False))
    if column == "signs" and "refused" in case:
        with refused(RuleBroken, case["refused"]):
            borrower_signatories(pupil, service, TODAY, kind)
        return
    boxes = borrower_signatories(pupil, service, TODAY, kind)
    wanted = [WHOEVER_COMES[kind]] if case[column] == ["la personne qui vient"] else case[column]
    assert [in_words(box) for box in boxes] == wanted
    assert {box.party for box in boxes} == {Party.BORROWER}
    assert {box.mention for box in boxes} == {READ_AND_APPROVED if column == "signs" else ""}


@pytest.mark.parametrize("case", CASES, ids=[f"{case['row']} {case['name']}" for case in CASES])
def test_only_those_who_act_may_be_written_to(case: dict[str, Any]) -> None:
    pupil = pupil_of(case)
    people = {pupil.full_name: pupil.id} | {each.full_name: each.id for each in pupil.representatives}
    assert [name for name, who in people.items() if may_be_written_to(who, pupil, TODAY)] == case["written_to"]
    assert not may_be_written_to(None, pupil, TODAY)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['row']} {case['name']}" for case in CASES])
def test_nobody_has_a_box_who_may_not_be_written_to(case: dict[str, Any]) -> None:
    pupil = pupil_of(case)
    for kind in KINDS["receipt"] if "refused" in case else (*KINDS["signs"], *KINDS["receipt"]):
        for box in borrower_signatories(pupil, a_service(), TODAY, kind):
            assert box.signer is SignerKind.BEARER or may_be_written_to(box.signer_id, pupil, TODAY)


def test_a_box_remembers_its_person() -> None:
    (box,) = borrower_signatories(a_pupil(a_parent(on_behalf_of="Département")), a_service(), TODAY, AGREEMENT)
    assert (box.signer, box.signer_id) == (SignerKind.REPRESENTATIVE, a_parent().id)
    assert box.on_behalf_of == "Département"
    (own,) = borrower_signatories(a_pupil(birth_date=date(2008, 1, 1)), a_service(), TODAY, AGREEMENT)
    assert (own.signer, own.signer_id) == (SignerKind.PUPIL, a_pupil().id)


@pytest.mark.parametrize(
    ("day", "adult"), [(date(2026, 2, 28), False), (date(2026, 3, 1), True)], ids=["the eve", "the day"]
)
def test_majority_of_a_pupil_born_on_29_february(day: date, adult: bool) -> None:
    assert is_adult(a_pupil(birth_date=date(2008, 2, 29)), day) is adult


def test_a_receipt_of_a_deposit_taken_home_by_nobody_known_is_made() -> None:
    (box,) = borrower_signatories(None, a_service(), TODAY, DocumentKind.RETURN_RECEIPT)
    assert (box.name, box.signer, box.signer_id) == ("La personne qui rapporte le matériel", SignerKind.BEARER, None)


def test_the_mayor_signs_for_the_commune() -> None:
    commune = a_municipality(mayor_name="Anne Le Goff", deliberation="n° 12 du 3 mai 2026")
    custodian = custodian_of(a_school(), commune)
    assert (custodian.party, custodian.name) == (Party.MUNICIPALITY, "Commune de Baulon")
    assert (custodian.signatory_name, custodian.signatory_title) == ("Anne Le Goff", "maire")
    assert custodian.act == "n° 12 du 3 mai 2026"
    assert custodian_signatory(custodian).signer is SignerKind.OFFICIAL


def test_an_unknown_mayor_has_a_neutral_form() -> None:
    custodian = custodian_of(a_school(), a_municipality(name="Acigné"))
    assert (custodian.signatory_name, custodian.signatory_title) == ("Le maire d'Acigné", "")
    assert custodian_signatory(custodian).signer is SignerKind.OFFICE


def test_a_commune_without_any_record_has_a_neutral_form() -> None:
    custodian = custodian_of(a_school(municipality_name="Le Rheu"))
    assert (custodian.name, custodian.signatory_name) == ("Commune du Rheu", "Le maire du Rheu")
    assert custodian.address.postcode == "35580"


def test_the_body_that_runs_the_ecoles_signs_instead_of_the_mayor() -> None:
    commune = a_municipality(
        mayor_name="Anne Le Goff", authority_kind=AuthorityKind.EPCI, authority_name="Vallons de Haute-Bretagne"
    )
    custodian = custodian_of(a_school(), commune)
    assert custodian.name == "Vallons de Haute-Bretagne"
    assert "Le Goff" not in custodian.signatory_name


@pytest.mark.parametrize(
    ("arrondissement", "city"),
    [("75112", "Paris"), ("69383", "Lyon"), ("13208", "Marseille")],
)
def test_an_arrondissement_is_its_city(arrondissement: str, city: str) -> None:
    commune = a_municipality(insee_code=arrondissement, name=f"{city} – arrondissement")
    assert custodian_of(a_school(), commune).signatory_name == f"Le maire de {city}"


def test_the_head_signs_for_an_eple_and_cites_the_board() -> None:
    typed = UUID("0193a000-0000-7000-8000-0000000000c1")
    named = {"head_name": "Yann Riou", "head_title": "principal", "board_act": "acte n° 7", "contact_id": typed}
    custodian = custodian_of(a_school(SchoolKind.EPLE, **named), a_municipality(mayor_name="Anne Le Goff"))
    assert (custodian.party, custodian.signatory_name) == (Party.HEAD_OF_SCHOOL, "Yann Riou")
    assert (custodian.signatory_title, custodian.act) == ("principal", "acte n° 7")
    box = custodian_signatory(custodian)
    assert (box.signer, box.signer_id) == (SignerKind.OFFICIAL, typed)


def test_the_head_of_a_private_ecole_signs_for_its_association() -> None:
    ecole = a_school(SchoolKind.PRIVATE_UNDER_CONTRACT, on_behalf_of="OGEC Saint-Jean")
    custodian = custodian_of(ecole, a_municipality(mayor_name="Anne Le Goff"))
    assert custodian.party is Party.HEAD_OF_SCHOOL
    assert custodian_signatory(custodian).on_behalf_of == "OGEC Saint-Jean"
    assert custodian_signatory(custodian).name == "Le chef d'établissement"
    assert custodian_signatory(custodian).signer is SignerKind.OFFICE


def test_the_state_signs_with_its_delegation() -> None:
    service = a_service(
        signatory_name="Luc Morel",
        signatory_title="secrétaire général",
        delegation="par délégation de l'IA-DASEN, arrêté du 1er septembre 2026",
    )
    box = state_signatory(service)
    assert box.name == "Luc Morel"
    assert box.capacity == "secrétaire général, par délégation de l'IA-DASEN, arrêté du 1er septembre 2026"
    assert (box.on_behalf_of, box.mention) == ("l'État", "")
    assert (box.signer, box.signer_id) == (SignerKind.OFFICIAL, service.id)


def test_a_rectorat_without_a_name_signs_as_the_recteur() -> None:
    box = state_signatory(a_service(kind=ServiceKind.RECTORAT))
    assert box.name == "Le recteur de l'académie de Rennes"


def test_a_tripartite_agreement_has_its_boxes_in_order() -> None:
    required = required_documents(Usage.INDIVIDUAL, Custody.SCHOOL, SchoolKind.PUBLIC_PRIMARY)[0]
    boxes = signatories_of(
        required,
        service=a_service(),
        pupil=a_pupil(a_parent(1), a_parent(2)),
        custodian=custodian_of(a_school(), a_municipality()),
        on=TODAY,
    )
    assert [box.party for box in boxes] == [
        Party.MANAGING_SERVICE,
        Party.BORROWER,
        Party.BORROWER,
        Party.MUNICIPALITY,
    ]


@pytest.mark.parametrize("school", [SchoolKind.PUBLIC_PRIMARY, SchoolKind.EPLE])
@pytest.mark.parametrize(("usage", "custody"), [(Usage.INDIVIDUAL, Custody.HOME), (Usage.SHARED, Custody.SCHOOL)])
def test_no_family_signs_a_notice_nor_a_deposit(school: SchoolKind, usage: Usage, custody: Custody) -> None:
    for required in required_documents(usage, custody, school):
        if required.kind in {DocumentKind.NOTICE, DocumentKind.DEPOSIT_AGREEMENT}:
            assert Party.BORROWER not in required.signatories


def test_a_return_receipt_is_made_for_a_deceased_pupil() -> None:
    receipt = return_receipt(Usage.INDIVIDUAL, Custody.HOME, SchoolKind.EPLE)
    boxes = signatories_of(
        receipt, service=a_service(), pupil=a_pupil(a_parent(), died_on=TODAY), custodian=None, on=TODAY
    )
    assert [box.party for box in boxes] == [Party.MANAGING_SERVICE, Party.BORROWER]


def test_a_deposit_without_its_custodian_is_a_programming_error() -> None:
    required = required_documents(Usage.SHARED, Custody.SCHOOL, SchoolKind.EPLE)[0]
    with pytest.raises(ValueError, match="custodian"):
        signatories_of(required, service=a_service(), pupil=None, custodian=None, on=TODAY)


def test_the_depositary_address_is_the_town_hall() -> None:
    town_hall = an_address("1 place de la Mairie")
    assert custodian_of(a_school(), a_municipality(address=town_hall)).address == town_hall


def test_the_body_that_runs_the_ecoles_may_have_its_own_address() -> None:
    own = an_address("2 rue de l'Europe", postcode="35310", city="Mordelles")
    commune = a_municipality(address=an_address("1 place de la Mairie"), authority_address=own)
    assert custodian_of(a_school(), commune).address == own
    assert (
        custodian_of(a_school(), a_municipality(authority_kind=AuthorityKind.EPCI, authority_address=own)).address
        == own
    )
    assert custodian_of(a_school(), a_municipality(authority_kind=AuthorityKind.EPCI)).address.city == "Baulon"
