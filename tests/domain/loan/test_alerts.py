from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.domain.cast import TODAY, a_box, a_document, a_loan, a_loan_out, an_issued_loan, an_item

from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.item.item import Ownership
from materiel.domain.loan import alerts as loan_alerts
from materiel.domain.loan.alerts import BRIEF, OF_PAPERS, Alert, age, alerts, brief, is_expired
from materiel.domain.loan.loan import Loan, LoanStatus
from materiel.domain.papers.document import Document, DocumentKind, SignatureStatus
from materiel.domain.usage import Basis, BasisKind, Custody, Usage

SIGNED = a_document(DocumentKind.LOAN_AGREEMENT, a_box(1, SignatureStatus.SIGNED))
UNSIGNED = a_document(DocumentKind.LOAN_AGREEMENT, a_box(1))


def notified_until(day: date) -> Basis:
    return Basis(kind=BasisKind.CDAPH, valid_until=day)


def codes(loan: Loan, *documents: Document, today: date = TODAY, **more: Any) -> list[str]:
    return [alert.code for alert in alerts(loan, documents or (SIGNED,), today, **more)]


@pytest.mark.parametrize(
    ("loan", "expected"),
    [
        (a_loan_out(), []),
        (a_loan_out(ends_on=TODAY), ["ending_soon"]),
        (a_loan_out(ends_on=date(2027, 1, 21)), ["ending_soon"]),
        (a_loan_out(ends_on=date(2027, 1, 22)), []),
        (a_loan_out(ends_on=date(2026, 11, 20)), ["expired"]),
        (a_loan_out(basis=notified_until(date(2027, 5, 22))), []),
        (a_loan_out(basis=notified_until(date(2027, 5, 21))), ["basis_expiring_6_months"]),
        (a_loan_out(basis=notified_until(date(2027, 2, 21))), ["basis_expiring_3_months"]),
        (a_loan_out(basis=notified_until(TODAY)), ["basis_expiring_3_months"]),
        (a_loan_out(basis=notified_until(date(2026, 11, 20))), ["basis_expired"]),
        (
            a_loan_out(basis=notified_until(date(2026, 11, 20)), usage=Usage.SHARED, custody=Custody.SCHOOL),
            [],
        ),
        (a_loan_out(recalled_on=date(2026, 11, 1)), ["recalled"]),
        (an_issued_loan(), ["not_handed_over"]),
        (a_loan(), []),
        (a_loan_out(status=LoanStatus.RETURNED, ends_on=date(2026, 11, 20)), []),
    ],
)
def test_what_a_manager_must_see(loan: Loan, expected: list[str]) -> None:
    assert codes(loan) == expected


def test_out_unsigned_comes_first_with_its_age() -> None:
    first, second = alerts(a_loan_out(), [UNSIGNED], TODAY)
    assert (first.code, first.since, first.days) == ("handed_over_unsigned", date(2026, 9, 4), 78)
    told = second.detail.replace("\u00a0", " ")
    assert told == "Signature attendue : Signataire 1, depuis le 1er septembre 2026 (81 j)."
    assert (second.since, second.days) == (date(2026, 9, 1), 81)


def test_signatures_of_several_papers_are_awaited_since_the_oldest() -> None:
    recent = replace(a_document(DocumentKind.LOAN_AGREEMENT, a_box(2)), issued_on=date(2026, 10, 5))
    (alert,) = alerts(an_issued_loan(), [recent, UNSIGNED], TODAY)
    assert "Signataire 2 et Signataire 1" in alert.detail
    assert alert.since == UNSIGNED.issued_on


def test_an_awaited_name_is_said_once() -> None:
    (alert,) = alerts(an_issued_loan(), [UNSIGNED, UNSIGNED], TODAY)
    assert alert.detail.count("Signataire 1") == 1


def test_signed_but_not_delivered_is_counted_from_the_last_signature() -> None:
    (alert,) = alerts(an_issued_loan(), [SIGNED], TODAY)
    assert (alert.since, alert.days) == (date(2026, 9, 3), 79)


def test_after_a_death_nothing_is_asked_of_the_family() -> None:
    expired = a_loan_out(ends_on=date(2026, 8, 31))
    assert codes(expired, UNSIGNED, pupil_died=True) == ["manual_return"]


def test_a_loan_expires_the_day_after_its_last_day() -> None:
    assert not is_expired(a_loan_out(ends_on=TODAY), TODAY)
    assert is_expired(a_loan_out(ends_on=date(2026, 11, 20)), TODAY)
    assert not is_expired(a_loan_out(ends_on=None), TODAY)


