"""What is to come in a loan, the farthest first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from tests.domain.cast import TODAY, a_document, a_line, a_loan, a_loan_out, a_pupil, an_id, an_item

from materiel.domain.item.item import Ownership
from materiel.domain.loan.ahead import DayAhead, days_ahead
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.papers.document import DocumentKind
from materiel.domain.usage import Basis, BasisKind, Custody, Usage

END = date(2027, 8, 31)
NOTIFIED = Basis(kind=BasisKind.CDAPH, valid_until=date(2028, 8, 31))


def told(days: tuple[DayAhead, ...]) -> list[tuple[date, str]]:
    return [(each.on, each.sentence.split(" :")[0].rstrip(".")) for each in days]


def test_the_end_the_renewal_and_the_notification_are_dated_the_farthest_first() -> None:
    assert told(days_ahead(a_loan_out(ends_on=END, basis=NOTIFIED), [], TODAY)) == [
        (date(2028, 8, 31), "Fin de la notification"),
        (date(2028, 2, 29), "La nouvelle notification est à demander"),
        (END, "Fin du prêt"),
        (date(2027, 6, 30), "À renouveler, ou le retour à préparer"),
    ]


def test_what_is_past_or_of_today_is_not_to_come() -> None:
    assert days_ahead(a_loan_out(ends_on=TODAY, basis=replace(NOTIFIED, valid_until=TODAY)), [], TODAY) == ()


def test_nothing_is_to_come_once_a_loan_is_over() -> None:
    assert days_ahead(a_loan_out(status=LoanStatus.RETURNED, ends_on=END, basis=NOTIFIED), [], TODAY) == ()


def test_a_deposit_rests_upon_no_notification() -> None:
    shared = a_loan_out(ends_on=None, basis=NOTIFIED, usage=Usage.SHARED, custody=Custody.SCHOOL)
    assert days_ahead(shared, [], TODAY) == ()


def test_a_loan_that_has_not_begun_says_when() -> None:
    tomorrow = TODAY + timedelta(days=1)
    assert (tomorrow, "Début du prêt") in told(days_ahead(a_loan(starts_on=tomorrow, ends_on=None), [], TODAY))


def test_a_renewal_to_sign_says_the_end_that_it_would_give() -> None:
    loan = a_loan_out(ends_on=END, basis=None, renewal=an_id(9), renewal_ends_on=date(2028, 8, 31))
    assert [each for each, _ in told(days_ahead(loan, [], TODAY))] == [date(2028, 8, 31), END]


def test_only_the_leases_of_what_is_still_held_end() -> None:
    rented = an_item(1, ownership=Ownership.RENTED, lease_ends_on=END)
    loan = a_loan_out(ends_on=None, basis=None)
    assert told(days_ahead(loan, [], TODAY, items=[rented])) == [
        (END, f"Fin de la location du matériel {rented.inventory_number}")
    ]
    gone = a_loan_out(a_line(1, removed_on=TODAY), ends_on=None, basis=None)
    assert days_ahead(gone, [], TODAY, items=[rented]) == ()


def test_a_paper_signed_ahead_takes_effect_later() -> None:
    amendment = a_document(DocumentKind.AMENDMENT, takes_effect_on=date(2026, 12, 24))
    (only,) = days_ahead(a_loan_out(ends_on=None, basis=None), [amendment], TODAY)
    assert (only.on, only.sentence) == (date(2026, 12, 24), f"Avenant {amendment.number} : prend effet.")


def test_a_majority_is_told_within_the_term_and_not_after_a_death() -> None:
    pupil = a_pupil(birth_date=date(2009, 2, 9))
    majority = (date(2027, 2, 9), "L'élève devient majeur")
    assert majority in told(days_ahead(a_loan_out(ends_on=END), [], TODAY, pupil=pupil))
    assert majority not in told(days_ahead(a_loan_out(ends_on=date(2027, 2, 8)), [], TODAY, pupil=pupil))
    late = replace(pupil, died_on=TODAY)
    assert majority not in told(days_ahead(a_loan_out(ends_on=END), [], TODAY, pupil=late))


def test_reminders_are_among_the_days_to_come() -> None:
    reminder = DayAhead(date(2026, 12, 2), "Rappel à Anne Exemple.")
    assert reminder in days_ahead(a_loan_out(ends_on=END), [], TODAY, reminders=[reminder])
