"""An example of each field that the API takes, by its name: what the description shows beside it."""

from __future__ import annotations

from typing import Any

NAMED: dict[str, Any] = {
    "AccessoriesBody.reason": "Rapporté par la famille",
    "BasisBody.reference": "2026-CDAPH-0123",
    "ContactBody.contact_with": "DSDEN de Loire-Atlantique",
    "FindingBody.reason": "Vol avec effraction, plainte déposée.",
    "FoundBody.reason": "Rapporté par le transporteur",
    "LeavingBody.school": "Collège de la nouvelle commune",
    "ContactBody.school": "Collège de la nouvelle commune",
    "MergeBody.reason": "Noté sur la fiche d'un homonyme.",
    "MunicipalityPatch.signatory_name": "Dominique Morvan",
    "MunicipalityPatch.signatory_title": "Maire",
    "ReasonBody.reason": "Noté sur la fiche d'un homonyme.",
    "ReceiptBody.reason": "Le mauvais prêt a été scanné.",
    "RemovalBody.description": "Sac volé dans le bus",
    "RemoveFileBody.reason": "Un certificat médical, envoyé par erreur.",
    "ReopenIncidentBody.reason": "Clos par erreur.",
    "RepresentativeBody.first_name": "Claire",
    "RepresentativeBody.on_behalf_of": "Conseil départemental d'Ille-et-Vilaine",
    "RepresentativeBody.reference": "jugement vu le 3 mars 2026",
    "SchoolPatch.reason": "Contrat d'association vérifié auprès de la DSDEN",
    "SettleBody.reason": "Fusion confirmée par la mairie le 12 novembre",
    "StatusBody.reason": "Écran cassé, envoyé en réparation",
    "UndoBody.reason": "Erreur de ligne",
    "WithdrawBody.reason": "Le papier signé était celui d'un autre prêt.",
    "academie": "17",
    "accessories": "Chargeur",
    "authority_name": "Syndicat scolaire Exemple",
    "board_act": "n° 12 du 3 septembre 2026",
    "brand": "Exemple",
    "category": "Informatique",
    "city": "Rennes",
    "code": "012345",
    "contact_with": "DSDEN de Loire-Atlantique, service de l'école inclusive",
    "country": "Belgique",
    "delegation": "par délégation du recteur",
    "deliberation": "n° 2026-12 du 3 juin 2026",
    "departement": "44",
    "description": "L'écran reste noir.",
    "designation": "Ordinateur portable",
    "dpo_contact": "dpd@example.org",
    "email": "parent@example.org",
    "first_name": "Zoé",
    "found": "Chargeur",
    "funding_service": "Rectorat",
    "head_name": "Dominique Le Goff",
    "head_title": "Principale",
    "home": 0,
    "inventory_number": "35-2026-0042",
    "inventory_pattern": "35-{year}-{n}",
    "last_name": "Martin",
    "lessor": "Loueur Exemple",
    "lines": "12 rue des Lilas",
    "mayor_name": "Dominique Morvan",
    "missing": "Souris",
    "missing_accessories": "Souris",
    "model": "X13",
    "name": "DSDEN d'Ille-et-Vilaine",
    "note": "Batterie changée",
    "on_behalf_of": "OGEC Exemple",
    "opening_hours": "du lundi au vendredi, de 9 h à 17 h",
    "original_kept_by": "DSDEN, bureau des élèves",
    "phone": "02 99 00 00 00",
    "postcode": "35000",
    "protection_reference": "",
    "purchase_price_cents": 64900,
    "purpose": "Prise de notes et lecture des documents de cours",
    "reason": "Élève ayant quitté l'académie",
    "replaced": "Étui",
    "resolution": "Votre tablette est remplacée, sans frais.",
    "school": "0350001A",
    "serial_number": "SN-0042",
    "sheet": "a4_3x8",
    "signatory_name": "Camille Durand",
    "signatory_title": "Inspectrice d'académie – DASEN",
    "text": "Devis demandé au réparateur.",
    "version": 1,
}
"""By the name of the field, or by those of its schema and its own."""


def named_example(name: str) -> Any:
    """The example of a field, `Schema.field`.

    Raises:
        LookupError: the field has none.
    """
    for each in (name, name.partition(".")[2], name.rpartition("_")[2]):
        if each in NAMED:
            return NAMED[each]
    raise LookupError(f"{name} has no example")
