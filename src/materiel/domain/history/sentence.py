"""What an entry of the journal says, as a French sentence. Names nobody: an entry holds identifiers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from materiel.domain.accounts.roles import Role
from materiel.domain.history.item import FIELD_NAMES
from materiel.domain.item.item import ItemStatus
from materiel.domain.language.french import enumeration, long_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.papers.annex_rules import ClauseRule
from materiel.domain.papers.document import NoticeChannel, SignatureChannel


class Subject(LabelledEnum):
    """The kinds of things that entries are about, as the filter of the journal shows them."""

    ITEM = "item", "Matériels"
    LOAN = "loan", "Prêts et dépôts"
    DOCUMENT = "document", "Documents"
    PUPIL = "pupil", "Élèves"
    SCHOOL = "school", "Établissements"
    MUNICIPALITY = "municipality", "Communes"
    NEED = "need", "Besoins"
    STOCKTAKE = "stocktake", "Récolements"
    TRANSFER = "transfer", "Transferts"
    DISPOSAL = "disposal", "Fins de vie"
    SAFETY_RECALL = "safety_recall", "Rappels de sécurité"
    LICENCE = "licence", "Licences de logiciels"
    KIT = "kit", "Kits"
    REFERENT = "referent", "Enseignants référents"
    INCIDENT = "incident", "Incidents"
    SERVICE = "service", "Service"
    USER = "user", "Comptes"
    TOKEN = "token", "Jetons d'accès"
    WEBHOOK = "webhook", "Webhooks"
    ACCESS_LINK = "access_link", "Liens personnels"
    ELIMINATION = "elimination", "Éliminations"
    JOB = "job", "Tâches"
    LABEL_SHEET = "label_sheet", "Planches d'étiquettes"


_SENTENCES = {
    "item.updated": "Fiche d'un matériel corrigée.",
    "item.label_replaced": "Étiquette d'un matériel remplacée : l'ancienne ne vaut plus.",
    "label_sheet.kept": "Planche d'étiquettes du service enregistrée.",
    "label_sheet.changed": "Planche d'étiquettes du service corrigée.",
    "label_sheet.deleted": "Planche d'étiquettes du service supprimée.",
    "item.prepared": "Matériel préparé.",
    "item.prepared_for_examination": "Matériel préparé pour un examen : fiche gardée.",
    "item.found": "Matériel retrouvé.",
    "item.accessories_noted": "Accessoires d'un matériel notés.",
    "item.status_undone": "État d'un matériel donné par erreur, annulé.",
    "item.imported": "Matériels importés d'un fichier.",
    "pupil.imported": "Élèves importés d'un fichier.",
    "need.imported": "Besoins inscrits depuis un fichier.",
    "inventory.imported": "Matériels, élèves et prêts repris d'un fichier.",
    "import.undone": "Import défait : ce qu'il avait créé n'est plus, ce qu'il avait corrigé est comme avant.",
    "pupil.registered": "Élève enregistré.",
    "pupil.updated": "Fiche d'un élève corrigée.",
    "pupil.school_changed": "Établissement d'un élève sans prêt en cours changé.",
    "pupil.deleted": "Élève enregistré par erreur, supprimé.",
    "pupil.merge_corrected": "Élève en double : deux fiches réunies.",
    "pupil.death_corrected": "Décès d'un élève, noté par erreur, retiré.",
    "pupil.left_academie": "Départ d'un élève vers une autre académie noté.",
    "pupil.liaison_made": "Contact pris avec l'académie qui accueille un élève.",
    "pupil.leaving_corrected": "Départ d'un élève, noté par erreur, retiré.",
    "pupil.data_exported": "Données d'une personne rassemblées et remises.",
    "pupil.disagreement_declared": "Désaccord entre représentants légaux déclaré.",
    "loan.created": "Prêt préparé.",
    "loan.issued": "Documents d'un prêt émis.",
    "loan.taken_over": "Prêt en cours repris.",
    "loan.transferred": "Prêt en cours passé à un autre service, avec son matériel.",
    "loan.received": "Prêt en cours reçu d'un autre service, avec son matériel.",
    "loan.take_over_undone": "Reprise d'un prêt retirée.",
    "loan.old_paper_filed": "Numérisation de l'ancien papier jointe.",
    "loan.handed_over": "Matériel remis.",
    "loan.returned": "Matériel rendu : le prêt est terminé.",
    "loan.partly_returned": "Une partie du matériel rendue.",
    "loan.recalled": "Retour demandé.",
    "loan.recall_corrected": "Demande de retour retirée.",
    "loan.hand_over_corrected": "Remise enregistrée par erreur, annulée.",
    "loan.return_corrected": "Retour enregistré par erreur, annulé.",
    "document.signature_corrected": "Signature enregistrée par erreur, retirée.",
    "document.hand_over_corrected": "Bon de remise établi par erreur, annulé.",
    "document.return_corrected": "Récépissé de restitution établi par erreur, annulé.",
    "loan.cancelled": "Prêt annulé.",
    "loan.closed": "Prêt clos.",
    "loan.amended": "Prêt modifié par avenant.",
    "loan.paused": "Messages automatiques d'un prêt arrêtés pour un temps.",
    "loan.pause_lifted": "Messages automatiques d'un prêt repris.",
    "loan.split": "Une partie du matériel d'un prêt passée à une autre garde.",
    "loan.made_by_split": "Prêt établi pour du matériel qui change de garde.",
    "loan.renewed": "Prêt renouvelé.",
    "loan.custody_changed": "Lieu de garde changé.",
    "loan.school_changed": "Établissement changé.",
    "loan.held": "Prêt retenu : aucune élimination ne le prendra.",
    "loan.hold_lifted": "Retenue d'un prêt levée.",
    "loan.eliminated": "Prêt éliminé sous visa des archives.",
    "pupil.eliminated": "Données d'un élève éliminées sous visa des archives.",
    "elimination.prepared": "Bordereau d'élimination préparé.",
    "elimination.list_kept": "Bordereau d'élimination établi, et gardé tel quel.",
    "elimination.abandoned": "Bordereau d'élimination abandonné.",
    "elimination.visaed": "Visa des archives enregistré.",
    "elimination.finished": "Élimination terminée.",
    "document.issued": "Document émis.",
    "document.sent": "Document envoyé à son destinataire.",
    "document.sent_for_signature": "Signature d'un document demandée.",
    "document.scan_filed": "Exemplaire signé classé.",
    "document.signed": "Document signé.",
    "document.signature_asked": "Manière de demander une signature changée.",
    "document.sent_back": "Document renvoyé au service par le signataire de l'État.",
    "document.back_to_sign": "Document remis au parapheur.",
    "document.remarks_read": "Remarques d'un signataire lues.",
    "document.acknowledged": "Notification lue par son destinataire.",
    "document.copy_sealed": "Exemplaire signé scellé.",
    "presence.confirmed": "Présence de matériels confirmée par qui les garde.",
    "presence.not_found": "Matériel que la famille ne trouve pas, dit par son lien.",
    "stocktake.opened": "Récolement ouvert.",
    "stocktake.counted": "Matériels comptés dans un récolement.",
    "stocktake.asked": "Réponses demandées pour un récolement.",
    "stocktake.gap_settled": "Écart d'un récolement réglé.",
    "stocktake.closed": "Récolement clos.",
    "stocktake.reported": "Procès-verbal de récolement établi.",
    "stocktake.sealed": "Procès-verbal de récolement scellé.",
    "need.recorded": "Besoin inscrit.",
    "need.asked": "Besoin demandé par un enseignant référent, à confirmer.",
    "need.confirmed": "Besoin demandé, confirmé par le service.",
    "need.corrected": "Besoin corrigé.",
    "need.ordered": "Commande passée pour un besoin.",
    "need.received": "Matériel reçu pour un besoin.",
    "need.step_undone": "Commande ou réception notée par erreur pour un besoin, retirée.",
    "need.loan_prepared": "Prêt créé pour un besoin.",
    "need.met": "Besoin satisfait par la remise.",
    "need.not_met": "Besoin de nouveau en attente : la remise notée par erreur est annulée.",
    "need.waits_again": "Besoin de nouveau en attente : le prêt est abandonné.",
    "need.closed": "Besoin clos sans matériel.",
    "transfer.asked": "Transfert de matériel demandé entre deux services.",
    "transfer.accepted": "Transfert de matériel accepté.",
    "transfer.act_kept": "Acte d'un transfert de matériel établi, et gardé tel quel.",
    "transfer.refused": "Transfert de matériel refusé.",
    "transfer.extension_asked": "Prolongation d'un prêt entre services demandée.",
    "transfer.extended": "Prêt entre services prolongé, par le choix des deux.",
    "transfer.extension_refused": "Prolongation d'un prêt entre services refusée.",
    "transfer.given_back": "Prêt entre services terminé : plus rien n'est à rendre.",
    "transfer.withdrawn": "Transfert de matériel retiré par qui le demandait.",
    "item.transferred": "Matériel transféré à un autre service.",
    "item.received": "Matériel reçu d'un autre service.",
    "disposal.proposed": "Fin de vie de matériels proposée.",
    "disposal.erased": "Effacement des données attesté pour une fin de vie.",
    "disposal.decided": "Fin de vie de matériels décidée.",
    "disposal.act_kept": "Acte d'une fin de vie établi, et gardé tel quel.",
    "disposal.commitment_kept": "Engagement d'une association établi, et gardé tel quel.",
    "disposal.refused": "Fin de vie de matériels refusée par le signataire.",
    "disposal.withdrawn": "Fin de vie de matériels retirée.",
    "disposal.paper_filed": "Papier signé d'une fin de vie joint.",
    "disposal.done": "Fin de vie faite : les matériels sont sortis du parc.",
    "item.disposed": "Matériel sorti du parc par une fin de vie.",
    "safety_recall.opened": "Rappel de sécurité d'un fabricant ouvert : les matériels concernés sont retenus.",
    "safety_recall.extended": "Matériels ajoutés à un rappel de sécurité.",
    "safety_recall.telling": "Envoi demandé à ceux qui détiennent les matériels d'un rappel de sécurité.",
    "safety_recall.closed": "Rappel de sécurité clos.",
    "loan.safety_told": "Rappel de sécurité annoncé à qui détient le matériel.",
    "item.safety_read": "Rappel de sécurité lu : le matériel n'est plus utilisé.",
    "item.safety_treated": "Matériel traité pour un rappel de sécurité.",
    "service.checklist_written": "Liste de vérification du service écrite.",
    "service.replacement_set": "Seuils de remplacement du service changés.",
    "kit.made": "Kit fait de plusieurs matériels.",
    "kit.changed": "Kit modifié.",
    "kit.dissolved": "Kit dissous : ses matériels se prêtent un par un.",
    "item.repair_sent": "Matériel envoyé en réparation.",
    "item.repair_corrected": "Réparation corrigée.",
    "item.repair_undone": "Réparation notée par erreur, défaite.",
    "item.repair_end_undone": "Retour de réparation noté par erreur, défait.",
    "item.repair_ended": "Matériel revenu de réparation.",
    "item.condition_noted": "État d'un matériel constaté.",
    "item.condition_corrected": "État constaté d'un matériel corrigé.",
    "loan.condition_remark_said": "Remarque de la famille sur l'état d'un matériel.",
    "loan.condition_remark_read": "Remarque de la famille sur l'état d'un matériel lue.",
    "licence.added": "Licence d'un logiciel ajoutée.",
    "licence.corrected": "Licence d'un logiciel corrigée.",
    "licence.key_read": "Clé d'une licence lue.",
    "licence.seat_ended": "Fin d'un prêt de licence notée.",
    "item.licence_taken": "Logiciel sous licence installé sur un matériel.",
    "item.licence_ended": "Logiciel sous licence retiré d'un matériel.",
    "item.licence_kept": "Logiciel sous licence laissé sur un matériel préparé.",
    "loan.licence_taken": "Licence prêtée avec un prêt.",
    "loan.licence_ended": "Désinstallation d'une licence prêtée avec un prêt, attestée.",
    "use.noted": "Usage de matériels noté à une réunion.",
    "use.withdrawn": "Usage noté par erreur, retiré.",
    "use.settled": "Matériel noté sans usage : suite donnée.",
    "referent.recorded": "Secteur confié à un enseignant référent.",
    "referent.changed": "Secteur d'un enseignant référent modifié.",
    "referent.link_sent": "Lien envoyé à un enseignant référent.",
    "referent.link_revoked": "Liens d'un enseignant référent fermés.",
    "incident.declared": "Incident déclaré.",
    "incident.papers_noted": "Pièces d'un incident notées.",
    "incident.file_received": "Pièce d'un incident reçue par un lien.",
    "incident.file_removed": "Pièce d'un incident supprimée : elle avait été envoyée par erreur.",
    "incident.fault_found": "Faute appréciée dans un incident.",
    "incident.noted": "Note ajoutée au suivi d'un incident.",
    "incident.closed": "Incident clos.",
    "incident.reopened": "Incident rouvert.",
    "item.photographed": "Photos d'un matériel jointes.",
    "item.photo_removed": "Photo d'un matériel supprimée.",
    "scan.submitted": "Pile de pages signées déposée.",
    "scan.read": "Pile de pages signées lue.",
    "scan.page_filed": "Page numérisée classée à la main.",
    "scan.page_discarded": "Page numérisée écartée, avec son motif.",
    "scan.left_unsigned": "Papier revenu sans toutes ses signatures : vu par une personne.",
    "job.stopped": "Tâche arrêtée en chemin.",
    "reminders.started": "Relances du jour lancées.",
    "lot.started": "Acte demandé en nombre.",
    "campaign.opened": "Campagne de rentrée ouverte.",
    "campaign.chosen": "Prêts d'une campagne de rentrée décidés.",
    "campaign.started": "Campagne de rentrée lancée.",
    "school.imported": "Annuaire des établissements importé.",
    "school.kind_decided": "Nature d'un établissement décidée.",
    "school.contact_updated": "Coordonnées d'un établissement corrigées.",
    "municipality.updated": "Coordonnées d'une commune corrigées.",
    "municipality.completed": "Coordonnées d'une commune prises dans l'annuaire de l'administration.",
    "municipality.imported": "Annuaire de l'administration importé.",
    "reference_change.settled": "Changement de l'annuaire réglé, avec son motif.",
    "institution.mailbox_asked": "Nouvelle boîte d'une institution saisie : un code y part, l'ancienne est prévenue.",
    "institution.mailbox_changed": "Nouvelle boîte d'une institution confirmée par son code.",
    "institution.mailbox_given_up": "Nouvelle boîte d'une institution abandonnée : l'ancienne reste.",
    "service.created": "Service créé.",
    "service.updated": "Réglages du service modifiés.",
    "loan.letters_printed": "Lettre imprimée pour la poste.",
    "service.letterhead_proposed": "Bloc-marque envoyé, à regarder avant de le garder.",
    "service.letterhead_kept": "Bloc-marque gardé : il est en tête des papiers émis depuis.",
    "service.letterhead_dropped": "Bloc-marque proposé abandonné.",
    "service.letterhead_removed": "Bloc-marque retiré des papiers à venir.",
    "service.annex_written": "Version de l'annexe du service enregistrée.",
    "service.annex_ended": "Annexe du service : plus imprimée à partir d'un jour.",
    "service.second_factor_required": "Second facteur exigé de tous les comptes du service.",
    "service.second_factor_optional": "Second facteur laissé au choix de chaque compte.",
    "user.created": "Compte créé.",
    "user.quality_set": "Qualité et délégation d'un signataire notées.",
    "user.disabled": "Compte fermé.",
    "user.reopened": "Compte rouvert.",
    "user.invited": "Lien créé pour choisir un mot de passe.",
    "user.password_set": "Mot de passe choisi par le lien d'invitation.",
    "user.password_changed": "Mot de passe changé.",
    "user.logged_in": "Connexion d'un compte.",
    "user.calendar_made": "Adresse privée de l'agenda d'un compte faite.",
    "user.calendar_revoked": "Adresse privée de l'agenda d'un compte fermée.",
    "user.identity_attached": "Compte rattaché à son identité professionnelle.",
    "user.second_factor_set": "Second facteur activé.",
    "user.second_factor_removed": "Second facteur retiré.",
    "user.recovery_codes_renewed": "Codes de secours refaits.",
    "user.password_refused": "Mot de passe refusé à l'ouverture d'un compte.",
    "user.code_refused": "Code refusé à l'ouverture d'un compte.",
    "user.own_password_refused": "Mot de passe redemandé et refusé dans un compte ouvert.",
    "user.slowed_down": "Essais trop nombreux sur un compte, mis en attente.",
    "user.closed_refused": "Compte fermé que quelqu'un a essayé d'ouvrir.",
    "user.identity_refused": "Identité professionnelle refusée pour un compte.",
    "access.forbidden": "Page ou acte refusé, faute de droit.",
    "access.not_found": "Fiches introuvables demandées en nombre.",
    "access_link.refused": "Lien personnel périmé ou fermé, ouvert en vain.",
    "journal.exported": "Journal exporté.",
    "base.restored": "Base remise dans un état sauvegardé.",
    "service.paused": "Pause du service notée : rien ne part de soi-même ces jours-là.",
    "service.pause_removed": "Pause du service retirée.",
    "site.updated": "Mentions du site modifiées.",
    "site.entrusted": "Mentions du site confiées à ce service.",
    "token.created": "Jeton d'accès créé.",
    "token.revoked": "Jeton d'accès révoqué.",
    "webhook.added": "Webhook ajouté.",
    "webhook.paused": "Webhook mis en pause.",
    "webhook.resumed": "Webhook repris.",
    "webhook.stopped": "Webhook arrêté : personne ne répond à ses appels.",
    "webhook.deleted": "Webhook supprimé.",
    "access_link.created": "Lien personnel créé.",
    "mail.resent": "Courriel refusé remis à envoyer.",
    "access_link.revoked": "Lien personnel révoqué.",
}


_TO = {
    "document.sent": "Document envoyé à son destinataire : {}.",
    "document.sent_for_signature": "Signature d'un document demandée : {}.",
    "loan.recalled": "Retour demandé à {}.",
    "document.acknowledged": "Notification lue par son destinataire : {}.",
}
"""What is said when it is known to whom."""


def sentence(action: str, details: Mapping[str, Any], to: Sequence[str] = ()) -> str:
    """One entry told; an action that a later release made is shown by its code, never left out.

    Args:
        to: to whom the act was addressed, when the records of the service still say it.
    """
    if action == "document.sent" and details.get("channel"):
        by = NoticeChannel(details["channel"]).label
        return f"Document envoyé {by}{' : ' + enumeration(to) if to else ''}."
    if to and action in _TO:
        return _TO[action].format(enumeration(to))
    if action == "pupil.updated" and "died_on" in details.get("fields", ()):
        return "Décès d'un élève enregistré."
    if action == "item.registered":
        return f"Matériel {details['inventory_number']} entré à l'inventaire."
    if action == "item.status_changed":
        before, after = ItemStatus(details["from"]).label, ItemStatus(details["to"]).label
        return f"État d'un matériel passé de « {before} » à « {after} » : {details['reason']}"
    if action == "user.role_changed":
        before, after = Role(details["from"]).label, Role(details["to"]).label
        return f"Rôle d'un compte passé de « {before} » à « {after} »."
    if action == "label.printed":
        number = details["labels"]
        return f"{number} {'étiquettes imprimées' if number > 1 else 'étiquette imprimée'}."
    if action == "document.signed" and "signed_on" in details:
        channel = SignatureChannel(details["channel"]).label.lower()
        return f"Signature du {long_date(date.fromisoformat(details['signed_on']))} enregistrée, {channel}."
    if action == "document.signature_corrected" and details.get("signed_on"):
        on = long_date(date.fromisoformat(details["signed_on"]))
        return f"Signature du {on} enregistrée par erreur, retirée."
    if action == "service.annex_written" and details.get("kept"):
        rules = enumeration(list(dict.fromkeys(ClauseRule(each).label for each in details["kept"])))
        told = _SENTENCES[action].removesuffix(".")
        return f"{told} en gardant ce qui est signalé : {rules}. Motif : {details['reason']}"
    told = _SENTENCES.get(action, f"Action « {action} ».")
    return f"{told.removesuffix('.')} : {more}." if (more := _more(action, details)) else told


def short(action: str) -> str:
    """An act as the filter of the journal names it: the beginning of its sentence."""
    named = {
        "item.registered": "Matériel entré à l'inventaire",
        "item.status_changed": "État d'un matériel changé",
        "user.role_changed": "Rôle d'un compte changé",
        "label.printed": "Étiquettes imprimées",
    }
    return named.get(action) or _SENTENCES.get(action, action).partition(" :")[0].removesuffix(".")


def _more(action: str, details: Mapping[str, Any]) -> str:
    """What the details add, when they are for people: numbers of documents, corrected fields, figures of an import."""
    if "networks" in details:
        return _how_often(details["times"], details["networks"])
    if isinstance(numbers := details.get("documents"), list):
        return enumeration([str(number) for number in numbers])
    if action == "document.issued" and details.get("number"):
        return str(details["number"])
    if action == "item.updated":
        return enumeration([FIELD_NAMES[name] for name in details.get("fields", ()) if name in FIELD_NAMES])
    if action == "elimination.visaed" and "visa_on" in details:
        return f"visa du {long_date(date.fromisoformat(details['visa_on']))}, {details['files']} dossiers"
    if action == "elimination.finished" and "loans" in details:
        return f"{details['loans']} prêts, {details['documents']} documents, {details['pupils']} élèves"
    if action.endswith(".imported") and "created" in details:
        return f"{details['created']} créés, {details['updated']} modifiés, {details.get('rejected', 0)} refusés"
    return ""


def _how_often(times: int, networks: int) -> str:
    """How often something was refused, and from how many places."""
    where = {0: "", 1: ", depuis un réseau"}.get(networks, f", depuis {networks} réseaux")
    return f"{times} fois{where}"
