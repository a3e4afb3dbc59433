from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from materiel.domain.history.item import eliminated_lines, loan_lines, told
from materiel.domain.item.item import Condition
from materiel.domain.loan.loan import Loan, LoanItem, LoanStatus
from materiel.domain.loan.placement import Placement, placement_on
from materiel.domain.places.school import SchoolKind
from materiel.domain.retention.retention import EliminatedLine
from materiel.domain.usage import Custody, Usage

ITEM, OTHER = UUID(int=1), UUID(int=2)
DAY = date(2026, 9, 1)


def a_loan(*lines):
    return Loan(
        id=UUID(int=3),
        service_id=UUID(int=4),
        usage=Usage.INDIVIDUAL,
        custody=Custody.HOME,
        school_uai="0350122T",
        pupil_id=UUID(int=5),
        status=LoanStatus.RETURNED,
        starts_on=DAY,
        ends_on=None,
        purpose="Travail scolaire",
        items=lines,
        created_at=datetime(2026, 9, 1, tzinfo=UTC),
    )


def test_a_loan_tells_each_step_of_the_item_asked():
    line = LoanItem(
        item_id=ITEM,
        added_on=DAY,
        handed_over_on=date(2026, 9, 3),
        condition_out=Condition.NEW,
        returned_on=date(2027, 7, 1),
        condition_in=Condition.WORN,
        removed_on=date(2027, 7, 1),
    )
    lines = loan_lines(a_loan(line, LoanItem(item_id=OTHER, added_on=DAY)), ITEM)
    assert [(each.on, each.action) for each in lines] == [
        (DAY, "loan.item_added"),
        (date(2026, 9, 3), "loan.handed_over"),
        (date(2027, 7, 1), "loan.returned"),
    ]
    assert lines[2].sentence.replace("\u00a0", " ") == "Rendu, état : usure normale."
    assert {each.loan_id for each in lines} == {UUID(int=3)}


def test_what_happened_before_a_move_is_told_where_it_happened():
    line = LoanItem(item_id=ITEM, added_on=DAY, handed_over_on=DAY, returned_on=date(2027, 7, 1))
    moved = replace(a_loan(line), school_uai="0352958A", custody=Custody.SCHOOL)
    places = (
        Placement("0350122T", Custody.HOME, DAY),
        Placement("0352958A", Custody.SCHOOL, date(2027, 1, 5)),
        Placement("0352069J", Custody.SCHOOL, date(2027, 9, 1)),
    )
    told_then = [(each.on, each.sentence) for each in loan_lines(moved, ITEM, places)]
    assert told_then[0] == (
        DAY,
        "Réservé pour un prêt (usage individuel, ramené au domicile, établissement 0350122T).",
    )
    assert told_then[2] == (date(2027, 1, 5), "Déplacé : " + Custody.SCHOOL.label.lower() + ", établissement 0352958A.")
    assert "0352069J" not in str(told_then)


def test_a_place_is_that_of_the_day():
    places = (Placement("A", Custody.HOME, date(2026, 9, 1)), Placement("B", Custody.HOME, date(2026, 11, 1)))
    days = (date(2026, 8, 1), date(2026, 10, 31), date(2026, 11, 1))
    assert [placement_on(places, day).school_uai for day in days] == ["A", "A", "B"]
    assert placement_on((), date(2026, 9, 1)) is None


def test_an_item_taken_out_before_its_return_is_told():
    line = LoanItem(item_id=ITEM, added_on=DAY, removed_on=date(2026, 10, 1))
    assert [each.action for each in loan_lines(a_loan(line), ITEM)] == ["loan.item_added", "loan.item_removed"]


def test_an_entry_bears_its_day():
    entry = told(date(2026, 9, 2), "item.labelled", {}, actor="token:x")
    assert (entry.on, entry.sentence) == (date(2026, 9, 2), "Fiche modifiée.")


def test_an_eliminated_line_reads_as_french():
    line = EliminatedLine(
        usage=Usage.INDIVIDUAL,
        custody=Custody.HOME,
        school_kind=SchoolKind.EPLE,
        departement="035",
        added_on=DAY,
        handed_over_on=None,
        condition_out=None,
        returned_on=None,
        condition_in=None,
        removed_on=None,
    )
    sentence = eliminated_lines(line)[0].sentence
    assert "établissement public local d'enseignement (EPLE), département 35)" in sentence
