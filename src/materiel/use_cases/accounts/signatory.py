"""The account that signs for the State, behind whoever acts."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.user import User
from materiel.errors import PermissionDenied
from materiel.store.accounts import user as users


async def signatory_of(*, actor: Actor) -> User:
    """The account that signs, whatever it lacks to do so.

    Raises:
        PermissionDenied: the role does not sign; `state_signature.person_only`, no account acts.
    """
    actor.require(Permission.SIGN)
    kind, _, key = actor.id.partition(":")
    if kind != "user":
        raise PermissionDenied(
            "state_signature.person_only",
            "Une personne signe pour l'État, avec son compte et son second facteur : un programme ne le peut pas.",
        )
    return await users.get(UUID(key), actor.service_id)
