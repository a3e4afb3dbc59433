"""What becomes of a loan at the coming September, case by case, as a jurist reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.domain.cast import (
    a_box,
    a_document,
    a_line,
    a_loan_out,
    a_parent,
    a_pupil,
    a_school,
    a_service,
    an_id,
    an_item,
    another_school,
)

from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.desk.campaign import MAY_CHOOSE, Choice, RenewalOutcome, ground_of_return, return_waits
from materiel.domain.desk.campaign_outcome import Foreseen, RenewalFacts, entered_at_usual_age, outcome_of
from materiel.domain.item.item import Item, Ownership
from materiel.domain.loan.changes import plan_renewal
from materiel.domain.loan.elsewhere.leaving import Leaving
from materiel.domain.loan.loan import Loan, LoanOrigin, LoanStatus
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.papers.document import Document, DocumentKind, Party, SignatureStatus
from materiel.domain.papers.old_paper import OldPaper
from materiel.domain.people.pupil import ProtectionRegime
from materiel.domain.places.school import School, SchoolKind
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.errors import MaterielError

JUNE = date(2027, 6, 15)
SEPTEMBER = date(2027, 9, 6)
YEAR = 2027
ELEMENTARY = {"nature_code": "151"}


def signed(kind: DocumentKind = DocumentKind.LOAN_AGREEMENT, *parties: Party, **changes: Any) -> Document:
    boxes = parties or (Party.MANAGING_SERVICE, Party.BORROWER)
    return a_document(kind, *(a_box(n, SignatureStatus.SIGNED, each) for n, each in enumerate(boxes)), **changes)


def foreseen(
    loan: Loan | None = None,
    *,
    documents: tuple[Document, ...] | None = None,
    today: date = JUNE,
    year: int = YEAR,
    items: tuple[Item, ...] = (),
    **changes: Any,
) -> Foreseen:
    loan = loan or a_loan_out()
    school: School = changes.setdefault("school", a_school(**ELEMENTARY))
    changes.setdefault(
        "pupil", a_pupil(a_parent(), birth_date=date(2018, 5, 4)) if loan.usage is Usage.INDIVIDUAL else None
    )
    papers = (signed(),) if documents is None else documents
    service = a_service(renewal_policy=RenewalPolicy.YEARLY)
    try:
        renewal = plan_renewal(
            loan,
            papers,
            school.kind,
            policy=service.renewal_policy,
            items=items,
            today=today,
            ends_on=date(year + 1, 8, 31),
        )
    except MaterielError as refusal:
        facts = RenewalFacts(loan=loan, documents=papers, service=service, renewal=refusal, **changes)
    else:
        facts = RenewalFacts(loan=loan, documents=papers, service=service, renewal=renewal, **changes)
    return outcome_of(facts, year, today)


def test_the_same_pupil_in_the_same_school_is_renewed_by_an_amendment() -> None:
    found = foreseen()
    assert found.outcome is RenewalOutcome.RENEW
    assert found.documents == (DocumentKind.AMENDMENT,)
    assert found.ends_on == date(2028, 8, 31)
    assert found.why == "Même établissement, décision valable : un avenant le prolonge jusqu'au 31 août 2028."


def test_a_decision_that_ends_in_the_year_shortens_the_new_term() -> None:
    loan = a_loan_out(basis=Basis(kind=BasisKind.CDAPH, valid_until=date(2028, 1, 31)))
    found = foreseen(loan)
    assert (found.outcome, found.ends_on) == (RenewalOutcome.RENEW, date(2028, 1, 31))
    assert "la notification prend fin ce jour-là" in found.why


def test_a_loan_taken_over_has_its_real_agreement_at_last() -> None:
    loan = a_loan_out(origin=LoanOrigin.TAKEN_OVER, issued_on=None, paper=OldPaper(signed_on=date(2026, 9, 4)))
    found = foreseen(loan, documents=())
    assert found.outcome is RenewalOutcome.RENEW
    assert found.documents == (DocumentKind.LOAN_AGREEMENT, DocumentKind.NOTICE)
    assert "première convention" in found.why


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ends_on": None}, "Sans terme"),
        ({"ends_on": date(2028, 6, 30)}, "court déjà jusqu'au 30 juin 2028"),
        ({"renewal": an_id(41), "renewal_ends_on": date(2028, 8, 31)}, "attend ses signatures"),
        ({"renewal": an_id(41), "renewal_ends_on": None}, "attend ses signatures"),
        ({"recalled_on": date(2027, 5, 3)}, "depuis le 3 mai 2027"),
        ({"status": LoanStatus.RETURNED}, "pas en cours"),
        ({"items": (a_line(),), "status": LoanStatus.SIGNED}, "Aucun matériel n'est remis"),
    ],
    ids=["open_ended", "long_enough", "offered", "offered_open_ended", "claimed", "returned", "never_handed_over"],
)
def test_nothing_to_do(changes: dict[str, Any], why: str) -> None:
    found = foreseen(a_loan_out(**changes))
    assert found.outcome is RenewalOutcome.NOTHING
    assert why in found.why
    assert found.documents == ()


def test_a_renewal_offered_for_a_shorter_term_is_offered_again() -> None:
    loan = a_loan_out(ends_on=date(2027, 3, 31), renewal=an_id(41), renewal_ends_on=date(2027, 6, 30))
    assert foreseen(loan).outcome is RenewalOutcome.RENEW


def test_a_renewal_is_never_offered_twice_for_one_term() -> None:
    """Under a yearly policy, what is renewed in spring ends in August, whatever is asked."""
    loan = a_loan_out(ends_on=date(2027, 3, 31), renewal=an_id(41), renewal_ends_on=date(2027, 8, 31))
    assert foreseen(loan).outcome is RenewalOutcome.NOTHING


def test_after_a_death_nothing_goes_by_itself() -> None:
    found = foreseen(pupil=a_pupil(a_parent(), died_on=date(2027, 2, 1)))
    assert (found.outcome, "contact direct" in found.why) == (RenewalOutcome.NOTHING, True)


def test_a_departure_from_the_academie_comes_first() -> None:
    departure = Leaving(
        id=an_id(70),
        service_id=an_id(1),
        pupil_id=an_id(20),
        left_on=date(2027, 4, 30),
        academie="17",
        kept_until=date(2027, 9, 30),
        noted_by="u",
        noted_at=datetime(2027, 4, 30, 8, tzinfo=UTC),
    )
    expired = a_loan_out(basis=Basis(kind=BasisKind.CDAPH, valid_until=date(2027, 1, 31)))
    found = foreseen(expired, departure=departure)
    assert (found.outcome, found.documents) == (RenewalOutcome.LEAVES_ACADEMIE, (DocumentKind.RETURN_RECEIPT,))
    assert "laissé jusqu'au 30 septembre 2027" in found.why


def test_a_record_that_names_a_school_of_another_academie_is_a_departure() -> None:
    found = foreseen(new_school=another_school(academie="17", departement="044"))
    assert (found.outcome, "autre académie" in found.why) == (RenewalOutcome.LEAVES_ACADEMIE, True)


def test_another_departement_of_the_academie_is_another_service_and_the_loan_goes_on() -> None:
    found = foreseen(new_school=another_school(departement="029"))
    assert found.outcome is RenewalOutcome.OTHER_SERVICE
    assert "le département 29" in found.why
    assert found.documents == (DocumentKind.AMENDMENT,)


def test_a_school_beyond_that_a_manager_accepted_is_no_question_any_more() -> None:
    beyond = a_school(departement="029", **ELEMENTARY)
    assert foreseen(school=beyond).outcome is RenewalOutcome.OTHER_SERVICE
    assert foreseen(a_loan_out(override_reason="Convenu"), school=beyond).outcome is RenewalOutcome.RENEW


@pytest.mark.parametrize("kind", [SchoolKind.MEDICO_EDUCATIONAL, SchoolKind.PRIVATE_NO_CONTRACT, SchoolKind.POST_BAC])
def test_a_school_that_the_texts_exclude_ends_the_loan(kind: SchoolKind) -> None:
    found = foreseen(new_school=another_school(kind))
    assert (found.outcome, found.code) == (RenewalOutcome.NOT_RENEWABLE, "loan.refused")


def test_a_lease_that_ends_is_told_with_what_to_do() -> None:
    rented = an_item(ownership=Ownership.RENTED, lease_ends_on=date(2027, 8, 31))
    found = foreseen(items=(rented,))
    assert (found.outcome, found.code) == (RenewalOutcome.NOT_RENEWABLE, "loan.lease_over")


def test_a_decision_that_ends_before_the_new_term_awaits_another() -> None:
    loan = a_loan_out(basis=Basis(kind=BasisKind.CDAPH, valid_until=date(2027, 8, 31)))
    found = foreseen(loan, new_school=another_school())
    assert found.outcome is RenewalOutcome.BASIS_ENDED
    assert found.why.startswith("La décision prend fin le 31 août 2027")
    assert "Collège Anne de Bretagne" in found.why
    late = foreseen(loan, today=SEPTEMBER)
    assert (late.outcome, "a pris fin" in late.why) == (RenewalOutcome.BASIS_ENDED, True)


def test_a_new_school_at_home_is_told_by_a_notice() -> None:
    found = foreseen(new_school=another_school())
    assert found.outcome is RenewalOutcome.CHANGE_OF_DOCUMENT
    assert found.documents == (DocumentKind.NOTICE, DocumentKind.AMENDMENT)


def test_a_new_school_for_what_stays_at_school_needs_another_agreement() -> None:
    loan = a_loan_out(custody=Custody.SCHOOL)
    found = foreseen(loan, new_school=another_school())
    assert found.outcome is RenewalOutcome.CHANGE_OF_DOCUMENT
    assert found.documents == (DocumentKind.RETURN_RECEIPT, DocumentKind.TRIPARTITE_AGREEMENT)


def test_a_school_that_changed_its_kind_needs_another_agreement() -> None:
    parties = (Party.MANAGING_SERVICE, Party.BORROWER, Party.MUNICIPALITY)
    agreement = signed(DocumentKind.TRIPARTITE_AGREEMENT, *parties)
    loan = a_loan_out(custody=Custody.SCHOOL)
    assert foreseen(loan, documents=(agreement,)).outcome is RenewalOutcome.RENEW
    private = a_school(SchoolKind.PRIVATE_UNDER_CONTRACT, **ELEMENTARY)
    found = foreseen(loan, documents=(agreement,), school=private)
    assert (found.outcome, "changé de nature" in found.why) == (RenewalOutcome.CHANGE_OF_DOCUMENT, True)
    assert found.documents == (DocumentKind.TRIPARTITE_AGREEMENT,)


@pytest.mark.parametrize(
    ("nature", "born", "leaves"),
    [
        ("101", 2021, True),
        ("101", 2022, False),
        ("151", 2016, True),
        ("151", 2017, False),
        ("340", 2012, True),
        ("340", 2013, False),
        ("390", 2012, True),
        ("302", 2009, True),
        ("302", 2010, False),
        ("", 2001, False),
    ],
)
def test_the_last_class_of_a_school_is_presumed_of_the_usual_age(nature: str, born: int, leaves: bool) -> None:
    pupil = a_pupil(a_parent(), birth_date=date(born, 12, 31))
    assert bool(entered_at_usual_age(pupil, a_school(nature_code=nature), YEAR)) is leaves


def test_whoever_leaves_a_school_for_an_unknown_one_is_a_question() -> None:
    found = foreseen(pupil=a_pupil(a_parent(), birth_date=date(2016, 5, 4)))
    assert (found.outcome, "entrer au collège" in found.why) == (RenewalOutcome.SCHOOL_UNKNOWN, True)
    assert found.documents == (DocumentKind.AMENDMENT,)


def test_whoever_comes_of_age_before_the_new_term_signs_it() -> None:
    college = a_school(SchoolKind.EPLE)
    in_july = a_pupil(a_parent(), birth_date=date(2009, 7, 14))
    found = foreseen(school=college, pupil=in_july)
    assert found.outcome is RenewalOutcome.CAME_OF_AGE
    assert found.why.startswith("Majorité le 14 juillet 2027")
    assert "responsables légaux" in found.why
    in_may = a_pupil(a_parent(), birth_date=date(2009, 5, 14))
    assert "Aucune adresse" in foreseen(school=college, pupil=in_may).why
    guarded = a_pupil(a_parent(), birth_date=date(2009, 5, 14), protection=ProtectionRegime.GUARDIANSHIP)
    assert "son tuteur signe" in foreseen(school=college, pupil=guarded).why


def test_whoever_signed_already_is_renewed() -> None:
    college = a_school(SchoolKind.EPLE)
    adult = a_pupil(birth_date=date(2008, 1, 15))
    assert foreseen(school=college, pupil=adult).outcome is RenewalOutcome.RENEW
    emancipated = a_pupil(birth_date=date(2009, 5, 14), protection=ProtectionRegime.EMANCIPATED)
    assert foreseen(school=college, pupil=emancipated).outcome is RenewalOutcome.RENEW


def test_an_old_paper_signed_for_a_minor_counts_as_the_last_one() -> None:
    loan = a_loan_out(origin=LoanOrigin.TAKEN_OVER, issued_on=None, paper=OldPaper(signed_on=date(2025, 9, 4)))
    adult = a_pupil(birth_date=date(2008, 1, 15), email="eleve@exemple.fr")
    assert foreseen(loan, documents=(), school=a_school(SchoolKind.EPLE), pupil=adult).outcome is (
        RenewalOutcome.CAME_OF_AGE
    )


def test_a_deposit_with_a_term_is_the_manager_s_to_decide() -> None:
    shared = {"usage": Usage.SHARED, "custody": Custody.SCHOOL, "pupil_id": None, "basis": None}
    deposit = signed(DocumentKind.DEPOSIT_AGREEMENT, Party.MANAGING_SERVICE, Party.MUNICIPALITY)
    found = foreseen(a_loan_out(**shared), documents=(deposit,))
    assert (found.outcome, found.documents) == (RenewalOutcome.DEPOSIT, (DocumentKind.AMENDMENT,))
    assert "jusqu'au 31 août 2028" in found.why
    open_ended = foreseen(a_loan_out(**shared, ends_on=None), documents=(deposit,))
    assert open_ended.outcome is RenewalOutcome.NOTHING


def test_a_second_september_asks_the_same_questions_of_the_next_term() -> None:
    renewed = a_loan_out(ends_on=date(2028, 8, 31), basis=None)
    assert foreseen(renewed).outcome is RenewalOutcome.NOTHING
    assert foreseen(renewed, today=date(2028, 6, 1), year=2028).outcome is RenewalOutcome.RENEW


def test_a_return_waits_for_the_term_unless_something_founds_it() -> None:
    loan = a_loan_out()
    assert "art. 1888" in return_waits(RenewalOutcome.RENEW, loan, JUNE)
    assert ground_of_return(RenewalOutcome.RENEW, loan, JUNE) is None
    assert return_waits(RenewalOutcome.RENEW, loan, SEPTEMBER) == ""
    assert ground_of_return(RenewalOutcome.RENEW, loan, SEPTEMBER) is RecallGround.TERM_REACHED
    assert ground_of_return(RenewalOutcome.LEAVES_ACADEMIE, loan, JUNE) is RecallGround.LEFT_ACADEMIE
    ended = a_loan_out(basis=Basis(kind=BasisKind.CDAPH, valid_until=date(2027, 5, 31)))
    assert ground_of_return(RenewalOutcome.BASIS_ENDED, ended, JUNE) is RecallGround.BASIS_ENDED
    deposit = a_loan_out(usage=Usage.SHARED, custody=Custody.SCHOOL, pupil_id=None)
    assert return_waits(RenewalOutcome.DEPOSIT, deposit, JUNE) == ""


def test_what_may_be_chosen_is_said_of_every_outcome() -> None:
    assert MAY_CHOOSE.keys() == set(RenewalOutcome)
    assert MAY_CHOOSE[RenewalOutcome.NOTHING] == ()
    assert Choice.RENEW not in MAY_CHOOSE[RenewalOutcome.LEAVES_ACADEMIE]
