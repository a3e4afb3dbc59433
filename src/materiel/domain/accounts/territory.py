"""The territory of a managing service: a DSDEN answers for its département, a rectorat for its académie.

Source: Code de l'éducation, art. R222-1, R222-19 and R222-24 (académies, départements); domain E13, E14.
"""

from __future__ import annotations

from materiel.domain.academies import ACADEMIES, academie_code, departement_code, same_academie
from materiel.domain.accounts.service import ManagingService, ServiceKind
from materiel.domain.places.school import School


def is_outside_territory(school: School, service: ManagingService) -> bool:
    """Whether a school is beyond what the service answers for."""
    if service.kind is ServiceKind.RECTORAT:
        return not same_academie(school.academie, service.academie)
    return departement_code(school.departement) != departement_code(service.departement)


def departements_of(service: ManagingService) -> tuple[str, ...]:
    """The départements that a service answers for, in three characters."""
    academie = ACADEMIES.get(academie_code(service.academie))
    if service.kind is ServiceKind.RECTORAT and academie is not None:
        return academie.departements
    return (departement_code(service.departement),)


def outside_territory_sentence(school: School, service: ManagingService) -> str:
    """Say where the school is, and who usually lends there."""
    if not same_academie(school.academie, service.academie):
        academie = ACADEMIES.get(academie_code(school.academie))
        where = f"dans l'académie {academie.of_name}" if academie else "dans une autre académie"
        usual = "Le service gestionnaire de cette académie y prête d'ordinaire"
    else:
        where = f"dans le département {departement_in_words(school.departement)}"
        usual = "Le service de ce département y prête d'ordinaire"
    return f"Cet établissement est {where}, hors du ressort de {service.name}. {usual} : dites pourquoi c'est vous."


def departement_in_words(code: str) -> str:
    """« 35 », « 2A », « 974 »: how people write a département that the annuaire codes in three characters."""
    return code[1:] if len(code) == 3 and code.startswith("0") else code
