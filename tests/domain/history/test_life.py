"""The life of an item in stretches, newest first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.domain.cast import a_line, a_loan, a_loan_out, an_id

from materiel.domain.history.life import Spell, StatusChange, change_told, life_of, since_of
from materiel.domain.incident.incident import DeclaredAs, Incident, IncidentKind, IncidentState
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.language import states
from materiel.domain.language.states import Shape
from materiel.domain.loan.loan import Loan, RemovalReason
from materiel.domain.places.school import SchoolKind
from materiel.domain.retention.retention import EliminatedLine
from materiel.domain.usage import Custody, Usage

OUT, BACK, LATER = date(2026, 9, 3), date(2026, 10, 9), date(2026, 11, 20)
ITEM = a_line(1).item_id


def life(*loans: Loan, changes: tuple[StatusChange, ...] = (), **more: Any) -> tuple[Spell, ...]:
    return life_of(loans, more.pop("incidents", ()), changes, ITEM, **more)


def told(spell: Spell) -> tuple[date, date | None, str, Shape, str]:
    return spell.since, spell.until, spell.what.label, spell.what.shape, spell.seen


def an_incident(**changes: Any) -> Incident:
    return Incident(
        id=an_id(71),
        service_id=an_id(72),
        item_id=ITEM,
        loan_id=None,
        kind=IncidentKind.BREAKDOWN,
        description="Ne charge plus",
        happened_on=OUT,
        declared_by="account:1",
        declared_as=DeclaredAs.ACCOUNT,
        declared_at=datetime(2026, 9, 3, 9, tzinfo=UTC),
        **changes,
    )


def test_what_is_out_is_still_so_and_what_came_back_is_over() -> None:
    line = a_line(1, handed_over_on=OUT, condition_out=Condition.NEW)
    (still,) = life(a_loan_out(line))
    assert told(still) == (OUT, None, "Prêté", Shape.OUT, "Neuf à la remise")
    seen = replace(line, condition_in=Condition.WORN, missing_accessories=("Housse",))
    back = replace(seen, returned_on=BACK, removed_on=BACK)
    (over,) = life(a_loan_out(back))
    assert told(over)[:4] == (OUT, BACK, "Prêté", Shape.END)
    assert over.seen == "Neuf à la remise, usure normale au retour, manque : Housse"


def test_what_stays_at_school_is_deposited_and_what_never_left_was_reserved() -> None:
    (there,) = life(a_loan_out(a_line(1, handed_over_on=OUT), custody=Custody.SCHOOL))
    assert there.what == states.DEPOSITED
    (kept,) = life(a_loan(a_line(1, added_on=OUT)))
    assert (kept.what, kept.until) == (states.RESERVED, None)


def test_only_the_lines_of_the_item_are_told_with_why_they_ended() -> None:
    lost = a_line(1, handed_over_on=OUT, removed_on=BACK, removal=RemovalReason.LOST)
    (gone,) = life(a_loan_out(lost, a_line(2, handed_over_on=OUT)))
    assert (gone.until, gone.seen) == (BACK, "Perdu")


def test_an_incident_and_the_loan_that_it_was_told_under_stand_one_above_the_other() -> None:
    loan = a_loan_out(a_line(1, handed_over_on=OUT))
    open_one, closed = an_incident(), an_incident(state=IncidentState.CLOSED, resolution="Batterie changée")
    first, second = life(loan, incidents=((OUT, None, open_one),))
    assert (first.incident_id, second.loan_id) == (open_one.id, loan.id)
    assert (first.what, first.seen) == (states.TO_TREAT, "Panne : Ne charge plus")
    (over, _) = life(loan, incidents=((OUT, BACK, closed),))
    assert (over.until, over.what, over.seen) == (BACK, states.TREATED, "Panne : Batterie changée")


def test_a_state_given_by_hand_lasts_until_the_next_and_not_when_it_was_an_error() -> None:
    repair = StatusChange(on=OUT, status=ItemStatus.IN_REPAIR, why="Écran fêlé")
    mended = StatusChange(on=BACK, status=ItemStatus.IN_STOCK)
    assert [told(each) for each in life(changes=(repair, mended))] == [
        (OUT, BACK, "En réparation", Shape.END, "Écran fêlé")
    ]
    assert [each.until for each in life(changes=(repair,))] == [None]
    assert life(changes=(repair, replace(mended, undone=True))) == ()


def test_a_loan_eliminated_since_is_still_a_stretch_without_its_loan() -> None:
    line = EliminatedLine(
        usage=Usage.INDIVIDUAL,
        custody=Custody.HOME,
        school_kind=SchoolKind.EPLE,
        departement="035",
        added_on=OUT,
        handed_over_on=OUT,
        condition_out=None,
        returned_on=BACK,
        condition_in=None,
        removed_on=BACK,
    )
    (spell,) = life(eliminated=(line,))
    assert (spell.what.label, spell.loan_id) == ("Prêté", None)
    assert life(eliminated=(replace(line, added_on=None, handed_over_on=None),)) == ()


@pytest.mark.parametrize(
    ("action", "details", "expected"),
    [
        ("item.registered", {"inventory_number": "35-1"}, None),
        (
            "item.status_changed",
            {"from": "in_stock", "to": "lost", "reason": "Introuvable"},
            StatusChange(on=OUT, status=ItemStatus.LOST, why="Introuvable"),
        ),
        (
            "item.prepared",
            {"to": "in_repair", "condition": "damaged", "note": "Charnière"},
            StatusChange(on=OUT, status=ItemStatus.IN_REPAIR, why="Abîmé à la vérification. Charnière"),
        ),
        (
            "item.status_undone",
            {"from": "lost", "to": "in_stock", "reason": "Erreur"},
            StatusChange(on=OUT, status=ItemStatus.IN_STOCK, why="Erreur", undone=True),
        ),
    ],
)
def test_entries_of_the_journal_tell_the_state_that_they_gave(
    action: str, details: dict[str, Any], expected: StatusChange | None
) -> None:
    assert change_told(OUT, action, details) == expected


@pytest.mark.parametrize(
    ("status", "since"),
    [
        (ItemStatus.ON_LOAN, LATER),
        (ItemStatus.IN_REPAIR, BACK),
        (ItemStatus.TO_PREPARE, BACK),
        (ItemStatus.IN_STOCK, BACK),
        (ItemStatus.WRITTEN_OFF, None),
    ],
)
def test_a_state_has_lasted_since_what_gave_it(status: ItemStatus, since: date | None) -> None:
    over = a_loan_out(a_line(1, handed_over_on=OUT, returned_on=BACK, removed_on=BACK), id=an_id(61))
    still = a_loan_out(a_line(1, handed_over_on=LATER), id=an_id(62))
    changes = (StatusChange(on=BACK, status=ItemStatus.IN_REPAIR),)
    assert since_of(status, life(over, still, changes=changes), changes, date(2026, 1, 1)) == since


def test_an_item_that_nothing_happened_to_has_been_in_stock_since_it_was_registered() -> None:
    assert since_of(ItemStatus.IN_STOCK, (), (), OUT) == OUT
    assert since_of(ItemStatus.IN_STOCK, (), (), None) is None
