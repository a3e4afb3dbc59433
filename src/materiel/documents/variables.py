"""The register of everything a clause may print: name, French label, sample; and how each value is made.

A value that the facts do not hold is absent, never an empty string: a clause that prints it without asking first
(`when`) fails at issue instead of leaving a hole in a legal document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from materiel.documents.facts import Facts, ItemFacts
from materiel.documents.typography import NBSP, in_words
from materiel.domain.accounts.service import ManagingService
from materiel.domain.address import Address
from materiel.domain.circuit.workshop.kit import named
from materiel.domain.item.item import Condition, Ownership
from materiel.domain.language.french import at_place, enumeration, long_date
from materiel.domain.papers.document import AGREEMENTS
from materiel.domain.usage import Basis, BasisKind


@dataclass(frozen=True, slots=True)
class Variable:
    """What the value is, an example of it, and whether it stands out in print."""

    label: str
    sample: str
    bold: bool = False


VARIABLES: Mapping[str, Variable] = {
    "number": Variable("Numéro du document", "2026-2027/0042"),
    "issued_on": Variable("Date d’émission", "21 novembre 2026"),
    "service_name": Variable("Nom du service gestionnaire", "DSDEN d’Ille-et-Vilaine"),
    "service_contact": Variable("Comment joindre le service", "02 99 25 10 00, materiel@exemple.fr"),
    "dpo_contact": Variable("Délégué à la protection des données", "dpd@exemple.fr"),
    "pupil_name": Variable("Prénom et nom de l’élève", "Lucie Martin", bold=True),
    "school_name": Variable("École ou établissement fréquenté", "École élémentaire Jules Ferry", bold=True),
    "school_place": Variable(
        "Nom et adresse du lieu de scolarisation", "École Jules Ferry, 1 rue des Lilas, 35000 Rennes"
    ),
    "starts_on": Variable("Premier jour que la convention régit", "1er septembre 2026", bold=True),
    "ends_on": Variable("Dernier jour du prêt, inclus", "31 août 2027", bold=True),
    "purpose": Variable("Usage convenu", "prendre des notes en classe et faire ses devoirs"),
    "basis": Variable("Décision qui fonde le prêt", "la décision de la CDAPH du 3 mars 2026"),
    "basis_ends_on": Variable("Fin de validité de la décision", "31 août 2029"),
    "item_count": Variable("Nombre de matériels", "trois matériels"),
    "rented_numbers": Variable("Numéros d’inventaire des matériels loués", "35-2026-0007"),
    "lessors": Variable("Loueurs du matériel loué", "Loc’Matériel"),
    "custodian_name": Variable("Dépositaire", "Commune de Baulon", bold=True),
    "agreement_number": Variable("Numéro de la convention visée", "2026-2027/0042", bold=True),
    "replaces_number": Variable("Numéro du document remplacé", "2025-2026/0311", bold=True),
    "effective_on": Variable("Date d’effet du changement", "4 janvier 2027", bold=True),
    "removal_reason": Variable("Motif du retrait", "panne non réparable"),
    "old_ends_on": Variable("Ancienne date de fin", "31 août 2026", bold=True),
    "new_ends_on": Variable("Nouvelle date de fin", "31 août 2027", bold=True),
    "old_school_name": Variable("Établissement quitté", "École élémentaire Jules Ferry"),
    "statement": Variable("Autre modification convenue", "Le lieu de garde est désormais la salle 12"),
    "kit_parts_left": Variable("Éléments d’un kit qui restent prêtés", "35-2026-0009 (Souris scanner)"),
    "happened_on": Variable("Jour de la remise ou du retour", "24 novembre 2026", bold=True),
    "missing_accessories": Variable("Accessoires manquants", "chargeur (35-2026-0001)"),
    "damaged_items": Variable("Matériels abîmés ou hors d’usage", "ordinateur portable (35-2026-0001)"),
    "place": Variable("Ville du service", "Rennes"),
    "at_place": Variable("Ville du service, après « Établi »", "au Mans"),
    "loan_years": Variable("Années de conservation d’un prêt, après le retour", "cinq ans", bold=True),
    "pupil_years": Variable("Années de conservation d’un élève sans aucun prêt", "un an", bold=True),
    "retention_reference": Variable("Règle qui fixe ces durées", "Tableau de gestion de l’académie, ligne 12"),
    "privacy_page": Variable(
        "Page du site sur les données personnelles", "https://materiel.exemple.fr/donnees-personnelles"
    ),
    "back_by": Variable("Jour avant lequel une lettre demande une réponse", "21 décembre 2026", bold=True),
    "meeting": Variable("Jour et heure d’un rendez-vous", "mardi 12 janvier 2027 à 14 h 30", bold=True),
    "meeting_place": Variable("Lieu d’un rendez-vous", "1 quai Dujardin, Rennes"),
    "recalled_on": Variable("Jour où le retour a été demandé", "7 décembre 2026", bold=True),
    "recall_ground": Variable("Ce qui permet de reprendre avant le terme", "la date de fin est passée"),
    "danger": Variable("Danger que signale un fabricant", "la batterie peut chauffer et prendre feu", bold=True),
    "to_do": Variable("Ce qu'il faut faire devant ce danger", "éteignez l'appareil et débranchez-le", bold=True),
    "copies": Variable("Nombre d’exemplaires, en lettres", "deux exemplaires"),
}

DEFAULT_PURPOSE = "le travail scolaire"
"""What equipment lent for schooling is for, when nobody said more."""

HARMED = frozenset({Condition.DAMAGED, Condition.OUT_OF_ORDER})
"""Conditions beyond normal wear."""

_SMALL_WORDS = frozenset({"de", "des", "du", "en", "et", "la", "le", "les", "lès", "sous", "sur", "à", "aux"})


def values_of(facts: Facts) -> dict[str, str]:
    """Compute the values that the facts hold, by variable name; a value is never empty."""
    service, loan, change, pupil = facts.service, facts.loan, facts.change, facts.pupil
    rented = [line.item for line in facts.items if line.item.ownership is Ownership.RENTED]
    values: dict[str, str | None] = {
        "number": facts.number,
        "issued_on": long_date(facts.issued_on),
        "service_name": service.name,
        "service_contact": contact_of(service),
        "dpo_contact": service.dpo_contact,
        "pupil_name": pupil.full_name if pupil else None,
        "school_name": facts.school.name,
        "school_place": ", ".join((facts.school.name, *address_lines(facts.school.address))),
        "starts_on": long_date(facts.first_day),
        "ends_on": long_date(loan.ends_on) if loan.ends_on else None,
        "purpose": loan.purpose.strip().rstrip(".") or DEFAULT_PURPOSE,
        "basis": basis_in_words(loan.basis) if loan.basis else None,
        "basis_ends_on": long_date(loan.basis.valid_until) if loan.basis and loan.basis.valid_until else None,
        "item_count": count_of_items(facts.items),
        "rented_numbers": enumeration([item.inventory_number for item in rented]),
        "lessors": enumeration(list(dict.fromkeys(item.lessor for item in rented if item.lessor))),
        "custodian_name": facts.custodian.name if facts.custodian else None,
        "agreement_number": facts.agreement_number or (facts.number if facts.kind in AGREEMENTS else None),
        "replaces_number": facts.replaces_number,
        "happened_on": long_date(facts.happened_on) if facts.happened_on else None,
        "kit_parts_left": named(facts.parts_left),
        "missing_accessories": enumeration(
            [
                f"{accessory} ({line.item.inventory_number})"
                for line in facts.items
                for accessory in line.missing_accessories
            ]
        ),
        "damaged_items": enumeration([harm for line in facts.items if (harm := _harm(line))]),
        "place": place_name(service.address.city),
        "at_place": at_place(place_name(service.address.city)) if service.address.city.strip() else None,
        "loan_years": _years(service.loan_years),
        "pupil_years": _years(service.pupil_years),
        "retention_reference": service.retention_reference.strip().rstrip("."),
        "privacy_page": f"{facts.base_url.rstrip('/')}/donnees-personnelles",
        "copies": copies_in_words(len(facts.signatories)),
    }
    if change:
        values |= {
            "effective_on": long_date(change.effective_on),
            "removal_reason": change.removal_reason.strip().rstrip("."),
            "statement": change.statement.strip().rstrip("."),
            "old_ends_on": long_date(change.old_ends_on) if change.old_ends_on else None,
            "new_ends_on": long_date(change.new_ends_on) if change.new_ends_on else None,
            "old_school_name": change.old_school.name if change.old_school else None,
        }
    return {name: value for name, value in values.items() if value}


def _years(number: int) -> str:
    """« cinq ans », « un an »: the settings of the service at issue, which the agreement must not contradict."""
    return f"{in_words(number)} {'an' if number == 1 else 'ans'}"


def _harm(line: ItemFacts) -> str:
    """« Ordinateur portable (35-2026-0001) : abîmé », or nothing for an item that is well."""
    if line.condition not in HARMED:
        return ""
    return f"{line.item.designation} ({line.item.inventory_number}){NBSP}: {line.condition.label.lower()}"


def address_lines(address: Address) -> tuple[str, ...]:
    """The lines of an address, blank ones left out, postcode and city last, then a foreign country in capitals."""
    lines = (*address.lines, *address.place)
    return tuple(line.strip() for line in lines if line.strip())


def sender_of(service: ManagingService) -> tuple[str, ...]:
    """The head of what a service prints: its name, then its address."""
    return service.name, *address_lines(service.address)


def contact_of(service: ManagingService) -> str:
    """Telephone and e-mail; the name and the postal address of a service that has neither."""
    ways = [way for way in (service.phone and f"tél. {service.phone}", service.email) if way]
    if not ways:
        return ", ".join((service.name, *address_lines(service.address)))
    return ", ".join(ways)


def basis_in_words(basis: Basis) -> str:
    """Name the decision behind the loan and its date; its reference number stays in the file (minimisation)."""
    names = {
        BasisKind.CDAPH: "la décision de la commission des droits et de l'autonomie (CDAPH)",
        BasisKind.PAS: "la réponse du pôle d'appui à la scolarité (PAS)",
    }
    name = names.get(basis.kind, "la décision prise pour la scolarité de l'élève")
    return f"{name} du {long_date(basis.decided_on)}" if basis.decided_on else name


def count_of_items(lines: Iterable[ItemFacts]) -> str:
    """« un matériel », « trois matériels »."""
    count = sum(1 for _ in lines)
    return f"{in_words(count)} {'matériel' if count < 2 else 'matériels'}"


def copies_in_words(signatories: int) -> str:
    """One original for each signature box, and one at least."""
    count = max(signatories, 1)
    return f"{in_words(count)} {'exemplaire' if count < 2 else 'exemplaires'}"


def place_name(city: str) -> str:
    """« RENNES CEDEX 7 » is a postal line; a letter is dated from « Rennes »."""
    name = re.sub(r"\s+cedex\b.*$", "", city.strip(), flags=re.IGNORECASE)
    if not name.isupper():
        return name
    words = re.split(r"([\s\-'])", name.lower())
    return "".join(w if i and w in _SMALL_WORDS else w[:1].upper() + w[1:] for i, w in enumerate(words))