def test_what_began_today_has_no_age() -> None:
    told = loan_alerts._aged("recalled", "Retour demandé", date(2026, 11, 21), date(2026, 11, 21))
    assert told.detail == "Retour demandé depuis aujourd'hui."


@pytest.mark.parametrize(
    ("lease", "ends_on", "told"),
    [
        (date(2027, 3, 31), date(2027, 8, 31), "prend fin le 31 mars 2027"),
        (date(2026, 11, 20), date(2027, 8, 31), "a pris fin le 20 novembre 2026"),
        (date(2027, 3, 31), None, "prend fin le 31 mars 2027"),
        (date(2027, 8, 31), date(2027, 8, 31), ""),
        (None, date(2027, 8, 31), ""),
    ],
)
def test_a_lease_shortened_under_a_running_loan_is_told(lease: date | None, ends_on: date | None, told: str) -> None:
    rented = an_item(ownership=Ownership.RENTED, lease_ends_on=lease)
    found = [
        each.detail
        for each in alerts(a_loan_out(ends_on=ends_on), (), TODAY, items=[rented])
        if each.code == "lease_ends_first"
    ]
    assert [told in each for each in found] == ([True] if told else [])


AMENDED = a_document(DocumentKind.AMENDMENT)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "policy", "papers", "told"),
    [
        (date(2026, 9, 1), date(2027, 8, 31), RenewalPolicy.YEARLY, (), False),
        (date(2026, 9, 1), date(2027, 9, 1), RenewalPolicy.YEARLY, (), True),
        (date(2026, 9, 1), None, RenewalPolicy.YEARLY, (), True),
        (date(2026, 9, 1), None, RenewalPolicy.SCHOOLING, (), False),
        # Renewed ahead, by an amendment, for the coming year and no longer.
        (date(2026, 9, 1), date(2028, 8, 31), RenewalPolicy.YEARLY, (AMENDED,), False),
        (date(2026, 9, 1), date(2028, 9, 1), RenewalPolicy.YEARLY, (AMENDED,), True),
        (date(2027, 9, 1), date(2028, 8, 31), RenewalPolicy.YEARLY, (), False),
    ],
)
def test_a_loan_that_passes_the_school_year_is_told_under_the_yearly_policy(
    starts_on: date, ends_on: date | None, policy: RenewalPolicy, papers: tuple[Document, ...], told: bool
) -> None:
    loan = a_loan_out(starts_on=starts_on, ends_on=ends_on)
    assert ("passes_school_year" in codes(loan, SIGNED, *papers, policy=policy)) is told


@pytest.mark.parametrize(
    ("codes", "told", "days"),
    [
        ((), "", None),
        (("signature_awaited",), "Signature attendue", 1),
        (("handed_over_unsigned", "signature_awaited"), "Convention à signer", 2),
        (("recalled", "signature_awaited"), "Retour demandé, signature attendue", 2),
        (("expired", "expired"), "Terme passé", 2),
    ],
)
def test_what_is_missing_is_told_in_a_few_words(codes: tuple[str, ...], told: str, days: int | None) -> None:
    found = [Alert(code=code, detail="Une phrase.", days=rank) for rank, code in enumerate(codes, 1)]
    assert brief(found) == told
    assert age(found) == days


@pytest.mark.parametrize("code", sorted(set(BRIEF) - {"manual_return"}))
def test_one_alert_alone_is_looked_for_in_what_its_rule_reads(code: str) -> None:
    rented = an_item(ownership=Ownership.RENTED, lessor="Loueur", lease_ends_on=date(2026, 12, 1))
    pressing = {
        "ends_on": date(2026, 11, 20),
        "recalled_on": date(2026, 11, 1),
        "basis": notified_until(date(2026, 11, 20)),
    }
    loans = [
        (a_loan_out(**pressing), UNSIGNED),
        (a_loan_out(ends_on=TODAY, basis=notified_until(date(2027, 2, 21))), UNSIGNED),
        (a_loan_out(ends_on=date(2028, 7, 7), basis=notified_until(date(2027, 5, 21))), SIGNED),
        (an_issued_loan(), SIGNED),
    ]
    seen = 0
    for loan, paper in loans:
        more: dict[str, Any] = {"items": [replace(rented, id=loan.items[0].item_id)], "policy": RenewalPolicy.YEARLY}
        whole = [alert for alert in alerts(loan, [paper], TODAY, **more) if alert.code == code]
        read = [paper] if code in OF_PAPERS else []
        assert list(alerts(loan, read, TODAY, codes={code}, **more)) == whole
        seen += len(whole)
    assert seen


def test_every_alert_has_its_few_words() -> None:
    source = Path(loan_alerts.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'code="(\w+)"|_aged\("(\w+)"', source))
    assert {one or other for one, other in codes} - set(BRIEF) == set()
