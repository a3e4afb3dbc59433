"""An example of everything that the API takes and answers, from its fields: their names here, else their types."""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, convert, structs, to_builtins

from materiel.domain.language import states
from materiel.web.api.circuit.examples import CIRCUIT_EXAMPLES
from materiel.web.api.import_examples import IMPORT_EXAMPLES

NAMED: dict[str, Any] = (
    {
        "academie": "17",
        "accessories": "Chargeur",
        "acquired_on": "2026-09-01",
        "act": "Une fois la nouvelle commune confirmée, c'est elle qui reçoit les papiers.",
        "action": "item.registered",
        "actor": "token:0197b0c4-7d2e-7aaa-8000-0a0a0a0a0a0a",
        "alt": "Académie d'Exemple. Direction des services départementaux d'Exemple",
        "amber_days": 3,
        "authority_name": "Syndicat scolaire Exemple",
        "birth_date": "2015-04-02",
        "board_act": "n° 12 du 3 septembre 2026",
        "brand": "Exemple",
        "by": "user:0197b0c4-7d2e-7aaa-8000-7b7b7b7b7b7b",
        "category": "Informatique",
        "city": "Rennes",
        "code": "012345",
        "columns": 3,
        "complete_departements": "035",
        "condition": "good",
        "contact_on": "2026-11-24",
        "contact_with": "DSDEN de Loire-Atlantique, service de l'école inclusive",
        "country": "Belgique",
        "decided_on": "2026-06-15",
        "delegation": "par délégation du recteur",
        "deleted": "0197b0c4-7d2e-7aaa-8000-5b5b5b5b5b5b",
        "deliberation": "n° 2026-12 du 3 juin 2026",
        "departement": "035",
        "description": "L'écran reste noir.",
        "designation": "Ordinateur portable",
        "document": "0197b0c4-7d2e-7aaa-8000-3f3f3f3f3f3f",
        "documents": "0197b0c4-7d2e-7aaa-8000-3f3f3f3f3f3f",
        "done": 12,
        "dpo_contact": "dpd@example.org",
        "email": "contact@example.org",
        "ends_on": "2027-07-03",
        "erased": True,
        "first_name": "Zoé",
        "found": "Chargeur",
        "funding_service": "Rectorat",
        "happened_on": "2026-11-20",
        "head_name": "Dominique Le Goff",
        "head_title": "Principale",
        "home": 0,
        "homes": [{"lines": ["12 rue des Lilas"], "postcode": "35000", "city": "Rennes"}],
        "insee_code": "35238",
        "inventory_number": "35-2026-0042",
        "inventory_pattern": "35-{year}-{n}",
        "is_open": True,
        "item": "0197b0c4-7d2e-7aaa-8000-1c1c1c1c1c1c",
        "items": "0197b0c4-7d2e-7aaa-8000-1c1c1c1c1c1c",
        "is_own": False,
        "key": "a4_3x8",
        "label_height_mm": 37.0,
        "label_width_mm": 70.0,
        "last_name": "Martin",
        "left_mm": 0.0,
        "lessor": "Loueur Exemple",
        "letters_by": "2026-12-21",
        "line": 12,
        "lines": "12 rue des Lilas",
        "loan": "0197b0c4-7d2e-7aaa-8000-2e2e2e2e2e2e",
        "mayor_name": "Dominique Morvan",
        "media_type": "application/pdf",
        "ministry": "MINISTERE DE L'EDUCATION NATIONALE",
        "missing": "Souris",
        "missing_accessories": "Souris",
        "model": "X13",
        "name": "DSDEN d'Ille-et-Vilaine",
        "note": "Batterie changée",
        "number": "DSDEN35-2026-2027-0042",
        "on_behalf_of": "OGEC Exemple",
        "only": [],
        "opening_hours": "du lundi au vendredi, de 9 h à 17 h",
        "others": [],
        "override": None,
        "page_height_mm": 297.0,
        "page_width_mm": 210.0,
        "pages": 3,
        "party": "borrower",
        "phone": "02 99 00 00 00",
        "possible_doubles": [],
        "postcode": "35000",
        "pitch_x_mm": 70.0,
        "pitch_y_mm": 37.0,
        "posted": 0,
        "protection_reference": "",
        "public_code": "7K2M9QX4TBW3H",
        "pupil": "0197b0c4-7d2e-7aaa-8000-5b5b5b5b5b5b",
        "purchase_price_cents": 64900,
        "purpose": "Prise de notes et lecture des documents de cours",
        "red_days": 21,
        "reason": "Élève ayant quitté l'académie",
        "replaced": "Étui",
        "resolution": "Votre tablette est remplacée, sans frais.",
        "rows": 8,
        "school": "0350001A",
        "section_of": "",
        "sent_by": "link:0197b0c4-7d2e-7aaa-8000-4f4f4f4f4f4f",
        "sentence": "Entré à l'inventaire sous le numéro 35-2026-0042.",
        "school_year": "2027-2028",
        "serial_number": "SN-0042",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "sheet": "a4_3x8",
        "shift_down_mm": 0.0,
        "shift_right_mm": 0.0,
        "signatory": "0197b0c4-7d2e-7aaa-8000-4a4a4a4a4a4a",
        "signatory_name": "Camille Durand",
        "signatory_title": "Inspectrice d'académie – DASEN",
        "size": 182044,
        "source": "circulaire n° 2001-221 du 29 octobre 2001",
        "starts_on": "2026-12-01",
        "storage_place": "Réserve, armoire 2",
        "text": "Devis demandé au réparateur.",
        "to_print": [],
        "close_reason": "",
        "idle_since": "2025-09-12",
        "need": "0197b0c4-7d2e-7aaa-8000-9e9e9e9e9e9e",
        "notified_on": "2026-06-15",
        "order_reference": "BC-2026-031",
        "waiting_days": 84,
        "wording": "Ordinateur avec logiciel de synthèse vocale",
        "told": True,
        "top_mm": 0.5,
        "total": 12,
        "type_name": "Ecole",
        "uai": "0350001A",
        "valid_until": "2029-08-31",
        "version": 1,
        "written_to": "Claire Martin",
        "yearly": True,
        "WebhookBody.url": "https://outil.example.org/materiel",
        "WebhookOut.url": "https://outil.example.org/materiel",
        "WebhookMade.url": "https://outil.example.org/materiel",
        "secret": "webhook_5d2c9e0f7a1b4c8d",
        "events": "loan.handed_over",
        "CallOut.event": "loan.handed_over",
        "attempts": 1,
        "failure": "",
        "body": '{"id":"0197b0c4-7d2e-7aaa-8000-6a6a6a6a6a6a","event":"loan.handed_over"}',
        "LoanPauseBody.reason": "appeal",
        "LoanPauseOut.reason": "appeal",
        "PauseBody.name": "Vacances d'été",
        "PauseOut.name": "Vacances d'été",
        "OrderBody.reference": "BC-2026-031",
        "CloseNeedBody.reason": "La famille a préféré son propre matériel.",
        "AnnexOut.title": "Charte d'usage du matériel",
        "AnnexSectionOut.text": "Prenez-en soin.\n\n- Ni eau\n- Ni choc",
        "AccessoriesBody.reason": "Rapporté par la famille",
        "OwnSheetBody.title": "Rouge, 21 par page",
        "OwnSheetOut.title": "Rouge, 21 par page",
        "OwnSheetPatch.title": "Rouge, 21 par page",
        "OldPaperBody.reference": "Convention 12/2025",
        "OldPaperOut.reference": "Convention 12/2025",
        "signed_by": "les parents et l'inspection académique",
        "BasisBody.reference": "2026-CDAPH-0123",
        "BasisOut.reference": "2026-CDAPH-0123",
        "ScanSheetOut.pages": {
            "rank": 1,
            "state": "filed",
            "problem": None,
            "document": "0197b0c4-7d2e-7aaa-8000-3f3f3f3f3f3f",
            "number": 1,
            "reason": "",
        },
        "ScanBoxOut.name": "Claire Martin",
        "ScanPaperOut.unsigned_by": "Claire Martin",
        "FilePageBody.turned": 0,
        "FilePageBody.page": 2,
        "ScanPageOut.number": 2,
        "ScanPageOut.reason": "",
        "ConcernedLoan.change": "closed",
        "CampaignBody.ends_on": "2028-08-31",
        "CampaignFollowedOut.to_print": 3,
        "CampaignLoanOut.detail": "",
        "CampaignLoanOut.documents": "amendment",
        "CampaignLoanOut.ends_on": "2028-08-31",
        "CampaignOut.ends_on": "2028-08-31",
        "CampaignSummary.ends_on": "2028-08-31",
        "ContactBody.contact_with": "DSDEN de Loire-Atlantique",
        "ContactBody.school": "Collège de la nouvelle commune",
        "DecisionOut.code": None,
        "DecisionOut.next_step": "Émettez la convention et la notification.",
        "DecisionOut.reason": "Prêt à usage individuel d'un élève d'une école publique.",
        "DecisionOut.warnings": [],
        "DirectoryContact.after": "02 99 00 00 00",
        "DirectoryContact.before": "",
        "DirectoryContact.field": "phone",
        "DirectoryContact.outcome": "taken",
        "DirectoryReport.source": "Service-Public / DILA, Licence Ouverte 2.0",
        "ExaminedOut.obstacles": [],
        "FindingBody.fault": "none",
        "FindingBody.reason": "Vol avec effraction, plainte déposée.",
        "FoundBody.reason": "Rapporté par le transporteur",
        "HitGroupOut.kind": "item",
        "HitGroupOut.more": False,
        "HitOut.act": "lend",
        "PrintBody.copies": "announced",
        "LotBody.act": "set_place",
        "LotBody.channel": None,
        "LotBody.condition": None,
        "LotBody.family": None,
        "LotBody.party": None,
        "LotBody.reason": None,
        "LotBody.school": None,
        "LotBody.status": None,
        "LotLineOut.code": "item.on_loan",
        "LotLineOut.detail": "Ce matériel est dans un prêt en cours (prêté).",
        "LotLineOut.state": "refused",
        "GroupChoiceBody.loans": "0197b0c4-7d2e-7aaa-8000-2e2e2e2e2e2e",
        "HitOut.detail": "Ordinateur portable",
        "HitOut.key": "0197b0c4-7d2e-7aaa-8000-1c1c1c1c1c1c",
        "HitOut.kind": "item",
        "HitOut.name": "35-2026-0042",
        "HitOut.place": "Réserve, armoire 2",
        "HitOut.state": "in_stock",
        "HitOut.state_label": states.IN_STOCK.label,
        "HomeOut.country": "",
        "ImportRemark.lines": 3,
        "ImportReport.kinds": {"public_primary": 4},
        "ImportReport.read": 4,
        "IncidentFileOut.removed_by": "",
        "IncidentFileOut.removed_reason": "",
        "IncidentOut.fault_reason": "",
        "IncidentOut.missing_papers": [],
        "IncidentOut.resolution": "",
        "ItemBody.lease_ends_on": "2029-08-31",
        "ItemBody.ownership": "rented",
        "ItemOut.lessor": "",
        "ItemOut.missing_accessories": [],
        "ItemOut.status": "in_stock",
        "JobOut.result": {
            "pages": 12,
            "filed": [],
            "unfiled": [{"page": 4, "code": None, "reason": "Code illisible."}],
        },
        "JobOut.state": "done",
        "LeavingBody.departement": "44",
        "LeavingBody.school": "Collège de la nouvelle commune",
        "LeavingOut.departement": "044",
        "LeavingOut.school": "Collège de la nouvelle commune",
        "LoanBody.elsewhere": [],
        "LoanItemOut.missing_accessories": [],
        "LoanSummary.override_reason": "",
        "LoanSummary.recall_reason": "",
        "MailboxOut.expires_at": "2026-12-05T09:00:00Z",
        "MailboxOut.pending_email": "accueil@example.org",
        "MergeBody.reason": "Noté sur la fiche d'un homonyme.",
        "MunicipalityName.name": "Rennes",
        "MunicipalityOut.authority_address": None,
        "MunicipalityOut.authority_email": "",
        "MunicipalityOut.authority_name": "",
        "MunicipalityOut.name": "Rennes",
        "MunicipalityOut.signatory_name": "Dominique Morvan",
        "MunicipalityOut.signatory_title": "Maire",
        "MunicipalityOut.source": "Service-Public / DILA, Licence Ouverte 2.0",
        "MunicipalityOut.source_fields": ["phone"],
        "MunicipalityPatch.authority_kind": "syndicate",
        "MunicipalityPatch.signatory_name": "Dominique Morvan",
        "MunicipalityPatch.signatory_title": "Maire",
        "NotSentOut.reason": "Ce destinataire n'a pas d'adresse électronique.",
        "NotSentOut.recipient": "Mairie de Rennes",
        "ReasonBody.reason": "Noté sur la fiche d'un homonyme.",
        "ReceiptBody.reason": "Le mauvais prêt a été scanné.",
        "RecipientOut.name": "Mairie de Rennes",
        "RecipientOut.party": "municipality",
        "ReferenceChangeOut.after": "35069",
        "ReferenceChangeOut.before": "35238",
        "ReferenceChangeOut.detail": "Rennes jusqu'ici, Chantepie désormais",
        "ReferenceChangeOut.kind": "municipality",
        "RefusedCell.cell": "offert",
        "RefusedCell.code": "item.unreadable",
        "RefusedCell.column": "Date d'acquisition",
        "RefusedCell.detail": "« offert » n'est pas une date ; écrivez-la ainsi : 31/12/2026.",
        "RejectedLine.code": "school.bad_uai",
        "RejectedLine.detail": "La lettre de contrôle de l'UAI est fausse.",
        "RemovalBody.description": "Sac volé dans le bus",
        "RemovalBody.reason": "stolen",
        "RemoveFileBody.reason": "Un certificat médical, envoyé par erreur.",
        "ReopenIncidentBody.reason": "Clos par erreur.",
        "RepresentativeBody.capacity": "institution",
        "RepresentativeBody.first_name": "Claire",
        "RepresentativeBody.on_behalf_of": "Conseil départemental d'Ille-et-Vilaine",
        "RepresentativeBody.reference": "jugement vu le 3 mars 2026",
        "RepresentativeOut.first_name": "Claire",
        "RepresentativeOut.on_behalf_of": "",
        "RepresentativeOut.reference": "",
        "RequiredDocumentOut.recipients": "municipality",
        "RequiredDocumentOut.signatories": "borrower",
        "SchoolInDoubt.written": "Ecole Jean Rostand",
        "SchoolInDoubt.said": None,
        "SchoolOffered.municipality": "Rennes",
        "SchoolOffered.name": "Ecole élémentaire publique Jean Rostand",
        "SchoolOut.academie": "14",
        "SchoolOut.kind_reason": "",
        "SchoolOut.name": "École primaire publique Exemple",
        "SchoolOut.on_behalf_of": "",
        "SchoolPatch.reason": "Contrat d'association vérifié auprès de la DSDEN",
        "ServiceOut.academie": "14",
        "ServiceOut.code": "DSDEN35",
        "SettleBody.reason": "Fusion confirmée par la mairie le 12 novembre",
        "SheetOut.key": "a4_3x8",
        "SheetOut.title": "A4, 3 × 8",
        "SignatoryOut.capacity": "mère de l'élève",
        "SignatoryOut.name": "Claire Martin",
        "StatusBody.reason": "Écran cassé, envoyé en réparation",
        "StatusBody.status": "in_repair",
        "TouchedLoanOut.code": None,
        "TouchedLoanOut.reason": "Prêt individuel ramené au domicile.",
        "TouchedSchool.name": "École primaire publique Exemple",
        "UndoBody.reason": "Erreur de ligne",
        "WarningOut.code": "AUTRE_DEPARTEMENT",
        "WarningOut.detail": "Le nouvel établissement est dans un autre département.",
        "WithdrawBody.reason": "Le papier signé était celui d'un autre prêt.",
        "why": "Même établissement, décision valable : un avenant le prolonge jusqu'au 31 août 2028.",
    }
    | IMPORT_EXAMPLES
    | CIRCUIT_EXAMPLES
)
"""By the name of the field, or by those of its schema and its own, where the first would mislead."""

