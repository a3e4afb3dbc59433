from __future__ import annotations

from datetime import UTC, datetime

from materiel.domain.history.loan import LoanEvent, in_order, told_of_loan

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def sentence(action: str, **details: object) -> str:
    return told_of_loan(AT, action, details, actor="user:1").sentence


def test_a_preparation_counts_its_items() -> None:
    assert sentence("loan.created", items=["a"]) == "Prêt préparé : 1 matériel réservé."
    overridden = sentence("loan.created", items=["a", "b"], overridden=True)
    assert overridden == "Prêt préparé sur décision motivée d'un gestionnaire : 2 matériels réservés."


def test_a_step_tells_its_day_and_its_papers() -> None:
    told = sentence("loan.handed_over", effective_on="2026-12-01", documents=["N-1"])
    assert told == "Matériel remis, avec effet le 1er décembre 2026 ; document établi : N-1."


def test_a_move_tells_where() -> None:
    told = sentence("loan.school_changed", effective_on="2026-11-21", school="0350122T", custody="home")
    assert told == (
        "Changement d'établissement, avec effet le 21 novembre 2026, établissement 0350122T, ramené au domicile."
    )


def test_a_removal_tells_its_reason() -> None:
    told = sentence("loan.amended", removed={"a": {"reason": "stolen", "fault": "none"}})
    assert told == "Liste du matériel modifiée, retrait : volé."


def test_the_newest_event_comes_first() -> None:
    old, new = LoanEvent(AT, "a", ""), LoanEvent(AT.replace(hour=10), "b", "")
    assert in_order([old, None, new]) == [new, old]
