"""What a sheet awaits, by the concerns and in the order of the home page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.domain.cast import (
    TODAY,
    a_box,
    a_document,
    a_line,
    a_loan,
    a_loan_out,
    a_parent,
    a_pupil,
    an_id,
    an_issued_loan,
)

from materiel.domain.accounts.delays import Delays
from materiel.domain.desk.dashboard import ALERTS_OF, DUTIES, Concern, Weight
from materiel.domain.desk.due import DueAct, concerns_of, due_on_loan, in_order
from materiel.domain.loan.alerts import BRIEF, Alert, alerts
from materiel.domain.loan.loan import Loan, LoanStatus
from materiel.domain.papers.document import Document, DocumentKind, Party, Recipient, SignatureStatus, SignerKind
from materiel.domain.people.pupil import Capacity, Pupil

AGO = TODAY - timedelta(days=30)
OURS = replace(a_box(1), party=Party.MANAGING_SERVICE, name="Camille Durand")
THEIRS = replace(a_box(2), party=Party.BORROWER, name="Anne Exemple")


def due(loan: Loan, *documents: Document, pupil: Pupil | None = None, died: bool = False) -> tuple[DueAct, ...]:
    found = alerts(loan, documents, TODAY, pupil_died=died)
    return due_on_loan(loan, documents, found, pupil=pupil, today=TODAY)


def agreement(*boxes: Any, **changes: Any) -> Document:
    return a_document(DocumentKind.LOAN_AGREEMENT, *boxes, issued_on=AGO, **changes)


def test_nothing_waits_on_a_loan_that_runs() -> None:
    assert due(a_loan_out(), agreement(a_box(1, SignatureStatus.SIGNED))) == ()


def test_the_act_that_the_law_is_late_with_comes_first_and_names_who_is_missing_once() -> None:
    paper = agreement(OURS, THEIRS)
    (first,) = due(a_loan_out(a_line(handed_over_on=AGO)), paper)
    assert (first.concern, first.subjects) == (Concern.UNSIGNED, (paper.id,))
    assert first.detail.startswith("Remis sans convention signée depuis le")
    assert first.detail.endswith("Il manque Camille Durand et Anne Exemple.")
    assert first.weighs(TODAY, Delays()) is Weight.BAD


def test_our_signature_is_an_act_of_ours_and_that_of_others_is_theirs() -> None:
    ours, theirs = due(an_issued_loan(), agreement(OURS, THEIRS))
    assert (ours.concern, ours.duty.theirs) == (Concern.OWN_SIGNATURE, False)
    assert (theirs.concern, theirs.duty.theirs) == (Concern.SIGNATURE, True)
    assert "par Anne Exemple, depuis le" in theirs.detail
    assert "Camille Durand" not in theirs.detail
    assert (ours.weighs(TODAY, Delays()), theirs.weighs(TODAY, Delays())) == (Weight.CARE, Weight.CALM)


def test_several_papers_are_counted_and_dated_by_the_oldest() -> None:
    older = agreement(THEIRS)
    newer = a_document(DocumentKind.AMENDMENT, THEIRS, id=an_id(77), issued_on=TODAY)
    (theirs,) = due(an_issued_loan(), older, newer)
    assert theirs.detail.startswith("2 papiers par Anne Exemple, depuis le")
    assert (theirs.since, theirs.subjects) == (AGO, (older.id, newer.id))


def test_a_draft_waits_for_us() -> None:
    (draft,) = due(a_loan(a_line(added_on=AGO)))
    assert (draft.concern, draft.since, draft.detail) == (Concern.DRAFT, AGO, "Préparé il y a 30 jours.")


def test_a_term_that_is_past_may_be_taken_back_or_renewed() -> None:
    (past,) = due(a_loan_out(ends_on=AGO), agreement(a_box(1, SignatureStatus.SIGNED)))
    assert past.concerns == (Concern.RETURN, Concern.ENDING)


def test_a_notice_waits_until_it_is_sent() -> None:
    mayor = Recipient(id=an_id(5), party=Party.MAYOR, name="Le maire")
    notice = a_document(DocumentKind.NOTICE, issued_on=AGO, recipients=(mayor,))
    (waiting,) = due(a_loan_out(), agreement(a_box(1, SignatureStatus.SIGNED)), notice)
    assert (waiting.concern, waiting.subjects) == (Concern.NOTICE, (notice.id,))
    sent = replace(notice, recipients=(replace(mayor, sent_at=datetime(2026, 11, 20, tzinfo=UTC)),))
    assert due(a_loan_out(), agreement(a_box(1, SignatureStatus.SIGNED)), sent) == ()


def test_after_a_death_the_family_is_asked_nothing() -> None:
    late = a_pupil(died_on=TODAY)
    found = due(a_loan_out(), agreement(OURS, THEIRS), pupil=late, died=True)
    assert [each.concern for each in found] == [Concern.VOICE, Concern.OWN_SIGNATURE]


def test_a_pupil_of_age_is_written_to_once() -> None:
    adult = a_pupil(a_parent(1), birth_date=date(2008, 1, 15), email="")
    signed = agreement(a_box(1, SignatureStatus.SIGNED))
    (waiting,) = due(a_loan_out(), signed, pupil=adult)
    assert (waiting.concern, waiting.since) == (Concern.CAME_OF_AGE, date(2026, 1, 15))
    reachable = replace(adult, email="ilan@exemple.invalid")
    assert due(a_loan_out(), signed, pupil=reachable) == ()
    parents = agreement(replace(THEIRS, signer=SignerKind.REPRESENTATIVE, signer_id=adult.representatives[0].id))
    assert Concern.CAME_OF_AGE in [each.concern for each in due(an_issued_loan(), parents, pupil=reachable)]
    curator = replace(reachable, representatives=(a_parent(1, capacity=Capacity.CURATOR),))
    assert Concern.CAME_OF_AGE not in [each.concern for each in due(an_issued_loan(), parents, pupil=curator)]


def test_a_loan_that_is_over_still_awaits_the_signatures_of_its_receipts() -> None:
    receipt = a_document(DocumentKind.RETURN_RECEIPT, THEIRS, issued_on=AGO)
    (waiting,) = due(a_loan_out(status=LoanStatus.RETURNED), receipt)
    assert waiting.concern is Concern.SIGNATURE


@pytest.mark.parametrize("code", sorted(set(BRIEF) - {"signature_awaited"}))
def test_each_alert_has_its_act(code: str) -> None:
    concerns = concerns_of(Alert(code=code, detail="Une phrase."))
    assert concerns
    assert all(code in ALERTS_OF[each] for each in concerns) or code == "manual_return"


def test_acts_follow_the_order_of_the_duties() -> None:
    acts = [DueAct(concerns=(concern,), detail="Une phrase.") for concern in reversed(DUTIES)]
    assert [each.concern for each in in_order(acts)] == list(DUTIES)
    assert acts[0].weighs(TODAY, Delays()) is Weight.CALM
