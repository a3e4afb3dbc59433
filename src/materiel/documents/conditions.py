"""The facts that a clause may depend on: the register behind `when` in the wordings.

Each is a question with a yes or a no about the `Facts` of one document. A clause names one; it never combines them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from materiel.documents.facts import Facts
from materiel.documents.variables import HARMED
from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.item.family import HOLDING_DATA, WITH_SOFTWARE, ItemFamily
from materiel.domain.item.item import Ownership
from materiel.domain.loan.decision import basis_has_expired
from materiel.domain.papers.document import Party, SignerKind
from materiel.domain.papers.signatories import Signatory
from materiel.domain.people.standing import is_adult
from materiel.domain.usage import Custody


@dataclass(frozen=True, slots=True)
class Fact:
    """What the name means, for the jurist who writes a clause, and how it is computed."""

    label: str
    holds: Callable[[Facts], bool]


def borrowers(facts: Facts) -> tuple[Signatory, ...]:
    """Who signs on the pupil's side, the pupil or the persons who sign for him or with him."""
    return tuple(signatory for signatory in facts.signatories if signatory.party is Party.BORROWER)


def pupil_signs(facts: Facts) -> bool:
    """The pupil signs himself: of age, emancipated, or assisted by a curator."""
    return any(signatory.signer is SignerKind.PUPIL for signatory in borrowers(facts))


def _pupil_is_minor(facts: Facts) -> bool:
    return facts.pupil is not None and not is_adult(facts.pupil, facts.issued_on)


def _rented(facts: Facts) -> int:
    return sum(line.item.ownership is Ownership.RENTED for line in facts.items)


def families_of(facts: Facts) -> frozenset[ItemFamily]:
    """The families on the lists of a document; a licence is software whatever family it was given (E36)."""
    change = facts.change
    lines = (*facts.items, *(change.added if change else ()), *(change.removed if change else ()))
    return frozenset(ItemFamily.SOFTWARE if line.item.is_software else line.item.family for line in lines)


def _any_of(families: frozenset[ItemFamily]) -> Callable[[Facts], bool]:
    return lambda facts: bool(families & families_of(facts))


def _only(family: ItemFamily) -> Callable[[Facts], bool]:
    return lambda facts: families_of(facts) == {family}


_BOOK, _SOFTWARE = frozenset({ItemFamily.BOOK_OR_DOCUMENT}), frozenset({ItemFamily.SOFTWARE})
_EVERY_FAMILY = frozenset(ItemFamily)


def _several_borrowers(facts: Facts) -> bool:
    return len(borrowers(facts)) > 1 and not pupil_signs(facts)


def _policy(policy: RenewalPolicy) -> Callable[[Facts], bool]:
    return lambda facts: facts.service.renewal_policy is policy


def _added(facts: Facts) -> bool:
    return facts.change is not None and bool(facts.change.added)


def _removed(facts: Facts) -> bool:
    return facts.change is not None and bool(facts.change.removed)


def _moved_from(custody: Custody) -> Callable[[Facts], bool]:
    return lambda facts: facts.change is not None and facts.change.moved and facts.loan.custody is custody


def _is_renewal(facts: Facts) -> bool:
    return facts.change is not None and facts.change.new_ends_on is not None


def _missing(facts: Facts) -> bool:
    return any(line.missing_accessories for line in facts.items)


def _damaged(facts: Facts) -> bool:
    return any(line.condition in HARMED for line in facts.items)


def _unchecked(facts: Facts) -> bool:
    return any(line.condition is None for line in facts.items)


def _clean_return(facts: Facts) -> bool:
    return not (_missing(facts) or _damaged(facts) or _unchecked(facts))


def _basis_expires(facts: Facts) -> bool:
    return facts.loan.basis is not None and facts.loan.basis.valid_until is not None


def _basis_is_over(facts: Facts) -> bool:
    return basis_has_expired(facts.loan.basis, max(facts.first_day, facts.issued_on))


def _may_be_renewed(policy: RenewalPolicy) -> Callable[[Facts], bool]:
    """A loan without an end has nothing to renew."""
    return lambda facts: facts.loan.ends_on is not None and facts.service.renewal_policy is policy


def _renewed_with_basis(facts: Facts) -> bool:
    return facts.loan.basis is not None and _may_be_renewed(RenewalPolicy.BASIS)(facts)


def _renewed_without_basis(facts: Facts) -> bool:
    return facts.loan.basis is None and _may_be_renewed(RenewalPolicy.BASIS)(facts)


