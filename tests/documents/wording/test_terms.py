"""The term of an agreement never contradicts itself: every policy, basis and date crossed, the words read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from tests.documents.cast import (
    HEAD,
    ISSUED_ON,
    LAPTOP,
    ONE_HOME,
    RENTED,
    SERVICE,
    a_loan,
    facts,
    lines_of,
)
from tests.documents.reading import body, composed

from materiel.documents.facts import Change, Facts
from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.language.french import MONTHS
from materiel.domain.loan.decision import basis_has_expired
from materiel.domain.loan.term import term_of
from materiel.domain.papers.document import DocumentKind
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.errors import RuleBroken

BEFORE, AFTER = ISSUED_ON - timedelta(days=40), ISSUED_ON + timedelta(days=700)
WITHIN = ISSUED_ON + timedelta(days=90)
BASES: tuple[Basis | None, ...] = (
    None,
    *(
        Basis(kind=kind, decided_on=date(2026, 3, 3), valid_until=until)
        for kind, until in product(
            (BasisKind.CDAPH, BasisKind.PAS, BasisKind.OTHER), (None, BEFORE, ISSUED_ON, WITHIN, AFTER)
        )
    ),
)
STARTS = (date(2026, 9, 1), ISSUED_ON, date(2026, 12, 1))
ENDS = (None, ISSUED_ON, WITHIN, date(2028, 2, 29), date(2045, 8, 31))
LEASES = (None, ISSUED_ON + timedelta(days=3), AFTER)
KINDS = (DocumentKind.LOAN_AGREEMENT, DocumentKind.TRIPARTITE_AGREEMENT)
REFUSED = {"loan.end_required", "loan.ends_before_start", "loan.lease_over"}


def agreements() -> Iterator[Facts]:
    """Every agreement that the rules allow, the reason of a manager given where the basis is over."""
    for kind, policy, basis, starts_on, asked, lease in product(KINDS, RenewalPolicy, BASES, STARTS, ENDS, LEASES):
        items = [replace(RENTED, lease_ends_on=lease) if lease else LAPTOP]
        try:
            term = term_of(
                usage=Usage.INDIVIDUAL, policy=policy, starts_on=starts_on, asked=asked, basis=basis, items=items
            )
        except RuleBroken as refusal:
            if refusal.code not in REFUSED:
                raise
            continue
        if term.ends_on is not None and term.ends_on < ISSUED_ON:
            continue  # Refused at issue: `loan.term_over`.
        at_school = kind is DocumentKind.TRIPARTITE_AGREEMENT
        custody = Custody.SCHOOL if at_school else Custody.HOME
        yield facts(
            kind,
            pupil=ONE_HOME,
            custodian=HEAD if at_school else None,
            service=replace(SERVICE, renewal_policy=policy),
            loan=a_loan(ONE_HOME, custody, basis, term.ends_on, starts_on=starts_on),
            items=lines_of(*items),
        )


def words(made: Facts) -> str:
    """The sentences on the duration and on the end, as they are read."""
    read = body(composed(made))
    found = re.findall(r"Article \d+ – (?:Durée|Fin du prêt)[^\n]*\n(.*?)(?=\nArticle |\Z)", read, re.DOTALL)
    assert len(found) == 2
    return "\n".join(found)


def days_in(text: str) -> list[date]:
    months = {name: number for number, name in enumerate(MONTHS, 1)}
    found = re.findall(rf"(\d+)(?:er)? ({'|'.join(months)}) (\d{{4}})", text)
    return [date(int(year), months[month], int(day)) for day, month, year in found]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_no_agreement_contradicts_its_term(kind: DocumentKind) -> None:
    read = 0
    for made in agreements():
        if made.kind is not kind:
            continue
        read += 1
        loan, text = made.loan, words(made)
        duration, _, events = text.partition("dès le premier de ces événements")
        over = basis_has_expired(loan.basis, max(made.first_day, made.issued_on))
        context = (loan.starts_on, loan.ends_on, loan.basis, made.service.renewal_policy, text)
        assert all(day >= made.issued_on for day in days_in(events)), ("an event already past", *context)
        assert ("provisoire" in duration) == over, ("provisional exactly when the decision is over", *context)
        assert ("la fin de validité" in events) == (
            loan.basis is not None and loan.basis.valid_until is not None and not over
        ), context
        assert ("la décision qui le fonde" in duration) <= (loan.basis is not None), (
            "a decision that is not",
            *context,
        )
        assert ("la date de fin" in events) == (loan.ends_on is not None), context
        assert ("prolongé" in duration or "au-delà" in duration) == (loan.ends_on is not None), context
        if loan.ends_on is not None:
            assert loan.ends_on in days_in(duration), context
            if not over and loan.basis is not None and loan.basis.valid_until is not None:
                assert loan.ends_on <= loan.basis.valid_until, context
    assert read > 200


@pytest.mark.parametrize("policy", RenewalPolicy, ids=str)
@pytest.mark.parametrize("new_end", [None, date(2028, 2, 29)])
@pytest.mark.parametrize("provisional", [False, True])
def test_no_renewal_contradicts_itself(policy: RenewalPolicy, new_end: date | None, provisional: bool) -> None:
    change = Change(
        effective_on=date(2027, 9, 1),
        old_ends_on=date(2027, 8, 31),
        new_ends_on=new_end,
        renewed=True,
        provisional=provisional,
    )
    service = replace(SERVICE, renewal_policy=policy)
    made = facts(DocumentKind.AMENDMENT, service=service, agreement_number="2026-2027/0040", change=change)
    read = body(composed(made))
    assert ("provisoire" in read) == provisional
    assert ("n'a plus de date de fin" in read) == (new_end is None)
    assert ("gardé après cette date" in read) == (new_end is not None)
    assert "déjà signée" not in composed(made).subtitle
