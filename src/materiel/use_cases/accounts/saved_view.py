"""The views of lists that somebody keeps: named, renamed, given up. They are seen by that account alone.

Nothing of it is in the journal: a bookmark changes no record, and the lists kept until the next entry stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.saved_view import MOST, KeptList, SavedView, checked_view, kept_query
from materiel.errors import Conflict, NotFound, PermissionDenied
from materiel.store.accounts import saved_view as store
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id

_ACCOUNT = "user:"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveView:
    """A name for what an address asks of a list."""

    list: KeptList
    name: str
    query: str


async def my_views(kept: KeptList, *, actor: Actor) -> list[SavedView]:
    """The views that whoever reads keeps of a list, by name; a token keeps none."""
    actor.require(Permission.READ)
    if not actor.id.startswith(_ACCOUNT):
        return []
    return await store.of_list(_account_of(actor), actor.service_id, kept)


@in_one_visit
async def save_view(command: SaveView, *, actor: Actor, now: datetime) -> SavedView:
    """Keep what an address asks of a list under a name.

    Raises:
        RuleBroken: `saved_view.invalid`.
        Conflict: `saved_view.name_taken`, `saved_view.too_many`.
        PermissionDenied: `saved_view.no_account`, a token keeps no view.
    """
    actor.require(Permission.READ)
    view = checked_view(
        SavedView(
            id=new_id(),
            service_id=actor.service_id,
            account_id=_account_of(actor),
            list=command.list,
            name=command.name,
            query=kept_query(command.list, command.query),
            created_at=now,
        )
    )
    async with write_transaction():
        known = await store.of_list(view.account_id, view.service_id, view.list)
        _check_free(view.name, known)
        if len(known) >= MOST:
            raise Conflict("saved_view.too_many", f"Vous gardez déjà {MOST} vues de cette liste : retirez-en une.")
        await store.insert(view)
    return view


@in_one_visit
async def rename_view(view_id: UUID, kept: KeptList, name: str, *, actor: Actor) -> SavedView:
    """Give a view of the actor's another name.

    Raises:
        NotFound: `saved_view.not_found`.
        RuleBroken: `saved_view.invalid`.
        Conflict: `saved_view.name_taken`.
    """
    actor.require(Permission.READ)
    account_id = _account_of(actor)
    async with write_transaction():
        known = await store.of_list(account_id, actor.service_id, kept)
        view = next((each for each in known if each.id == view_id), None)
        if view is None:
            raise _unknown()
        renamed = checked_view(replace(view, name=name))
        _check_free(renamed.name, [each for each in known if each.id != view_id])
        await store.rename(view_id, renamed.name, account_id, actor.service_id)
    return renamed


@in_one_visit
async def delete_view(view_id: UUID, *, actor: Actor) -> None:
    """Keep a view of the actor's no more.

    Raises:
        NotFound: `saved_view.not_found`.
    """
    actor.require(Permission.READ)
    async with write_transaction():
        if not await store.delete(view_id, _account_of(actor), actor.service_id):
            raise _unknown()


def _account_of(actor: Actor) -> UUID:
    if not actor.id.startswith(_ACCOUNT):
        raise PermissionDenied("saved_view.no_account", "Un jeton d'accès ne garde pas de vue : ouvrez votre compte.")
    return UUID(actor.id.removeprefix(_ACCOUNT))


def _check_free(name: str, known: list[SavedView]) -> None:
    if any(each.name.casefold() == name.casefold() for each in known):
        raise Conflict("saved_view.name_taken", f"Vous avez déjà une vue « {name} » de cette liste : changez de nom.")


def _unknown() -> NotFound:
    return NotFound("saved_view.not_found", "Cette vue n'existe pas, ou n'existe plus.")
