"""A pupil who leaves the académie: what becomes of all that the pupil holds, and the contact that our letters promise.

The item stays with the académie that lends it: each loan is claimed back, with its letter. Services may agree to leave
what goes home for a stated time. The contact is made by a manager, outside the product, which sends nothing to another
académie: it reminds, then records when it was made and with which service.

Source: circulaire n° 2001-061 du 5 avril 2001; Code civil, art. 1888, 1944; domain E14, § 8.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.academies import ACADEMIES, academie_code, academie_of, departement_code, same_academie
from materiel.domain.calendar.school_year import add_months
from materiel.domain.language import states
from materiel.domain.language.fields import Fields
from materiel.domain.language.french import long_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.loan.loan import Loan
from materiel.domain.usage import Custody

TEXT_MAX = 200
LONGEST_KEPT_MONTHS = 12
"""What is left longer is no continuity: it is a transfer, which both services decide."""


class Fate(LabelledEnum):
    """What a departure does to one loan of the pupil."""

    RECALLED = "recalled", "Retour demandé"
    ALREADY_RECALLED = "already_recalled", "Retour déjà demandé"
    KEPT = "kept", "Laissé à l'élève, d'accord entre les services"
    CANCELLED = "cancelled", f"{states.CANCELLED.label} : rien n'était remis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A departure noted on a pupil's record. Days are civil dates of the service, instants are UTC.

    `academie` is the code of the one that receives the pupil, empty while nobody said it; `departement` and `school`
    may be empty. `kept_until`: the last day on which what goes home may stay with the pupil, as the services agreed.
    `contact_on` and `contact_with`: when the contact was made, and with which service. `withdrawn_at`: it was an error.
    """

    id: UUID
    service_id: UUID
    pupil_id: UUID
    left_on: date
    academie: str = ""
    departement: str = ""
    school: str = ""
    kept_until: date | None = None
    contact_on: date | None = None
    contact_with: str = ""
    noted_by: str
    noted_at: datetime
    withdrawn_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """Whether it was not taken back."""
        return self.withdrawn_at is None

    @property
    def awaits_contact(self) -> bool:
        """Whether the contact with the other académie is still to be made."""
        return self.stands and self.contact_on is None

    @property
    def destination(self) -> str:
        """Where the pupil goes, as a sentence ends; what is not known yet is said."""
        known = ACADEMIES.get(self.academie)
        return f"académie {known.of_name}" if known else "académie à préciser"


def fate_of(loan: Loan, kept_until: date | None) -> Fate:
    """What a departure does to an open loan: an item kept at the former school never stays there (C. civ. 1944)."""
    if not loan.lines_out:
        return Fate.CANCELLED
    if loan.recalled_on is not None:
        return Fate.ALREADY_RECALLED
    return Fate.KEPT if kept_until is not None and loan.custody is Custody.HOME else Fate.RECALLED


def checked_leaving(leaving: Leaving, *, own_academie: str, born_on: date, today: date) -> Leaving:
    """A departure, cleaned; a contact may be recorded at once.

    Raises:
        RuleBroken: `leaving.invalid`, with every field at fault.
    """
    fields = Fields("leaving.invalid")
    if leaving.left_on > today:
        fields.add(
            "/left_on", "Ce jour est à venir : notez le départ le jour où il a lieu, d'ici là rien n'est repris."
        )
    elif leaving.left_on < born_on:
        fields.add("/left_on", "Ce jour précède la naissance de l'élève.")
    cleaned = _destination(leaving, fields, own_academie)
    cleaned = replace(cleaned, contact_with=_contact(leaving, fields, today, required=False))
    until = leaving.kept_until
    if until is not None:
        if until <= today or until > add_months(today, LONGEST_KEPT_MONTHS):
            fields.add("/kept_until", "Choisissez un jour à venir, dans l'année : au-delà, c'est un transfert.")
        if leaving.contact_on is None:
            fields.add(
                "/contact_on", "Laisser le matériel se convient avec l'autre service : dites quand, et avec lui."
            )
    fields.check()
    return cleaned


def with_contact(
    leaving: Leaving,
    *,
    on: date,
    with_service: str,
    own_academie: str,
    today: date,
    academie: str = "",
    school: str = "",
) -> Leaving:
    """The departure once the contact is made; the destination may be told at last.

    Raises:
        RuleBroken: `leaving.invalid`.
    """
    fields = Fields("leaving.invalid")
    told = replace(
        leaving,
        academie=academie or leaving.academie,
        departement="" if academie and academie != leaving.academie else leaving.departement,
        school=school or leaving.school,
        contact_on=on,
        contact_with=with_service,
    )
    told = _destination(told, fields, own_academie)
    told = replace(told, contact_with=_contact(told, fields, today, required=True))
    fields.check()
    return told


def kept_too_long(leaving: Leaving, today: date) -> str:
    """What to do once the agreed time has passed, as the list says it; empty before."""
    if leaving.kept_until is None or leaving.kept_until >= today:
        return ""
    return f"Le matériel laissé devait revenir le {long_date(leaving.kept_until)} : demandez-en le retour."


def _destination(leaving: Leaving, fields: Fields, own_academie: str) -> Leaving:
    academie = academie_code(leaving.academie) if leaving.academie.strip() else ""
    departement = departement_code(leaving.departement) if leaving.departement.strip() else ""
    found = academie_of(departement) if departement else None
    if departement and found is None:
        fields.add("/departement", "Ce département n'existe pas : écrivez son numéro, par exemple 44.")
    if found and not academie:
        academie = found.code
    if academie not in ACADEMIES:
        fields.add("/academie", "Choisissez l'académie où va l'élève.")
    elif same_academie(academie, own_academie):
        fields.add("/academie", "C'est votre académie : l'élève y change d'établissement, et le prêt le suit.")
    elif found and found.code != academie:
        fields.add("/departement", f"Ce département est dans l'académie {found.of_name}.")
    school = fields.text("/school", leaving.school, longest=TEXT_MAX)
    return replace(leaving, academie=academie, departement=departement, school=school)


def _contact(leaving: Leaving, fields: Fields, today: date, *, required: bool) -> str:
    required = required or leaving.contact_on is not None
    if leaving.contact_on is not None and leaving.contact_on > today:
        fields.add("/contact_on", "Ce jour est à venir : notez le contact une fois pris.")
    if leaving.contact_with.strip() and leaving.contact_on is None:
        fields.add("/contact_on", "Dites quel jour ce contact a été pris.")
    return fields.text(
        "/contact_with", leaving.contact_with, longest=TEXT_MAX, required=required, name="le service contacté"
    )
