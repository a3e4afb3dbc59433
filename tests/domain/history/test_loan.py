from __future__ import annotations

from datetime import UTC, datetime

from tests.domain.cast import a_document
from tests.domain.history.test_sentence import written_actions

from materiel.domain.history.loan import OF_DOCUMENT, STEPS, LoanEvent, in_order, told_of_document, told_of_loan

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


def test_every_act_on_a_loan_or_its_papers_is_told_by_its_name() -> None:
    """A reader of « Prêt modifié », or of a paper « modified », would believe that what was issued changed."""
    written = written_actions()
    told_apart = {"loan.created", "loan.taken_over", "loan.eliminated"}
    assert {each for each in written if each.startswith("loan.")} - STEPS.keys() == told_apart
    by_their_details = {"signed", "issued", "sent_for_signature", "signature_asked"}
    of_documents = {each for each in written if each.startswith("document.")}
    assert of_documents - OF_DOCUMENT.keys() == {f"document.{each}" for each in by_their_details}
    told = told_of_document(AT, "document.copy_sealed", {}, actor="", document=a_document())
    assert told is not None
    assert told.sentence == "Convention de prêt DSDEN35-2026-00001 : exemplaire signé scellé."