CONDITIONS: Mapping[str, Fact] = {
    "concerns_pupil": Fact("Le document concerne un élève", lambda facts: facts.pupil is not None),
    "concerns_no_pupil": Fact("Le document concerne un usage collectif", lambda facts: facts.pupil is None),
    "borrower_is_pupil": Fact("L'élève signe lui-même", pupil_signs),
    "borrower_is_representative": Fact(
        "Une personne signe pour l'élève", lambda facts: bool(borrowers(facts)) and not pupil_signs(facts)
    ),
    "borrower_is_assisted": Fact(
        "L'élève signe avec l'assistance d'une personne",
        lambda facts: pupil_signs(facts) and len(borrowers(facts)) > 1,
    ),
    "several_borrowers": Fact("Plusieurs personnes sont invitées à signer pour l'élève", _several_borrowers),
    "second_signature_optional": Fact(
        "Une seconde signature est bienvenue sans être exigée",
        lambda facts: any(signatory.optional for signatory in borrowers(facts)),
    ),
    "will_come_of_age": Fact(
        "L'élève est mineur et représenté", lambda facts: _pupil_is_minor(facts) and not pupil_signs(facts)
    ),
    "all_state_owned": Fact("Tout le matériel appartient à l'État", lambda facts: _rented(facts) == 0),
    "all_rented": Fact("Tout le matériel est loué", lambda facts: 0 < _rented(facts) == len(facts.items)),
    "partly_rented": Fact("Une partie du matériel est louée", lambda facts: 0 < _rented(facts) < len(facts.items)),
    "lessor_known": Fact(
        "Le propriétaire du matériel loué est connu",
        lambda facts: any(line.item.ownership is Ownership.RENTED and line.item.lessor for line in facts.items),
    ),
    "has_object": Fact("Un matériel au moins est un objet, non une licence", _any_of(_EVERY_FAMILY - _SOFTWARE)),
    "has_device": Fact(
        "Un matériel au moins peut tomber en panne ou se recharger", _any_of(_EVERY_FAMILY - _SOFTWARE - _BOOK)
    ),
    "has_book": Fact("Un matériel au moins est un livre ou un document", _any_of(_BOOK)),
    "has_software": Fact("Un matériel au moins est un logiciel", _any_of(_SOFTWARE)),
    "may_hold_software": Fact("Un matériel au moins est un logiciel, ou en contient", _any_of(WITH_SOFTWARE)),
    "holds_data": Fact("Un matériel au moins garde les travaux et les comptes de l'élève", _any_of(HOLDING_DATA)),
    "data_to_erase": Fact(
        "Un appareil rendu garde des données, et ne reste pas prêté",
        lambda facts: bool(HOLDING_DATA & families_of(facts)) and not facts.goes_on,
    ),
    "runs": Fact("Un matériel au moins demande quelque chose pour fonctionner", _any_of(_EVERY_FAMILY - _BOOK)),
    "only_books": Fact("Il n'y a que des livres ou des documents", _only(ItemFamily.BOOK_OR_DOCUMENT)),
    "only_software": Fact("Il n'y a que des logiciels", _only(ItemFamily.SOFTWARE)),
    "has_end": Fact("Une date de fin est fixée", lambda facts: facts.loan.ends_on is not None),
    "has_no_end": Fact("Aucune date de fin n'est fixée", lambda facts: facts.loan.ends_on is None),
    "goes_home": Fact("Le matériel est ramené au domicile", lambda facts: facts.loan.custody is Custody.HOME),
    "stays_at_school": Fact(
        "Le matériel reste sur le lieu de scolarisation", lambda facts: facts.loan.custody is Custody.SCHOOL
    ),
    "has_basis": Fact("Une décision fonde le prêt", lambda facts: facts.loan.basis is not None),
    "basis_expires": Fact("La décision qui fonde le prêt a une date de fin", _basis_expires),
    "basis_runs": Fact(
        "La décision qui fonde le prêt a une date de fin, encore à venir",
        lambda facts: _basis_expires(facts) and not _basis_is_over(facts),
    ),
    "basis_is_over": Fact("La décision qui fonde le prêt a déjà pris fin", _basis_is_over),
    "may_be_renewed_yearly": Fact(
        "Le prêt a un terme, et le service fait signer à chaque rentrée", _may_be_renewed(RenewalPolicy.YEARLY)
    ),
    "may_be_renewed_with_basis": Fact("Le prêt a un terme, et suit la décision qui le fonde", _renewed_with_basis),
    "may_be_renewed_without_basis": Fact(
        "Le prêt a un terme, le service suit les décisions, et aucune ne le fonde", _renewed_without_basis
    ),
    "may_be_renewed_with_schooling": Fact(
        "Le prêt a un terme, et suit la scolarité", _may_be_renewed(RenewalPolicy.SCHOOLING)
    ),
    "renewed_yearly": Fact("Le service fait signer à chaque rentrée", _policy(RenewalPolicy.YEARLY)),
    "renewed_with_basis": Fact("Le prêt suit la décision qui le fonde", _policy(RenewalPolicy.BASIS)),
    "renewed_with_schooling": Fact("Le prêt suit la scolarité", _policy(RenewalPolicy.SCHOOLING)),
    "replaces_another": Fact("Le document en remplace un autre", lambda facts: bool(facts.replaces_number)),
    "items_added_only": Fact("Du matériel est ajouté", lambda facts: _added(facts) and not _removed(facts)),
    "items_removed_only": Fact("Du matériel est retiré", lambda facts: _removed(facts) and not _added(facts)),
    "items_swapped": Fact("Du matériel est échangé", lambda facts: _added(facts) and _removed(facts)),
    "has_added": Fact("Du matériel entre dans le prêt", _added),
    "has_removed": Fact("Du matériel sort du prêt", _removed),
    "removed_given_back": Fact(
        "Du matériel sort du prêt sans rester prêté",
        lambda facts: _removed(facts) and facts.change is not None and not facts.change.moved,
    ),
    "removed_to_school": Fact(
        "Du matériel reste désormais à l'école, sous une autre convention", _moved_from(Custody.HOME)
    ),
    "removed_to_home": Fact(
        "Du matériel va désormais au domicile, sous une autre convention", _moved_from(Custody.SCHOOL)
    ),
    "has_removal_reason": Fact(
        "Un motif de retrait est donné",
        lambda facts: _removed(facts) and facts.change is not None and bool(facts.change.removal_reason),
    ),
    "is_renewal": Fact("La durée est prolongée", _is_renewal),
    "renewed_to_a_day": Fact("La durée est prolongée jusqu'à une date", _is_renewal),
    "renewed_without_end": Fact(
        "La durée est prolongée sans date de fin",
        lambda facts: facts.change is not None and facts.change.renews and not _is_renewal(facts),
    ),
    "pupil_renewed_to_a_day": Fact(
        "Le prêt d'un élève est prolongé jusqu'à une date",
        lambda facts: facts.pupil is not None and _is_renewal(facts),
    ),
    "is_provisional": Fact(
        "La prolongation est provisoire, dans l'attente d'une décision",
        lambda facts: facts.change is not None and facts.change.provisional,
    ),
    "has_old_end": Fact(
        "L'ancienne date de fin est connue",
        lambda facts: _is_renewal(facts) and facts.change is not None and facts.change.old_ends_on is not None,
    ),
    "has_no_old_end": Fact(
        "Aucune ancienne date de fin n'était fixée",
        lambda facts: _is_renewal(facts) and facts.change is not None and facts.change.old_ends_on is None,
    ),
    "is_other_change": Fact(
        "L'avenant énonce une autre modification",
        lambda facts: facts.change is not None and bool(facts.change.statement.strip()),
    ),
    "school_changed": Fact(
        "L'élève a changé d'établissement",
        lambda facts: facts.change is not None and facts.change.old_school is not None,
    ),
    "school_not_changed": Fact(
        "L'élève n'a pas changé d'établissement",
        lambda facts: facts.change is None or facts.change.old_school is None,
    ),
    "goes_on": Fact("Le matériel reste confié, ailleurs ou à d'autres mains", lambda facts: facts.goes_on),
    "clean_return": Fact("Tout est rendu, complet et sans dommage", _clean_return),
    "whole_return": Fact(
        "Tout est rendu, complet et sans dommage, aucun élément d'un kit ne reste prêté",
        lambda facts: _clean_return(facts) and not facts.parts_left,
    ),
    "clean_part_of_kit": Fact(
        "Ce qui est rendu est complet et sans dommage, un élément de son kit reste prêté",
        lambda facts: _clean_return(facts) and bool(facts.parts_left),
    ),
    "part_of_kit": Fact("Un élément du kit rendu reste prêté", lambda facts: bool(facts.parts_left)),
    "accessories_missing": Fact("Des accessoires manquent", _missing),
    "items_damaged": Fact("Un matériel est abîmé ou hors d'usage", _damaged),
    "unchecked_return": Fact("L'état d'un matériel n'est pas encore constaté", _unchecked),
    "reserved_return": Fact("Un accessoire manque ou un dommage est constaté", lambda f: _missing(f) or _damaged(f)),
    "has_retention_reference": Fact(
        "Le service a dit quelle règle fixe ses durées de conservation",
        lambda facts: bool(facts.service.retention_reference),
    ),
    "has_dpo": Fact(
        "Un délégué à la protection des données est indiqué", lambda facts: bool(facts.service.dpo_contact)
    ),
    "has_no_dpo": Fact("Aucun délégué n'est indiqué", lambda facts: not facts.service.dpo_contact),
}


def conditions_of(facts: Facts) -> frozenset[str]:
    """Names of the facts that hold for this document."""
    return frozenset(name for name, fact in CONDITIONS.items() if fact.holds(facts))
