"""Papers, fault, closing and reopening of an incident (E25, E26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.domain.cast import a_loan
from tests.domain.incident.test_incident import an_incident
from tests.stage.refusals import refused

from materiel.domain.incident.incident import Incident, IncidentKind, IncidentPaper, IncidentState
from materiel.domain.incident.treatment import (
    AFTER_TERM,
    BORROWER_ANSWERS,
    CONDITION_OF,
    DEPOSITARY,
    REMOVAL_OF,
    WEAR,
    cautions_of,
    checked_note,
    closed,
    missing_papers,
    needs_finding,
    reopened,
    with_finding,
    with_papers,
)
from materiel.domain.item.item import ItemStatus
from materiel.domain.loan.changes import FAULT_TO_FIND, STATE_REPLACES
from materiel.domain.loan.loan import RemovalReason
from materiel.domain.loan.plan import Fault
from materiel.domain.usage import Custody
from materiel.errors import Conflict, RuleBroken

NOW = datetime(2026, 9, 8, 9, tzinfo=UTC)
TODAY = date(2026, 9, 8)
STATEMENT, COMPLAINT, INSURANCE = IncidentPaper


def of_kind(kind: IncidentKind, **changes: object) -> Incident:
    return an_incident(kind=kind, **changes)


def found(kind: IncidentKind, fault: Fault = Fault.NONE) -> Incident:
    return with_finding(of_kind(kind), fault=fault, reason="Effraction", now=NOW)


@pytest.mark.parametrize(
    ("kind", "papers"),
    [
        (IncidentKind.THEFT, (STATEMENT, COMPLAINT, INSURANCE)),
        (IncidentKind.LOSS, (STATEMENT, INSURANCE)),
        (IncidentKind.DAMAGE, ()),
        (IncidentKind.BREAKDOWN, ()),
        (IncidentKind.ABSENCE, ()),
        (IncidentKind.RETURN_WISH, ()),
    ],
)
def test_each_kind_waits_for_its_papers(kind: IncidentKind, papers: tuple[IncidentPaper, ...]) -> None:
    assert missing_papers(of_kind(kind)) == papers


def test_papers_are_received_one_after_the_other_and_may_be_taken_back() -> None:
    theft = with_papers(of_kind(IncidentKind.THEFT), {COMPLAINT: TODAY, STATEMENT: date(2026, 9, 1)}, today=TODAY)
    assert (list(theft.papers), missing_papers(theft)) == ([STATEMENT, COMPLAINT], (INSURANCE,))
    assert missing_papers(with_papers(theft, {}, today=TODAY)) == (STATEMENT, COMPLAINT, INSURANCE)


def test_a_paper_is_not_received_tomorrow() -> None:
    tomorrow = date(2026, 9, 9)
    with refused(RuleBroken, "incident.invalid") as refusal:
        with_papers(of_kind(IncidentKind.LOSS), {STATEMENT: tomorrow, INSURANCE: tomorrow}, today=TODAY)
    assert [fault.pointer for fault in refusal.value.errors] == ["/papers/statement", "/papers/insurance"]


def test_deciding_needs_an_answer_and_a_reason() -> None:
    with refused(RuleBroken, "incident.invalid") as refusal:
        with_finding(of_kind(IncidentKind.THEFT), fault=Fault.UNDECIDED, reason=" ", now=NOW)
    assert [fault.pointer for fault in refusal.value.errors] == ["/fault", "/reason"]
    done = found(IncidentKind.THEFT)
    assert (done.fault, done.fault_reason, done.decided_at) == (Fault.NONE, "Effraction", NOW)


@pytest.mark.parametrize("kind", IncidentKind)
@pytest.mark.parametrize("status", ItemStatus)
def test_a_loss_a_theft_and_a_damage_are_not_closed_without_a_decision(kind: IncidentKind, status: ItemStatus) -> None:
    mandatory = kind in {IncidentKind.LOSS, IncidentKind.THEFT, IncidentKind.DAMAGE}
    gone = status in {ItemStatus.LOST, ItemStatus.STOLEN}
    assert needs_finding(of_kind(kind), status) is (mandatory or gone)
    if mandatory or gone:
        with refused(RuleBroken, "incident.fault_undecided"):
            closed(of_kind(kind), resolution="Remplacé.", item_status=status, now=NOW)
    for fault in (Fault.NONE, Fault.USER):
        done = closed(found(kind, fault), resolution=" Remplacé. ", item_status=status, now=NOW)
        assert (done.state, done.resolution, done.closed_at) == (IncidentState.CLOSED, "Remplacé.", NOW)


def test_closing_says_what_was_decided_once() -> None:
    done = closed(an_incident(), resolution="Écran changé.", item_status=ItemStatus.IN_STOCK, now=NOW)
    with refused(RuleBroken, "incident.invalid"):
        closed(an_incident(), resolution=" ", item_status=ItemStatus.IN_STOCK, now=NOW)
    for again in (
        lambda: closed(done, resolution="Encore", item_status=ItemStatus.IN_STOCK, now=NOW),
        lambda: with_finding(done, fault=Fault.NONE, reason="Usure", now=NOW),
        lambda: with_papers(done, {}, today=TODAY),
    ):
        with refused(Conflict, "incident.already_closed"):
            again()


def test_what_is_opened_again_keeps_its_decision_and_loses_its_answer() -> None:
    done = closed(found(IncidentKind.LOSS), resolution="Remplacé.", item_status=ItemStatus.LOST, now=NOW)
    again, reason = reopened(done, reason="  Retrouvé   depuis ")
    assert (again, reason) == (found(IncidentKind.LOSS), "Retrouvé depuis")
    with refused(Conflict, "incident.already_open"):
        reopened(again, reason="Encore")
    with refused(RuleBroken, "incident.invalid"):
        reopened(done, reason="")


def test_what_to_bear_in_mind_before_deciding() -> None:
    loan = a_loan(ends_on=date(2026, 9, 6))
    late, in_time = {"happened_on": date(2026, 9, 7)}, {"happened_on": date(2026, 9, 6)}

    def told(incident: Incident, custody: Custody = Custody.HOME) -> tuple[object, ...]:
        return cautions_of(incident, loan=replace(loan, custody=custody), item_status=ItemStatus.ON_LOAN)

    assert told(of_kind(IncidentKind.LOSS, **in_time)) == (FAULT_TO_FIND,)
    assert told(of_kind(IncidentKind.LOSS, **late)) == (FAULT_TO_FIND, AFTER_TERM)
    assert told(of_kind(IncidentKind.DAMAGE), Custody.SCHOOL) == (FAULT_TO_FIND, WEAR, DEPOSITARY)
    assert told(of_kind(IncidentKind.BREAKDOWN)) == (WEAR,)
    assert told(of_kind(IncidentKind.RETURN_WISH), Custody.SCHOOL) == ()
    stolen = of_kind(IncidentKind.THEFT, **late)
    assert cautions_of(stolen, loan=None, item_status=ItemStatus.STOLEN) == (FAULT_TO_FIND,)


def test_what_a_decision_entails() -> None:
    for fault, caution in ((Fault.NONE, STATE_REPLACES), (Fault.USER, BORROWER_ANSWERS)):
        assert cautions_of(found(IncidentKind.THEFT, fault), loan=None, item_status=ItemStatus.LOST) == (caution,)


def test_an_amendment_is_filled_in_the_words_of_the_loan() -> None:
    assert set(REMOVAL_OF) == set(IncidentKind)
    assert REMOVAL_OF[IncidentKind.ABSENCE] is RemovalReason.LOST
    assert set(CONDITION_OF) == {kind for kind, reason in REMOVAL_OF.items() if reason is RemovalReason.BROKEN}


def test_a_note_says_something() -> None:
    assert checked_note("  Devis   demandé ") == "Devis demandé"
    for text in (" ", "x" * 2001):
        with refused(RuleBroken, "incident.invalid") as refusal:
            checked_note(text)
        assert [fault.pointer for fault in refusal.value.errors] == ["/text"]
