"""What sleeps in the académie, by the token of its coordinator; nobody else's opens it, and it opens nothing else."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from tests.web.cast import UNKNOWN_ID, done, made, make_item
from tests.web.conftest import NOW, Cast, Client, ClientOf, make_token
from tests.web.expectations import assert_problem

from materiel.domain.accounts.roles import Role
from materiel.store.engine.statement import Statement

WHY = "Un élève attend"


@pytest.fixture
async def coordinator(cast: Cast, client_of: ClientOf) -> Client:
    return client_of(await make_token(cast.actor, Role.COORDINATOR))


async def asleep(client: Client, number: str, months: int = 7) -> str:
    """An item that nobody has had since it was registered, so many months ago."""
    item = await make_item(client, number)
    since = NOW - timedelta(days=31 * months)
    await Statement("UPDATE item SET created_at = {} WHERE id = {}").fetch(since, UUID(item["id"]))
    found: str = item["id"]
    return found


async def test_what_sleeps_is_listed_with_its_service_and_nothing_of_who_had_it(
    coordinator: Client, manager: Client, stranger: Client
) -> None:
    first, theirs = await asleep(manager, "35-2026-0001"), await asleep(stranger, "29-2026-0001", months=13)
    await make_item(manager, "35-2026-0002")
    listed = (await coordinator.get("/api/pool")).json()
    assert [each["id"] for each in listed["items"]] == [first, theirs]
    shown = listed["items"][0]
    assert (shown["service"], shown["inventory_number"], shown["asked"]) == ("DSDEN35", "35-2026-0001", False)
    assert set(shown) == {
        *("id", "inventory_number", "designation", "family", "category"),
        *("service", "service_name", "place", "idle_since", "asked"),
    }
    assert (await coordinator.get(f"/api/pool/{first}")).json() == shown
    codes = [each["code"] for each in (await coordinator.get("/api/pool/services")).json()["items"]]
    assert codes == ["DSDEN29", "DSDEN35"]


async def test_it_is_narrowed_and_read_page_after_page(coordinator: Client, manager: Client, stranger: Client) -> None:
    first, theirs = await asleep(manager, "35-2026-0001"), await asleep(stranger, "29-2026-0001", months=13)

    async def ids(**asked: object) -> list[str]:
        answer = await coordinator.get("/api/pool", params=asked)  # type: ignore[arg-type]
        return [each["id"] for each in answer.json()["items"]]

    assert await ids(service="dsden29") == [theirs]
    assert await ids(months=12) == [theirs]
    assert await ids(q="introuvable") == []
    family = (await coordinator.get(f"/api/pool/{first}")).json()["family"]
    assert await ids(family=family) == [first, theirs]
    page = (await coordinator.get("/api/pool", params={"limit": 1})).json()
    assert await ids(cursor=page["next_cursor"]) == [theirs]
    assert (await coordinator.get("/api/pool", params={"months": 1})).status_code == 400


async def test_it_is_asked_for_a_service_and_the_owner_reads_it(
    coordinator: Client, manager: Client, stranger: Client
) -> None:
    item = await asleep(manager, "35-2026-0001")
    asked = await made(coordinator, f"/api/pool/{item}/ask", {"to": "DSDEN29", "reason": WHY})
    assert (asked["from"], asked["to"], asked["state"]) == ("DSDEN35", "DSDEN29", "asked")
    (waiting,) = (await manager.get("/api/transfers?awaits_us=true")).json()["items"]
    assert (waiting["id"], waiting["reason"]) == (asked["transfer"], WHY)
    assert (await stranger.get(f"/api/transfers/{asked['transfer']}")).json()["awaits_us"] is False
    assert (await coordinator.get(f"/api/pool/{item}")).json()["asked"] is True
    again = await coordinator.post(f"/api/pool/{item}/ask", json={"to": "DSDEN29", "reason": WHY})
    assert_problem(again, 409, "transfer.already_asked")
    assert (await done(manager, f"/api/transfers/{asked['transfer']}/accept"))["state"] == "accepted"
    assert_problem(await coordinator.get(f"/api/pool/{item}"), 404, "item.not_found")


async def test_what_is_refused_says_why(coordinator: Client, manager: Client, reader: Client) -> None:
    item = await asleep(manager, "35-2026-0001")
    body = {"to": "DSDEN29", "reason": WHY}
    for client in (manager, reader):
        assert_problem(await client.get("/api/pool"), 403, "actor.forbidden")
        assert_problem(await client.post(f"/api/pool/{item}/ask", json=body), 403, "actor.forbidden")
    for path in ("/api/items", f"/api/items/{item}", "/api/pupils", "/api/loans", "/api/needs", "/api/transfers"):
        assert_problem(await coordinator.get(path), 403, "actor.forbidden")
    path = f"/api/pool/{item}/ask"
    assert_problem(await coordinator.post(path, json=body | {"to": "NULLE"}), 404, "service.not_found")
    assert_problem(await coordinator.post(path, json=body | {"to": "DSDEN35"}), 422, "transfer.same_service")
    assert_problem(await coordinator.get(f"/api/pool/{UNKNOWN_ID}"), 404, "item.not_found")
