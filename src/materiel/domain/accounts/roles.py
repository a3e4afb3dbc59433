"""Who may do what. A scope is one managing service; another service's record does not exist for the actor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from materiel.domain.accounts.delays import USUAL, Delays
from materiel.domain.calendar.civil_day import MAINLAND, civil_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.errors import PermissionDenied


class Role(LabelledEnum):
    """The roles of a managing service. Who signs for the State does nothing else: no role adds to another.

    A coordinator reads nothing of any service but what sleeps in the stocks of the académie.
    """

    ADMIN = "admin", "Administrateur"
    MANAGER = "manager", "Gestionnaire"
    READER = "reader", "Lecteur"
    SIGNATORY = "signatory", "Signataire"
    COORDINATOR = "coordinator", "Coordinateur"


class Permission(LabelledEnum):
    """One right. Reading and writing of the service's records, and its administration."""

    READ = "read", "Consulter"
    WRITE = "write", "Gérer le parc, les prêts et les documents"
    ADMINISTER = "administer", "Administrer le service, les comptes et les jetons"
    SIGN = "sign", "Signer pour l'État"
    COORDINATE = "coordinate", "Voir et demander ce qui dort dans l'académie"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset({Permission.READ, Permission.WRITE, Permission.ADMINISTER}),
    Role.MANAGER: frozenset({Permission.READ, Permission.WRITE}),
    Role.READER: frozenset({Permission.READ}),
    Role.SIGNATORY: frozenset({Permission.READ, Permission.SIGN}),
    Role.COORDINATOR: frozenset({Permission.COORDINATE}),
}


PROGRAM_ROLES = tuple(role for role in Role if Permission.SIGN not in PERMISSIONS[role])
"""Those of a token: no program signs for the State."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account, a token or the command line, always inside one managing service.

    `id` is what the journal keeps: an opaque identifier, never a person's name. `zone` is that of the service's
    territory, where its days begin and end; `delays` is what its pages colour by.
    """

    id: str
    role: Role
    service_id: UUID
    zone: ZoneInfo = MAINLAND
    delays: Delays = USUAL

    def civil_date(self, instant: datetime) -> date:
        """The day of an instant where the service is."""
        return civil_date(instant, self.zone)

    def require(self, permission: Permission) -> None:
        """Raise `PermissionDenied` (`actor.forbidden`) when the role lacks the permission."""
        if permission not in PERMISSIONS[self.role]:
            raise PermissionDenied(
                "actor.forbidden",
                f"Votre rôle « {self.role.label} » ne permet pas : {permission.label.lower()}. "
                "Demandez à l'administrateur de votre service.",
            )
