"""The history of an item in sentences, from the journal and from the loans that held it. Names no pupil."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from materiel.domain.circuit.condition.state import ConditionMoment
from materiel.domain.circuit.disposal.disposal import DisposalOutcome
from materiel.domain.circuit.workshop.licence import SeatEnd, UninstallWitness
from materiel.domain.circuit.workshop.repair import RepairOutcome
from materiel.domain.circuit.workshop.safety import SafetyTreatment
from materiel.domain.item.item import FIELDS, Condition, ItemStatus
from materiel.domain.language import states
from materiel.domain.language.french import enumeration, long_date
from materiel.domain.loan.loan import Loan, LoanItem, RemovalReason
from materiel.domain.loan.placement import Placement, placement_on
from materiel.domain.retention.retention import EliminatedLine


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event of an item: its civil date, its code, a French sentence, and the loan or the actor behind it."""

    on: date
    action: str
    sentence: str
    loan_id: UUID | None = None
    actor: str = ""


FIELD_NAMES = {each.name: each.label.lower() for each in FIELDS}


def told(on: date, action: str, details: Mapping[str, Any], *, actor: str) -> HistoryLine:
    """One entry of the journal about an item; `on` is its day, `details` what the entry keeps."""
    if action == "item.status_changed":
        before, after = ItemStatus(details["from"]).label, ItemStatus(details["to"]).label
        sentence = f"État passé de « {before} » à « {after} » : {details['reason']}"
    elif action == "item.registered":
        sentence = f"Entré à l'inventaire sous le numéro {details['inventory_number']}."
    elif action == "item.updated":
        named = [FIELD_NAMES[name] for name in details["fields"] if name in FIELD_NAMES]
        sentence = f"Fiche corrigée : {enumeration(named)}." if named else "Fiche corrigée."
    elif (of_act := _ACTS.get(action)) is not None:
        sentence = of_act(details)
    else:
        sentence = "Fiche modifiée."
    return HistoryLine(on, action, sentence, actor=actor)


def _prepared(details: Mapping[str, Any]) -> str:
    done = [
        text
        for name, text in (("erased", "données effacées"), ("uninstalled", "logiciel désinstallé"))
        if details.get(name)
    ]
    missing = enumeration(details.get("missing", ()))
    done.append(f"manque : {missing}" if missing else "aucun accessoire noté manquant")
    if details.get("unchecked"):
        done.append(f"pas coché : {enumeration(details['unchecked'])}")
    seen, becomes = Condition(details["condition"]).label.lower(), ItemStatus(details["to"]).label
    note = f" {details['note']}" if details.get("note") else ""
    on = long_date(date.fromisoformat(details["done_on"]))
    return f"Préparé le {on} : {', '.join(done)}, état {seen}. Nouvel état : « {becomes} ».{note}"


def _found(details: Mapping[str, Any]) -> str:
    before, after = ItemStatus(details["from"]).label, ItemStatus(details["to"]).label
    seen = Condition(details["condition"]).label.lower()
    on = long_date(date.fromisoformat(details["on"]))
    return f"Retrouvé le {on}, état {seen} : passé de « {before} » à « {after} ». {details['reason']}"


def _undone(details: Mapping[str, Any]) -> str:
    before, after = ItemStatus(details["from"]).label, ItemStatus(details["to"]).label
    return f"État « {before} » donné par erreur, revenu à « {after} » : {details['reason']}"


def _accessories(details: Mapping[str, Any]) -> str:
    kinds = (("found", "retrouvé"), ("replaced", "remplacé"), ("missing", "manquant"))
    told = [f"{called} : {enumeration(details[name])}" for name, called in kinds if details.get(name)]
    why = f" {details['reason']}" if details.get("reason") else ""
    return f"Accessoires, {' ; '.join(told)}.{why}"


def _label_replaced(_: Mapping[str, Any]) -> str:
    return "Étiquette remplacée : l'ancienne ne vaut plus."


def _transferred(_: Mapping[str, Any]) -> str:
    return "Transféré à un autre service gestionnaire : le numéro, l'étiquette et l'histoire suivent."


def _received(details: Mapping[str, Any]) -> str:
    return f"Reçu d'un autre service gestionnaire, sous le numéro {details['inventory_number']}."


def _disposed(details: Mapping[str, Any]) -> str:
    on, outcome = long_date(date.fromisoformat(details["on"])), DisposalOutcome(details["outcome"]).label
    return f"Sorti du parc le {on} : {outcome[:1].lower()}{outcome[1:]}. Son numéro ne sera plus donné."


