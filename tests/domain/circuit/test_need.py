"""What a need is: its words, its dates, how far it has come, and what of the stock would do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.circuit.fitting import sought_by
from materiel.domain.circuit.need import (
    Need,
    NeedKind,
    NeedStage,
    NeedState,
    check_takes,
    check_written_once,
    checked_need,
    closed,
    ordered,
    received,
    speaks_of_health,
    taken_back,
)
from materiel.domain.item.family import ItemFamily
from materiel.domain.usage import Basis, BasisKind
from materiel.errors import Conflict, RuleBroken

TODAY = date(2026, 9, 7)
PUPIL, LOAN = UUID(int=7), UUID(int=8)
NEED = Need(
    id=UUID(int=1),
    service_id=UUID(int=2),
    pupil_id=PUPIL,
    wording="Ordinateur avec logiciel de synthèse vocale",
    notified_on=date(2026, 6, 1),
    valid_until=date(2028, 8, 31),
    basis=Basis(kind=BasisKind.CDAPH),
    created_at=datetime(2026, 6, 2, tzinfo=UTC),
)
TRIAL = replace(NEED, kind=NeedKind.TRIAL, basis=Basis(kind=BasisKind.PAS), valid_until=TODAY + timedelta(days=60))


def pointers(error: RuleBroken) -> list[str]:
    return [each.pointer for each in error.errors]


def test_the_words_of_the_decision_are_kept_and_cleaned() -> None:
    assert checked_need(replace(NEED, wording="  Plage   braille "), TODAY).wording == "Plage braille"


def test_a_need_is_the_same_by_its_pupil_kind_day_and_words_whatever_their_case_and_accents() -> None:
    again = replace(NEED, id=UUID(int=3), wording="ORDINATEUR avec  logiciel de synthese vocale", valid_until=None)
    assert again.key == NEED.key
    others = (
        replace(NEED, pupil_id=LOAN),
        replace(NEED, kind=NeedKind.TRIAL),
        replace(NEED, notified_on=TODAY),
        replace(NEED, wording="Ordinateur"),
    )
    assert len({each.key for each in (NEED, *others)}) == 5


def test_words_that_name_equipment_do_not_speak_of_health() -> None:
    for named in (
        "Clavier braille, logiciel de synthèse vocale",
        "Bras articulé pour tablette",
        "Siège et bureau réglables",
    ):
        assert not speaks_of_health(named)
    for told in (
        "Clavier pour élève dyspraxique",
        "Hospitalisée",
        "suites d'une dépression",
        "épilepsie",
        "hémiplégie",
    ):
        assert speaks_of_health(told)


@pytest.mark.parametrize(
    ("need", "at_fault"),
    [
        (replace(NEED, wording=" "), ["/wording"]),
        (replace(NEED, wording="x" * 301), ["/wording"]),
        (replace(NEED, notified_on=TODAY + timedelta(days=1)), ["/notified_on", "/valid_until"][:1]),
        (replace(NEED, valid_until=NEED.notified_on - timedelta(days=1)), ["/valid_until"]),
        (replace(TRIAL, valid_until=None), ["/valid_until"]),
        (replace(TRIAL, valid_until=TODAY + timedelta(days=400)), ["/valid_until"]),
        (replace(NEED, category="x" * 61), ["/category"]),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(need: Need, at_fault: list[str]) -> None:
    with refused(RuleBroken, "need.invalid") as refusal:
        checked_need(need, TODAY)
    assert pointers(refusal.value) == at_fault


def test_a_plan_of_the_school_decides_no_loan() -> None:
    with refused(RuleBroken, "need.pap_only"):
        checked_need(replace(NEED, basis=Basis(kind=BasisKind.PAP)), TODAY)


def test_words_on_health_are_refused() -> None:
    with refused(RuleBroken, "need.health_words"):
        checked_need(replace(NEED, wording="Ordinateur pour un élève handicapé"), TODAY)


def test_the_wait_is_counted_from_the_notification() -> None:
    assert NEED.waiting_days(TODAY) == 98
    met = replace(NEED, state=NeedState.MET, met_on=date(2026, 6, 11))
    assert met.waiting_days(TODAY) == 10


def test_a_decision_that_ended_is_told_while_somebody_waits() -> None:
    assert NEED.valid_until is not None
    assert not NEED.is_over(NEED.valid_until)
    after = NEED.valid_until + timedelta(days=1)
    assert NEED.is_over(after)
    assert not closed(NEED, "Échue", TODAY).is_over(after)


def test_how_far_a_need_has_come() -> None:
    assert NEED.stage is NeedStage.TO_FIND
    sent_for = ordered(NEED, "BC-2026-14", None, TODAY)
    assert sent_for.stage is NeedStage.ORDERED
    came = received(sent_for, TODAY, TODAY)
    assert came.stage is NeedStage.RECEIVED
    assert replace(came, loan_id=LOAN).stage is NeedStage.PREPARED
    assert closed(came, "Déménagement", TODAY).stage is NeedStage.CLOSED


def test_an_order_has_its_reference_and_comes_after_the_notification() -> None:
    with refused(RuleBroken, "need.invalid") as refusal:
        ordered(NEED, " ", date(2026, 5, 1), TODAY)
    assert pointers(refusal.value) == ["/order_reference", "/expected_on"]
    with refused(RuleBroken, "need.invalid") as refusal:
        received(NEED, TODAY + timedelta(days=1), TODAY)
    assert pointers(refusal.value) == ["/received_on"]


def test_what_is_over_or_prepared_is_left_alone() -> None:
    over = closed(NEED, "Sans objet", TODAY)
    for act in (lambda: ordered(over, "BC", None, TODAY), lambda: received(over, TODAY, TODAY)):
        with refused(Conflict, "need.over"):
            act()
    with refused(Conflict, "need.loan_prepared"):
        closed(replace(NEED, loan_id=LOAN), "Sans objet", TODAY)
    with refused(RuleBroken, "need.invalid"):
        closed(NEED, "  ", TODAY)


def test_a_loan_meets_the_need_of_its_own_borrower_once() -> None:
    check_takes(NEED, PUPIL)
    with refused(RuleBroken, "need.other_pupil"):
        check_takes(NEED, UUID(int=99))
    with refused(RuleBroken, "need.other_pupil"):
        check_takes(NEED, None)
    with refused(Conflict, "need.loan_prepared"):
        check_takes(replace(NEED, loan_id=LOAN), PUPIL)


COMPUTER, ACCESSORY, OTHER = ItemFamily.COMPUTER, ItemFamily.COMPUTER_ACCESSORY, ItemFamily.OTHER


@pytest.mark.parametrize(
    ("wording", "family", "category", "item", "fits"),
    [
        ("Ordinateur avec synthèse vocale", None, "", (COMPUTER, "", "Portable 14 pouces"), True),
        ("Ordinateur avec synthèse vocale", None, "", (ACCESSORY, "", "Souris verticale"), False),
        ("Plage braille, 40 cellules", None, "", (ACCESSORY, "", "Plage braille Focus 40"), True),
        ("Plage braille, 40 cellules", None, "", (ACCESSORY, "", "Clavier à guide-doigts"), False),
        ("Émetteurs-récepteurs HF", None, "", (OTHER, "", "Émetteur HF et son récepteur"), True),
        ("Siège et bureau réglables", None, "", (OTHER, "", "Loupe électronique"), False),
        ("Loupe", COMPUTER, "", (COMPUTER, "", "Portable"), True),
        ("Loupe", None, "Plage Braille", (ACCESSORY, "plage braille", "Focus 40"), True),
        ("Ordinateur portable", None, "", (OTHER, "", "Ordinateur de bureau"), True),
        ("Plage braille", None, "Tablette", (ACCESSORY, "plage braille", "Focus 40"), False),
    ],
)
def test_what_would_do(
    wording: str, family: ItemFamily | None, category: str, item: tuple[ItemFamily, str, str], fits: bool
) -> None:
    sought = sought_by(replace(NEED, wording=wording, family=family, category=category))
    assert sought.fits(*item) is fits


def test_a_need_that_still_waits_is_not_written_down_twice() -> None:
    again = replace(NEED, id=UUID(int=3), wording="ORDINATEUR avec  logiciel de synthese vocale")
    for waiting in (NEED, replace(NEED, state=NeedState.ASKED), replace(NEED, loan_id=LOAN)):
        with refused(Conflict, "need.already_written") as refusal:
            check_written_once(again, [waiting])
        assert refusal.value.facts == {"need": str(NEED.id)}
    check_written_once(NEED, [NEED])
    check_written_once(again, [closed(NEED, "Sans objet", TODAY), replace(NEED, state=NeedState.MET, met_on=TODAY)])
    check_written_once(replace(again, wording="Deux ordinateurs"), [NEED])


def test_the_reason_of_a_closing_is_not_about_health() -> None:
    with refused(RuleBroken, "need.health_words") as refusal:
        closed(NEED, "Élève hospitalisé pour une dépression", TODAY)
    assert pointers(refusal.value) == ["/reason"]


def test_what_was_noted_by_mistake_is_taken_back_step_by_step() -> None:
    came = received(ordered(NEED, "BC-2026-14", TODAY, TODAY), TODAY, TODAY)
    sent_for = taken_back(came)
    assert (sent_for.stage, sent_for.order_reference, sent_for.expected_on) == (NeedStage.ORDERED, "BC-2026-14", TODAY)
    assert taken_back(sent_for) == NEED
    assert taken_back(received(NEED, TODAY, TODAY)) == NEED
    with refused(Conflict, "need.nothing_noted"):
        taken_back(NEED)
    with refused(Conflict, "need.over"):
        taken_back(closed(came, "Sans objet", TODAY))


def test_where_a_thing_stands_is_not_what_it_is() -> None:
    desk = sought_by(replace(NEED, wording="Siège et bureau réglables"))
    assert desk.fits(ItemFamily.OTHER, "", "Bureau à hauteur variable")
    assert not desk.fits(ItemFamily.OTHER, "", "Loupe électronique de bureau")
    assert sought_by(replace(NEED, wording="Loupe")).fits(ItemFamily.OTHER, "", "Loupe électronique de bureau")


def test_what_was_handed_over_before_its_decision_was_not_waited_for() -> None:
    early = replace(NEED, state=NeedState.MET, met_on=NEED.notified_on - timedelta(days=6))
    assert early.waiting_days(TODAY) == 0
