"""What equipment is lent for, where it stays, and on what ground: what every rule of a loan depends on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from materiel.domain.language.bounds import line
from materiel.domain.language.labelled import LabelledEnum


class Usage(LabelledEnum):
    """Lent to one pupil, or shared by a school."""

    INDIVIDUAL = "individual", "Usage individuel"
    SHARED = "shared", "Usage collectif"


class Custody(LabelledEnum):
    """Where the item stays; one that goes home even sometimes is `HOME` (row 18)."""

    HOME = "home", "Ramené au domicile"
    SCHOOL = "school", "Reste en permanence sur le lieu de scolarisation"


class BasisKind(LabelledEnum):
    """What the loan rests upon; a PAP alone is refused (E20)."""

    CDAPH = "cdaph", "Notification de la CDAPH"
    PAS = "pas", "Pôle d'appui à la scolarité"
    PAP = "pap", "Plan d'accompagnement personnalisé"
    OTHER = "other", "Autre décision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """The decision behind a loan. Dates are stored as notified, never computed (domain § 1.2)."""

    kind: BasisKind
    reference: Annotated[str, line(100)] = ""
    decided_on: date | None = None
    valid_until: date | None = None