def _safety_read(details: Mapping[str, Any]) -> str:
    if details.get("by_service"):
        return "Rappel de sécurité : qui l'a dit ne plus l'utiliser, de vive voix, par téléphone ou par lettre."
    return "Rappel de sécurité lu : qui l'a dit ne plus l'utiliser."


def _safety_treated(details: Mapping[str, Any]) -> str:
    done = SafetyTreatment(details["treatment"]).label.lower()
    return f"Rappel de sécurité, le {long_date(date.fromisoformat(details['on']))} : {done}."


def _repair_sent(details: Mapping[str, Any]) -> str:
    return f"Envoyé en réparation le {long_date(date.fromisoformat(details['on']))} : {details['fault']}."


def _repair_ended(details: Mapping[str, Any]) -> str:
    on, outcome = long_date(date.fromisoformat(details["on"])), RepairOutcome(details["outcome"]).label.lower()
    return f"Revenu de réparation le {on} : {outcome}."


def _repair_undone(details: Mapping[str, Any]) -> str:
    return f"Réparation notée par erreur, défaite : {details['reason']}"


def _repair_end_undone(details: Mapping[str, Any]) -> str:
    return f"Retour de réparation noté par erreur, défait : {details['reason']}"


def _repair_corrected(_: Mapping[str, Any]) -> str:
    return "Réparation corrigée."


def _condition_noted(details: Mapping[str, Any]) -> str:
    return f"État constaté le {_seen_state(details)}."


def _condition_corrected(details: Mapping[str, Any]) -> str:
    return f"État constaté corrigé, celui du {_seen_state(details)}."


def _seen_state(details: Mapping[str, Any]) -> str:
    """The day of a state, its moment, how many marks."""
    on, moment = long_date(date.fromisoformat(details["on"])), ConditionMoment(details["moment"]).label.lower()
    marks = details["marks"]
    told = "aucune marque" if not marks else "1 marque" if marks == 1 else f"{marks} marques"
    return f"{on} ({moment}) : {told}"


def _licence_taken(details: Mapping[str, Any]) -> str:
    return f"Logiciel installé le {long_date(date.fromisoformat(details['on']))} : {details['software']}."


def _licence_ended(details: Mapping[str, Any]) -> str:
    how, on = SeatEnd(details["end"]).label.lower(), long_date(date.fromisoformat(details["on"]))
    witness = UninstallWitness(details["witness"]).label.lower()
    return f"Logiciel {how} le {on} : {details['software']}. L'atteste : {witness}."


def _licence_kept(details: Mapping[str, Any]) -> str:
    return f"Logiciel laissé installé : {details['software']}."


_ACTS = {
    "item.condition_noted": _condition_noted,
    "item.condition_corrected": _condition_corrected,
    "item.licence_taken": _licence_taken,
    "item.licence_ended": _licence_ended,
    "item.licence_kept": _licence_kept,
    "item.transferred": _transferred,
    "item.received": _received,
    "item.disposed": _disposed,
    "item.repair_sent": _repair_sent,
    "item.repair_corrected": _repair_corrected,
    "item.repair_ended": _repair_ended,
    "item.repair_undone": _repair_undone,
    "item.repair_end_undone": _repair_end_undone,
    "item.safety_read": _safety_read,
    "item.safety_treated": _safety_treated,
    "item.label_replaced": _label_replaced,
    "item.prepared": _prepared,
    "item.found": _found,
    "item.status_undone": _undone,
    "item.accessories_noted": _accessories,
}


UNDONE = {
    "loan.hand_over_corrected": "Remise enregistrée par erreur, annulée : elle n'a pas eu lieu.",
    "loan.return_corrected": "Retour enregistré par erreur, annulé : il n'a pas eu lieu.",
}
"""What the lines of a loan no longer tell: an act taken back leaves them as before it."""


def undone_line(on: date, action: str, details: Mapping[str, Any], item_id: UUID, loan_id: UUID) -> HistoryLine | None:
    """An act on a loan taken back that day, when it was about this item; `details` as its entry keeps them."""
    if str(item_id) not in details.get("items", {}):
        return None
    return HistoryLine(on, action, UNDONE[action], loan_id=loan_id)


