"""The pupil (« élève »), with homes and representatives.

Law: Code de l'éducation, art. L131-4 (persons responsible); Code civil, art. 372-2, 388, 413-6.
Holds names and addresses only: no diagnosis, no reason, no family situation beyond « two homes » (domain § 4.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.address import Address
from materiel.domain.language.labelled import LabelledEnum


class Capacity(LabelledEnum):
    """In what capacity a person signs for a pupil (E4); the API takes the stored values."""

    MOTHER = "mother", "mère"
    FATHER = "father", "père"
    PARENT = "parent", "parent"
    GUARDIAN = "guardian", "tuteur ou tutrice"
    INSTITUTION = "institution", "service de l'aide sociale à l'enfance"
    DELEGATE = "delegate", "tiers délégataire de l'autorité parentale"
    CURATOR = "curator", "curateur ou curatrice"
    PROTECTION = "protection", "mandataire judiciaire à la protection des majeurs"
    OTHER = "other", "personne responsable"


class ProtectionRegime(LabelledEnum):
    """Legal capacity of the pupil beyond age (E5-E7)."""

    NONE = "none", "Aucun"
    EMANCIPATED = "emancipated", "Mineur émancipé"
    SAFEGUARD = "safeguard", "Sauvegarde de justice"
    CURATORSHIP = "curatorship", "Curatelle"
    GUARDIANSHIP = "guardianship", "Tutelle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """One place where the pupil lives; two when parents are separated (P2).

    `confidential`: the address is not to be told (« adresse à ne pas communiquer »): it stands on no paper, since one
    paper is read by both homes, by the school and by the commune.
    """

    address: Address
    confidential: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Representative:
    """A person responsible for the pupil (« représentant légal »). `id` is kept for life: a correction keeps it.

    `home` is an index into the pupil's homes. `on_behalf_of` names the institution; `reference` the act seen
    (judgment, delegation), never its content. `sole_authority`: only this person signs (E3).
    """

    id: UUID
    last_name: str
    first_name: str
    capacity: Capacity
    home: int | None = None
    email: str = ""
    phone: str = ""
    on_behalf_of: str = ""
    reference: str = ""
    sole_authority: bool = False

    @property
    def full_name(self) -> str:
        """First name then last name, as printed."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pupil:
    """A pupil (« élève »), the only beneficiary of an individual loan.

    `disagreement`: the other parent's disagreement is known; one signature no longer suffices (E2).
    `school_uai` is the school actually attended (E22). `died_on` stops every automatic message (E29).
    `email` and `phone` are the pupil's own: an adult and an emancipated minor are the borrower. `large_print` and
    `plain_summary` say in what form an agreement is printed too, never why: whoever reads it may be who asks it.
    """

    id: UUID
    service_id: UUID
    last_name: str
    first_name: str
    birth_date: date
    school_uai: str
    homes: tuple[Home, ...]
    representatives: tuple[Representative, ...]
    email: str = ""
    phone: str = ""
    protection: ProtectionRegime = ProtectionRegime.NONE
    protection_reference: str = ""
    disagreement: bool = False
    died_on: date | None = None
    large_print: bool = False
    plain_summary: bool = False
    version: int = 1

    @property
    def full_name(self) -> str:
        """First name then last name, as printed."""
        return f"{self.first_name} {self.last_name}".strip()
