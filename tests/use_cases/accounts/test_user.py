"""Accounts: create, list, close."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.service import NO_ADDRESS, ServiceKind
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.history.search import search
from materiel.use_cases.accounts.service import CreateService, create_service
from materiel.use_cases.accounts.user import CreateUser, create_user, disable_user, list_users

pytestmark = pytest.mark.usefixtures("db")

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
CAMILLE = CreateUser(email=" Camille.Exemple@AC-Exemple.fr ", name="Camille  Exemple", role=Role.MANAGER)


async def an_administrator(code: str = "DSDEN35") -> Actor:
    command = CreateService(
        code=code, name="DSDEN", kind=ServiceKind.DSDEN, academie="14", departement="35", address=NO_ADDRESS
    )
    service = await create_service(command, actor_id="cli", now=NOW)
    return Actor("cli", Role.ADMIN, service.id)


async def test_an_account_is_cleaned_and_listed() -> None:
    admin = await an_administrator()
    user = await create_user(CAMILLE, actor=admin, now=NOW)
    assert (user.email, user.name) == ("camille.exemple@ac-exemple.fr", "Camille Exemple")
    assert await list_users(actor=admin) == [user]


async def test_the_journal_holds_no_name() -> None:
    admin = await an_administrator()
    user = await create_user(CAMILLE, actor=admin, now=NOW)
    entry = (await search(admin.service_id, limit=1))[0]
    assert (entry.action, entry.subject_id, entry.details) == ("user.created", str(user.id), {"role": "manager"})


async def test_an_address_is_used_once_in_the_installation() -> None:
    admin, other = await an_administrator(), await an_administrator("DSDEN22")
    await create_user(CAMILLE, actor=admin, now=NOW)
    with pytest.raises(Conflict) as refusal:
        await create_user(CAMILLE, actor=other, now=NOW)
    assert refusal.value.code == "user.email_taken"
    assert await list_users(actor=other) == []


@pytest.mark.parametrize(
    ("email", "name", "pointers"),
    [
        ("", "Camille", ["/email"]),
        ("camille", "Camille", ["/email"]),
        ("a@b.fr", " ", ["/name"]),
        ("x", "a\x07b", ["/email", "/name"]),
    ],
)
async def test_a_wrong_account_is_refused_field_by_field(email: str, name: str, pointers: list[str]) -> None:
    admin = await an_administrator()
    with pytest.raises(RuleBroken) as refusal:
        await create_user(CreateUser(email=email, name=name, role=Role.READER), actor=admin, now=NOW)
    assert refusal.value.code == "user.invalid"
    assert [fault.pointer for fault in refusal.value.errors] == pointers
    assert await list_users(actor=admin) == []


async def test_a_closed_account_stays_in_the_list() -> None:
    admin = await an_administrator()
    await create_user(CAMILLE, actor=admin, now=NOW)
    closed = await disable_user("CAMILLE.EXEMPLE@ac-exemple.fr", actor=admin, now=NOW)
    assert closed.disabled_at == NOW
    assert await list_users(actor=admin) == [closed]
    later = datetime(2026, 10, 1, tzinfo=UTC)
    assert await disable_user("camille.exemple@ac-exemple.fr", actor=admin, now=later) == closed


async def test_another_services_account_does_not_exist() -> None:
    admin, other = await an_administrator(), await an_administrator("DSDEN22")
    await create_user(CAMILLE, actor=admin, now=NOW)
    with pytest.raises(NotFound) as refusal:
        await disable_user("camille.exemple@ac-exemple.fr", actor=other, now=NOW)
    assert refusal.value.code == "user.not_found"


@pytest.mark.parametrize("role", [Role.MANAGER, Role.READER])
async def test_only_an_administrator_deals_with_accounts(role: Role) -> None:
    actor = Actor("user:1", role, (await an_administrator()).service_id)
    with pytest.raises(PermissionDenied):
        await create_user(CAMILLE, actor=actor, now=NOW)
    with pytest.raises(PermissionDenied):
        await list_users(actor=actor)
    with pytest.raises(PermissionDenied):
        await disable_user("camille.exemple@ac-exemple.fr", actor=actor, now=NOW)
