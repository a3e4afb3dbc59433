"""The steps of an end of life: data erased, decided, refused, withdrawn, done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.domain.circuit.disposal.test_proposal import HERE, ITEM, PROPOSED, WORTH
from tests.stage.refusals import refused

from materiel.domain.circuit.disposal.disposal import (
    Disposal,
    DisposalOutcome,
    DisposalPaper,
    DisposalState,
    ErasureAttested,
)
from materiel.domain.circuit.disposal.proposal import checked_proposal
from materiel.domain.circuit.disposal.steps import (
    attested,
    check_paper_awaited,
    decided,
    done,
    left,
    withdrawn,
)
from materiel.domain.circuit.disposal.steps import refused as not_decided
from materiel.domain.item.item import ItemStatus
from materiel.errors import Conflict, RuleBroken

TODAY = date(2026, 9, 7)
GIVEN = checked_proposal(PROPOSED, [HERE], [WORTH])
ERASED = ErasureAttested(erased_on=TODAY, erased_by=" Le service ", erased_how="Effacement complet")
BOTH = (DisposalPaper.ACT, DisposalPaper.COMMITMENT)


def a_decision(disposal: Disposal = GIVEN) -> Disposal:
    return decided(attested(disposal, ERASED, TODAY), name="Odile Vauquelin", title="secrétaire générale", today=TODAY)


def test_nothing_that_holds_data_is_decided_before_somebody_says_how_they_were_erased() -> None:
    with refused(RuleBroken, "disposal.not_erased"):
        decided(GIVEN, name="Odile", title="secrétaire générale", today=TODAY)
    done_so = attested(GIVEN, ERASED, TODAY)
    assert (done_so.erased_on, done_so.erased_by, done_so.erased_how) == (TODAY, "Le service", "Effacement complet")
    decision = a_decision()
    assert (decision.state, decision.decided_on, decision.decided_name) == (
        DisposalState.DECIDED,
        TODAY,
        "Odile Vauquelin",
    )
    for said in (
        replace(ERASED, erased_on=TODAY + timedelta(days=1)),
        replace(ERASED, erased_by=""),
        replace(ERASED, erased_how=" "),
    ):
        with refused(RuleBroken, "disposal.invalid"):
            attested(GIVEN, said, TODAY)
    with refused(Conflict, "disposal.already_decided"):
        attested(decision, ERASED, TODAY)


def test_it_is_decided_once_or_refused_with_a_reason() -> None:
    with refused(Conflict, "disposal.already_decided"):
        decided(a_decision(), name="Odile", title="secrétaire générale", today=TODAY)
    with refused(RuleBroken, "disposal.invalid"):
        not_decided(GIVEN, " ")
    no = not_decided(GIVEN, "Encore utile")
    assert (no.state, no.answer_reason) == (DisposalState.REFUSED, "Encore utile")
    with refused(Conflict, "disposal.over"):
        decided(no, name="Odile", title="secrétaire générale", today=TODAY)
    with refused(Conflict, "disposal.already_decided"):
        not_decided(a_decision(), "Trop tard")


def test_it_is_taken_back_until_it_is_done() -> None:
    for known in (GIVEN, a_decision()):
        assert withdrawn(known, "Erreur").state is DisposalState.WITHDRAWN
    left_already = done(a_decision(), on=TODAY, labels_off=True, reference="", papers=BOTH, today=TODAY)
    with refused(Conflict, "disposal.over"):
        withdrawn(left_already, "Erreur")


def test_it_is_done_once_decided_signed_and_without_its_labels() -> None:
    with refused(Conflict, "disposal.not_decided"):
        done(GIVEN, on=TODAY, labels_off=True, reference="", papers=BOTH, today=TODAY)
    with refused(RuleBroken, "disposal.labels_kept"):
        done(a_decision(), on=TODAY, labels_off=False, reference="", papers=BOTH, today=TODAY)
    for on in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with refused(RuleBroken, "disposal.invalid"):
            done(a_decision(), on=on, labels_off=True, reference="", papers=BOTH, today=TODAY)
    finished = done(a_decision(), on=TODAY, labels_off=True, reference=" B 42 ", papers=BOTH, today=TODAY)
    assert (finished.state, finished.done_on, finished.reference, finished.is_open) == (
        DisposalState.DONE,
        TODAY,
        "B 42",
        False,
    )


@pytest.mark.parametrize(
    ("outcome", "lacks"),
    [
        (DisposalOutcome.DOMAINE, "acte signé"),
        (DisposalOutcome.STAFF, "acte signé"),
        (DisposalOutcome.ASSOCIATION, "acte signé et engagement de l'association"),
        (DisposalOutcome.DESTRUCTION, "acte signé et certificat de reprise"),
    ],
)
def test_each_outcome_has_its_papers(outcome: DisposalOutcome, lacks: str) -> None:
    decision = a_decision(replace(GIVEN, outcome=outcome))
    with pytest.raises(RuleBroken, match=f"Il manque : {lacks}") as refusal:
        done(decision, on=TODAY, labels_off=True, reference="", papers=(), today=TODAY)
    assert refusal.value.code == "disposal.paper_missing"
    for paper in DisposalPaper:
        if paper in decision.rule.papers:
            check_paper_awaited(decision, paper)
        else:
            with refused(Conflict, "disposal.paper_not_awaited"):
                check_paper_awaited(decision, paper)
    with refused(Conflict, "disposal.not_decided"):
        check_paper_awaited(GIVEN, DisposalPaper.ACT)


def test_what_left_keeps_its_number_and_is_nowhere() -> None:
    gone = left(ITEM)
    assert (gone.status, gone.storage_place, gone.inventory_number) == (
        ItemStatus.WRITTEN_OFF,
        "",
        ITEM.inventory_number,
    )
