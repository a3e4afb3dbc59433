"""Managing services: create, change, find, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from materiel.domain.accounts.delays import Delays
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.service import NO_ADDRESS, ManagingService, RenewalPolicy, ServiceKind
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.history import journal
from materiel.store.history.search import search
from materiel.use_cases.accounts.service import (
    CreateService,
    UpdateService,
    choose_service,
    create_service,
    list_services,
    read_service,
    update_service,
)

pytestmark = pytest.mark.usefixtures("db")

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
COMMAND = CreateService(
    code="dsden35",
    name="DSDEN d'Ille-et-Vilaine",
    kind=ServiceKind.DSDEN,
    academie="14",
    departement="35",
    address=NO_ADDRESS,
)


async def a_service() -> ManagingService:
    return await create_service(COMMAND, actor_id="cli", now=NOW)


def actor_of(service: ManagingService, role: Role = Role.ADMIN) -> Actor:
    return Actor("user:1", role, service.id)


async def test_a_created_service_is_found_by_its_code_and_journalled() -> None:
    service = await a_service()
    assert (service.code, service.departement) == ("DSDEN35", "035")
    assert await choose_service("dsden35") == service
    entries = await search(service.id, limit=10)
    assert [(entry.action, entry.actor) for entry in entries] == [("service.created", "cli")]


async def test_a_code_is_used_once() -> None:
    await a_service()
    with pytest.raises(Conflict) as refusal:
        await a_service()
    assert refusal.value.code == "service.code_taken"
    assert len(await list_services()) == 1


async def test_a_wrong_service_leaves_no_trace() -> None:
    wrong = CreateService(
        code="X", name="", kind=ServiceKind.DSDEN, academie="14", departement="35", address=NO_ADDRESS
    )
    with pytest.raises(RuleBroken) as refusal:
        await create_service(wrong, actor_id="cli", now=NOW)
    assert refusal.value.code == "service.invalid"
    assert await list_services() == []
    assert await journal.chains() == []


async def test_the_only_service_needs_no_code() -> None:
    with pytest.raises(NotFound) as nobody:
        await choose_service(None)
    assert nobody.value.code == "service.none"
    service = await a_service()
    assert await choose_service(None) == service


async def test_among_several_services_one_must_be_named() -> None:
    await a_service()
    rectorat = CreateService(
        code="RECT14", name="Rectorat", kind=ServiceKind.RECTORAT, academie="14", departement="035", address=NO_ADDRESS
    )
    await create_service(rectorat, actor_id="cli", now=NOW)
    with pytest.raises(Conflict, match="DSDEN35, RECT14") as refusal:
        await choose_service(None)
    assert refusal.value.code == "service.ambiguous"
    with pytest.raises(NotFound) as unknown:
        await choose_service("DSDEN22")
    assert unknown.value.code == "service.not_found"


async def test_an_administrator_changes_settings() -> None:
    service = await a_service()
    command = UpdateService(version=1, signatory_name="Anne Exemple", renewal_policy=RenewalPolicy.BASIS)
    saved = await update_service(command, actor=actor_of(service), now=NOW)
    assert (saved.signatory_name, saved.renewal_policy, saved.name) == (
        "Anne Exemple",
        RenewalPolicy.BASIS,
        service.name,
    )
    assert saved == await read_service(actor=actor_of(service, Role.READER))
    newest = (await search(service.id, limit=1))[0]
    assert newest.details == {"fields": ["renewal_policy", "signatory_name"]}


async def test_an_administrator_says_when_what_waits_is_coloured() -> None:
    service = await a_service()
    actor = actor_of(service)
    saved = await update_service(UpdateService(version=1, amber_days=30, red_days=60), actor=actor, now=NOW)
    assert saved.delays == (await services.zone_and_delays(service.id))[1] == Delays(30, 60)
    assert (await search(service.id, limit=1))[0].details == {"fields": ["amber_days", "red_days"]}
    with pytest.raises(RuleBroken) as refusal:
        await update_service(UpdateService(version=2, red_days=30), actor=actor, now=NOW)
    assert (refusal.value.code, [each.pointer for each in refusal.value.errors]) == ("service.invalid", ["/red_days"])
    assert (await read_service(actor=actor)).delays == Delays(30, 60)


async def test_a_stale_version_is_refused_and_leaves_no_trace() -> None:
    service = await a_service()
    await update_service(UpdateService(version=1, phone="02 99 00 00 00"), actor=actor_of(service), now=NOW)
    with pytest.raises(Conflict) as refusal:
        await update_service(UpdateService(version=1, phone="02 99 11 11 11"), actor=actor_of(service), now=NOW)
    assert refusal.value.code == "service.changed"
    assert (await read_service(actor=actor_of(service))).phone == "02 99 00 00 00"
    assert len(await search(service.id, limit=10)) == 2


@pytest.mark.parametrize("role", [Role.MANAGER, Role.READER])
async def test_only_an_administrator_changes_settings(role: Role) -> None:
    service = await a_service()
    with pytest.raises(PermissionDenied) as refusal:
        await update_service(UpdateService(version=1, phone="02"), actor=actor_of(service, role), now=NOW)
    assert refusal.value.code == "actor.forbidden"


async def test_a_failing_last_write_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(journal, "insert_rows", fail)
    with pytest.raises(OSError, match="disk full"):
        await a_service()
    assert await list_services() == []
