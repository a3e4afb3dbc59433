"""One person's data as they are handed over (« droit d'accès »): titles in French, and what must be withheld.

Source: règlement (UE) 2016/679, art. 15, § 3 and 4: a copy, which must not harm the rights of others. The other home's
« adresse à ne pas communiquer » and the names of the service's agents are others' data (CJUE, 22 juin 2023, C-579/21).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from materiel.domain.language.typography import however_set
from materiel.domain.people.pupil import Home, Pupil

WITHHELD = "non communiqué"

TITLES = {
    "pupil": "Élève",
    "home": "Domiciles",
    "representative": "Représentants légaux",
    "leaving": "Départs de l'académie",
    "need": "Besoins",
    "loan": "Prêts",
    "loan_item": "Matériels prêtés",
    "use_note": "Usage noté à une réunion",
    "examination_sheet": "Matériel préparé pour un examen",
    "loan_school": "Établissements et lieux de garde",
    "document": "Documents",
    "signature": "Signatures",
    "signature_evidence": "Preuves de signature électronique",
    "signed_copy": "Exemplaires signés",
    "remark_reading": "Remarques lues par le service",
    "recipient": "Destinataires pour information",
    "document_scan": "Papiers numérisés",
    "scan_page": "Pages numérisées",
    "scan_box": "Cases de signature vues sur ces pages",
    "loan_scan": "Anciens papiers numérisés",
    "loan_pause": "Messages arrêtés à propos d'un prêt",
    "campaign_line": "Campagnes de rentrée",
    "access_link": "Liens d'accès envoyés",
    "outbox": "Courriels envoyés",
    "incident": "Incidents",
    "incident_note": "Suivi des incidents",
    "incident_file": "Pièces envoyées pour un incident",
    "photo": "Photos du matériel",
    "condition_state": "État du matériel constaté par le service",
    "condition_remark": "Remarques de la famille sur l'état du matériel",
    "presence": "Présences confirmées",
    "stocktake_line": "Récolements",
    "safety_line": "Rappels de sécurité",
    "licence_seat": "Licences de logiciels prêtées",
    "journal": "Journal : ce qui a été fait",
    "reading": "Lectures de ces données",
}
"""By table, in the order of the page; a table of a later release comes last under its own name."""

LABELS = {
    **{"id": "identifiant", "last_name": "nom", "first_name": "prénom", "birth_date": "naissance", "name": "nom"},
    **{"school": "établissement", "item": "matériel", "address": "adresse", "email": "courriel", "phone": "téléphone"},
    **{"capacity": "qualité", "home": "domicile (rang)", "status": "état", "state": "état", "kind": "nature"},
    **{
        "reason": "motif",
        "number": "numéro",
        "starts_on": "début",
        "ends_on": "fin",
        "purpose": "objet",
        "usage": "usage",
    },
    **{"custody": "lieu de garde", "decision": "règle appliquée", "created_at": "créé le", "issued_on": "émis le"},
    **{"issued_at": "émis le", "handed_over_on": "remis le", "returned_on": "rendu le", "removed_on": "retiré le"},
    **{"closed_on": "clos le", "recalled_on": "retour demandé le", "since": "depuis le"},
    **{"wording": "mots de la décision", "notified_on": "notifié le", "family": "famille", "category": "catégorie"},
    **{"order_reference": "commande", "expected_on": "livraison prévue le"},
    **{"met_on": "satisfait le", "close_reason": "motif de la clôture", "loan": "prêt"},
    **{"origin": "origine", "paper_reference": "référence de l'ancien papier"},
    **{"paper_ended_on": "ancien papier terminé le"},
    **{"paper_signed_on": "ancien papier signé le", "paper_signed_by": "signataires de l'ancien papier"},
    **{"paper_ends_on": "terme de l'ancien papier"},
    **{"recall_ground": "fondement de la demande de retour", "recall_reason": "explication de cette demande"},
    **{"signed_on": "signé le", "channel": "moyen", "party": "signataire", "recorded_at": "enregistré le"},
    **{"recorded_by": "enregistré par", "declared_by": "déclaré par", "declared_at": "déclaré le", "written_by": "par"},
    **{"written_at": "le", "text": "texte", "description": "description", "happened_on": "survenu le"},
    **{"sent_at": "envoyé le", "to_address": "adresse", "subject": "sujet", "expires_at": "valable jusqu'au"},
    **{"revoked_at": "fermé le", "last_opened_at": "ouvert le", "typed_name": "nom saisi", "shown_at": "montré le"},
    **{"consented_at": "consentement le", "code_sent_at": "code envoyé le", "code_checked_at": "code vérifié le"},
    **{"sha256": "empreinte du fichier", "pages": "pages", "added_on": "ajouté le", "protection": "protection"},
    **{
        "protection_reference": "jugement vu",
        "disagreement": "désaccord",
        "died_on": "décès",
        "basis_kind": "fondement",
    },
    **{"large_print": "besoin d'un document en gros caractères", "plain_summary": "besoin d'un résumé en mots simples"},
    **{"basis_reference": "référence du fondement", "basis_decided_on": "décision du", "on_behalf_of": "au nom de"},
    **{"basis_valid_until": "valable jusqu'au", "override_reason": "décision motivée", "reference": "acte vu"},
    **{"sole_authority": "autorité exclusive", "condition_out": "état à la remise", "condition_in": "état au retour"},
    **{"missing_accessories": "accessoires manquants", "acknowledged_at": "lu le", "filed_at": "classé le"},
    **{"filed_by": "classé par", "is_present": "présent", "seen_on": "vu le", "at": "le", "sentence": "fait"},
    **{"thing": "à propos de", "times": "fois", "first_at": "de", "last_at": "à", "resolution": "réponse"},
    **{"fault": "faute", "fault_reason": "motif", "confidential": "adresse à ne pas communiquer", "strokes": "tracé"},
    **{"received_on": "reçu le", "received_at": "reçu à", "sent_by": "envoyé par", "size": "taille (octets)"},
    **{
        "left_on": "parti le",
        "academie": "académie d'accueil",
        "departement": "département",
        "contact_on": "contact pris le",
    },
    **{"contact_with": "contact pris avec", "kept_until": "matériel laissé jusqu'au", "withdrawn_at": "retiré le"},
    **{"done_on": "vérifié le", "sits_on": "début de l'examen", "emptied": "vidé", "radio_off": "liaisons coupées"},
    **{"software": "logiciels laissés"},
    **{"level": "usage", "said_on": "dit le", "settled_at": "suite donnée le"},
    **{"moment": "moment", "marks": "marques", "note": "note", "said_at": "dit à", "said_by": "dit par"},
    **{"read_at": "lu par le service le", "read_by": "lu par", "caption": "ce que montre la photo"},
    **{"noted_by": "noté par", "noted_at": "noté le"},
    **{"removal": "motif du retrait", "split_from": "prêt d'origine", "covered_by": "couvert par le document"},
    **{"error": "motif du refus", "media_type": "format", "original_kept_by": "original gardé par"},
    **{"removed_at": "supprimé le", "removed_by": "supprimé par", "removed_reason": "motif de la suppression"},
}
"""By column; a column of a later release is shown under its own name."""


def told_agent(value: str) -> str:
    """Who acted, without naming an agent: the person's right of access does not reach the agents' names."""
    kind = value.partition(":")[0]
    if kind == "link":
        return "par un lien d'accès"
    if kind == "referent":
        return "l'enseignant référent"
    return "le service" if kind in {"user", "account", "token", "cli", "demo"} else value


def withheld_homes(pupil: Pupil, handed_to: UUID | None) -> dict[int, Home]:
    """The homes, by rank, whose address is not told to whoever receives the file: None for the pupil, or another."""
    own = next((each.home for each in pupil.representatives if each.id == handed_to), None)
    return {rank: home for rank, home in enumerate(pupil.homes) if rank != own and home.confidential}


def withheld_words(pupil: Pupil, handed_to: UUID | None) -> list[str]:
    """What must stand nowhere in the file: lines of hidden addresses, mailboxes and telephones of who lives there."""
    homes = withheld_homes(pupil, handed_to)
    words = [line for home in homes.values() for line in (*home.address.lines, *home.address.place[:1])]
    for person in pupil.representatives:
        if person.home in homes and person.id != handed_to:
            words += [person.email, person.phone]
    return sorted({word for word in words if len(word) > 3}, key=len, reverse=True)


def cleared(value: Any, words: Sequence[str]) -> Any:
    """A value without the words withheld, whatever its depth and however they are typeset."""
    if isinstance(value, str):
        return however_set(words).sub(WITHHELD, value) if words else value
    if isinstance(value, dict):
        return {key: cleared(each, words) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [cleared(each, words) for each in value]
    return value
