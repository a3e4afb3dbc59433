"""The history of a loan in sentences, from the journal. Names nobody: a signatory is told by the document's own box."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from materiel.domain.language.french import enumeration, long_date
from materiel.domain.loan.loan import RemovalReason
from materiel.domain.papers.document import Document, SignatureChannel
from materiel.domain.usage import Custody


@dataclass(frozen=True, slots=True)
class LoanEvent:
    """One event: its instant, its French sentence and who did it, as the journal keeps it."""

    at: datetime
    sentence: str
    actor: str


STEPS = {
    "loan.issued": "Documents émis",
    "loan.old_paper_filed": "Numérisation de l'ancien papier jointe",
    "loan.take_over_undone": "Reprise enregistrée par erreur, annulée",
    "loan.handed_over": "Matériel remis",
    "loan.returned": "Matériel rendu, le prêt est terminé",
    "loan.partly_returned": "Une partie du matériel est revenue",
    "loan.cancelled": "Prêt annulé",
    "loan.recalled": "Retour demandé",
    "loan.recall_corrected": "Demande de retour retirée",
    "loan.hand_over_corrected": "Remise enregistrée par erreur, annulée",
    "loan.return_corrected": "Retour enregistré par erreur, annulé",
    "loan.condition_remark_said": "Remarque de la famille sur l'état d'un matériel",
    "loan.condition_remark_read": "Remarque de la famille lue",
    "loan.letters_printed": "Lettres imprimées pour la poste",
    "loan.safety_told": "Rappel de sécurité annoncé à qui détient le matériel",
    "loan.paused": "Messages automatiques en pause",
    "loan.pause_lifted": "Pause des messages levée",
    "loan.licence_taken": "Licence d'un logiciel prêtée avec le matériel",
    "loan.licence_ended": "Désinstallation d'un logiciel attestée",
    "loan.held": "Prêt retenu : il ne s'élimine pas",
    "loan.hold_lifted": "Retenue levée",
    "use.noted": "Usage du matériel noté",
    "use.withdrawn": "Usage noté par erreur, retiré",
    "use.settled": "Suite donnée à un matériel noté sans usage",
    "loan.closed": "Prêt clos",
    "loan.renewed": "Prêt renouvelé",
    "loan.amended": "Liste du matériel modifiée",
    "loan.school_changed": "Changement d'établissement",
    "loan.custody_changed": "Changement du lieu de garde",
    "loan.transferred": "Prêt passé à un autre service gestionnaire, avec son matériel",
    "loan.received": "Prêt reçu d'un autre service gestionnaire, avec son matériel",
    "loan.split": "Une partie du matériel passe à une autre garde, dans un autre prêt",
    "loan.made_by_split": "Prêt établi pour une partie du matériel d'un autre prêt, qui change de garde",
}


def told_of_loan(at: datetime, action: str, details: Mapping[str, Any], *, actor: str) -> LoanEvent:
    """One entry of the journal about a loan; `details` is what the entry keeps."""
    if action == "loan.created":
        number = len(details["items"])
        what = "1 matériel réservé" if number == 1 else f"{number} matériels réservés"
        overridden = " sur décision motivée d'un gestionnaire" if details.get("overridden") else ""
        return LoanEvent(at, f"Prêt préparé{overridden} : {what}.", actor)
    if action == "loan.taken_over":
        since = long_date(date.fromisoformat(details["handed_over_on"]))
        number = len(details["items"])
        what = f"1 matériel remis le {since}" if number == 1 else f"{number} matériels remis le {since}"
        without = ", sans convention signée" if details.get("unsigned") else ""
        return LoanEvent(at, f"Prêt repris : {what}{without}.", actor)
    parts = [STEPS.get(action, "Prêt modifié")]
    if effective := details.get("effective_on"):
        parts.append(f"avec effet le {long_date(date.fromisoformat(effective))}")
    if school := details.get("school"):
        parts.append(f"établissement {school}, {Custody(details['custody']).label.lower()}")
    if (removed := details.get("removed")) and action != "loan.split":
        reasons = {RemovalReason(each["reason"]).label.lower() for each in removed.values()}
        parts.append(f"retrait : {enumeration(sorted(reasons))}")
    sentence = ", ".join(parts)
    told_of = (
        ("documents", "document établi", "documents établis"),
        ("voided", "document annulé", "documents annulés"),
        ("restored", "document de nouveau en vigueur", "documents de nouveau en vigueur"),
    )
    for key, one, several in told_of:
        if numbers := details.get(key):
            sentence = f"{sentence} ; {one if len(numbers) == 1 else several} : {enumeration(numbers)}"
    return LoanEvent(at, f"{sentence}.", actor)


OF_DOCUMENT = {
    "document.sent": "envoi au destinataire noté",
    "document.acknowledged": "lu par son destinataire",
    "document.remarks_read": "remarques lues",
    "document.scan_filed": "numérisation du papier signé classée",
    "document.sent_back": "renvoyé au service par le signataire de l'État",
    "document.back_to_sign": "remis au parapheur",
    "document.copy_sealed": "exemplaire signé scellé",
}
"""What is told of a document by its action alone. What is issued never changes, so there is nothing else to say."""


def told_of_document(
    at: datetime, action: str, details: Mapping[str, Any], *, actor: str, document: Document
) -> LoanEvent | None:
    """One entry of the journal about a document of the loan; None for what the loan's own entry tells."""
    named = f"{document.kind.label} {document.number}"
    match action:
        case "document.signed":
            by, on = _by_and_on(document, details)
            channel = SignatureChannel(details["channel"]).label.lower()
            sentence = f"{named} : signature{by} le {on} ({channel})."
        case "document.signature_asked":
            whose = _by(document, details).replace(" par ", " de ")
            by_link = {"link": "par un lien", "sms": "par un lien, avec un code par SMS"}
            how = by_link.get(details["channel"]) or SignatureChannel(details["channel"]).label.lower()
            sentence = f"{named} : signature{whose} demandée {how}."
        case "document.signature_corrected":
            by, on = _by_and_on(document, details)
            sentence = f"{named} : signature{by} le {on}, enregistrée par erreur, retirée."
            if numbers := details.get("restored"):
                sentence = f"{sentence.removesuffix('.')} ; de nouveau en vigueur : {enumeration(numbers)}."
        case "document.sent_for_signature":
            letters = int(details.get("letters", 0))
            sentence = f"{named} : envoi pour signature ({letters} message{'s' if letters > 1 else ''})."
        case "document.issued" | "document.hand_over_corrected" | "document.return_corrected":
            return None
        case _:
            if (told := OF_DOCUMENT.get(action)) is None:
                return None
            sentence = f"{named} : {told}."
    return LoanEvent(at, sentence, actor)


def _by(document: Document, details: Mapping[str, Any]) -> str:
    box = next((each for each in document.signatures if str(each.id) == details["signatory"]), None)
    return f" par {box.name}" if box else ""


def _by_and_on(document: Document, details: Mapping[str, Any]) -> tuple[str, str]:
    return _by(document, details), long_date(date.fromisoformat(details["signed_on"]))


def in_order(events: Iterable[LoanEvent | None]) -> Sequence[LoanEvent]:
    """The events told, newest first."""
    return sorted((each for each in events if each is not None), key=lambda each: each.at, reverse=True)