BY_TYPE: dict[type, Any] = {
    UUID: "0197b0c4-7d2e-7aaa-8000-000000000000",
    date: "2026-11-21",
    datetime: "2026-11-21T09:00:00Z",
    bool: False,
    int: 1,
    float: 0.0,
    NoneType: None,
}


def named_example(field: str) -> Any:
    """The example of a text, `Schema.field`, by its name or by the last word of it: `written_by` is one of `by`.

    Raises:
        LookupError: it has none.
    """
    for each in (field, field.partition(".")[2], re.split(r"[._]", field)[-1]):
        if each in NAMED:
            return NAMED[each]
    raise LookupError(f"{field} has no example")


def example_of(struct: type[Struct]) -> dict[str, Any]:
    """The JSON of a struct, from its fields. What may be null is null, unless it is a struct or has a name here."""
    shown = {each.encode_name: _example(each.type, struct, each.encode_name) for each in structs.fields(struct)}
    given = {name: value for name, value in shown.items() if value is not UNSET}
    told: dict[str, Any] = to_builtins(convert(given, struct))
    return told


def _example(hint: Any, struct: type[Struct], field: str) -> Any:
    wanted = _plain(hint)
    is_list = get_origin(wanted) is list
    of = _plain(get_args(wanted)[0]) if is_list else wanted
    is_struct = isinstance(of, type) and issubclass(of, Struct)
    names = [*(f"{each.__name__}.{field}" for each in struct.__mro__), field]
    # `school` names a text, and elsewhere a struct: the text is not its example.
    name = next((each for each in names if each in NAMED and not (is_struct and isinstance(NAMED[each], str))), None)
    if name is not None:
        value = NAMED[name]
    elif is_struct:
        value = example_of(of)
    elif absent := {NoneType, UnsetType} & set(get_args(hint)):
        return UNSET if UnsetType in absent else None
    elif issubclass(of, Enum):
        value = next(iter(of)).value
    else:
        value = BY_TYPE[of] if of in BY_TYPE else named_example(f"{struct.__name__}.{field}")
    return [value] if is_list and not isinstance(value, list) else value


def _plain(hint: Any) -> Any:
    """A type without its bounds, the first of those that are not null."""
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return next(_plain(each) for each in get_args(hint) if each not in (NoneType, UnsetType))
    return hint