def loan_lines(loan: Loan, item_id: UUID, placements: Sequence[Placement] = ()) -> list[HistoryLine]:
    """What the lines of one loan say of one item: an item swapped out and in again has two.

    Each event is told where the loan was that day, and each move while it held the item is an event.
    """
    here = Placement(loan.school_uai, loan.custody, loan.starts_on)
    lines: list[HistoryLine] = []
    for line in loan.items:
        if line.item_id != item_id:
            continue
        first = placement_on(placements, line.added_on) or here
        # What was split off enters with the new loan; an amendment may bring in other items later.
        came = loan.split_from is not None and line.agreed_by is None and line.added_on == loan.starts_on
        began = "Suite par un autre prêt" if came else "Réservé pour un prêt"
        lines += _steps(line, f"{began} ({loan.usage.label.lower()}, {_place(first)}).", loan.id)
        gone = line.removed_on or line.returned_on
        moves = (each for each in placements if line.added_on < each.since and (gone is None or each.since <= gone))
        lines += [HistoryLine(each.since, "loan.moved", f"Déplacé : {_place(each)}.", loan.id) for each in moves]
    return sorted(lines, key=lambda each: each.on)


def _place(placement: Placement) -> str:
    return f"{placement.custody.label.lower()}, établissement {placement.school_uai}"


def eliminated_lines(line: EliminatedLine) -> list[HistoryLine]:
    """What remains of the life of an item in a loan eliminated since: where it was last, by kind and département."""
    kind = line.school_kind.label
    departement = line.departement.removeprefix("0")
    # Only the first letter goes down: a label may end with an acronym.
    place = f"{line.custody.label.lower()}, {kind[:1].lower()}{kind[1:]}, département {departement}"
    return _steps(line, f"Réservé pour un prêt éliminé depuis ({line.usage.label.lower()} ; en dernier lieu {place}).")


def entry_elsewhere(on: date, action: str, details: Mapping[str, Any], service_name: str) -> HistoryLine:
    """An entry of the service that had the item before: what was done, never the words that somebody typed there."""
    line = told(on, action, {**details, "reason": "", "note": ""}, actor="")
    return HistoryLine(on, action, _elsewhere(service_name, line.sentence))


def loan_lines_elsewhere(loan: Loan, item_id: UUID, service_name: str) -> list[HistoryLine]:
    """A loan by the service that had the item before: neither whose, nor where, nor which."""
    reserved = f"Réservé pour un prêt ({loan.usage.label.lower()})."
    lines = [step for line in loan.items if line.item_id == item_id for step in _steps(line, reserved)]
    return [HistoryLine(each.on, each.action, _elsewhere(service_name, each.sentence)) for each in lines]


def _elsewhere(service_name: str, sentence: str) -> str:
    return f"{service_name} : {sentence.rstrip(' :.')}."


_REMOVED: dict[RemovalReason | None, str] = {
    RemovalReason.LOST: f"{RemovalReason.LOST.label} : sorti du prêt.",
    RemovalReason.STOLEN: f"{RemovalReason.STOLEN.label} : sorti du prêt.",
    RemovalReason.BROKEN: "En panne ou cassé avant d'être remis : retiré du prêt.",
    RemovalReason.MOVED: "Passé à une autre garde : sorti de ce prêt pour un autre.",
}


def _steps(line: LoanItem | EliminatedLine, reserved: str, loan_id: UUID | None = None) -> list[HistoryLine]:
    steps: list[tuple[date | None, str, str]] = [
        (line.added_on, "loan.item_added", reserved),
        (line.handed_over_on, "loan.handed_over", f"{states.HANDED_OVER.label}{_condition(line.condition_out)}."),
        (line.returned_on, "loan.returned", f"{states.GIVEN_BACK.label}{_condition(line.condition_in)}."),
    ]
    removal = line.removal if isinstance(line, LoanItem) else None
    if isinstance(line, LoanItem) and line.withdrawn_on is not None:
        steps.append((line.withdrawn_on, "loan.item_withdrawn", "En panne ou cassé : sorti du prêt, à rapporter."))
    if line.removed_on is not None and line.returned_on is None:
        steps.append((line.removed_on, "loan.item_removed", _REMOVED.get(removal, "Retiré du prêt.")))
    return [HistoryLine(on, action, text, loan_id=loan_id) for on, action, text in steps if on is not None]


def _condition(condition: Condition | None) -> str:
    return f", état : {condition.label.lower()}" if condition else ""
