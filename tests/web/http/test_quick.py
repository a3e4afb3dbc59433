"""The short way answers the bytes of the plain way; what it cannot answer is left to the plain way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from litestar.serialization import encode_json
from tests.web.cast import done, import_schools, loan_body, made, make_item, make_loan
from tests.web.conftest import Cast, Client

from materiel.store.engine.database import DatabaseEngine
from materiel.store.engine.json_sql import JsonSql
from materiel.store.engine.postgres import SafePostgresEngine
from materiel.use_cases.item.code import item_of_code
from materiel.use_cases.item.item import get_item
from materiel.web.api.item import quick as item_quick
from materiel.web.api.item.code import ScannedOut
from materiel.web.api.item.item import ItemOut

HARD_TEXTS = (
    "Clavier Bépo « grand » – 2\u202fm",
    'Écran 27" \\ bras',
    "L’œil & <l'oreille>",
    "Łódź / ñandú",
    "100 % €",
)


def scope_of(cast: Cast, **query: str) -> Any:
    return {"user": cast.actor, "query_string": urlencode(query).encode()}


async def make_items(client: Client) -> list[dict[str, Any]]:
    """Thirty items: every optional field both ways, accents, quotes, no and many accessories, two states."""
    items = []
    for rank in range(30):
        text = HARD_TEXTS[rank % len(HARD_TEXTS)]
        body: dict[str, Any] = {"inventory_number": f"35-2026-{rank:04}", "designation": f"{text} n° {rank}"}
        if rank % 2:
            body |= {"accessories": [text, "Chargeur"][: rank % 3], "brand": text, "serial_number": f"SN-{rank}"}
        if rank % 3:
            body |= {"acquired_on": "2026-09-01", "purchase_price_cents": rank * 100}
        if rank % 5 == 0:
            body |= {
                "ownership": "rented",
                "lessor": text,
                "lease_ends_on": "2030-08-31",
                "funding_service": "Rectorat",
            }
        item = await made(client, "/api/items", body)
        if rank % 7 == 0:
            change = {"status": "in_repair", "reason": "Écran cassé", "version": item["version"]}
            item = await done(client, f"/api/items/{item['id']}/status", change)
        items.append(item)
    return items


async def test_an_item_is_the_same_bytes_both_ways(cast: Cast, manager: Client) -> None:
    for item in await make_items(manager):
        item_id = UUID(item["id"])
        scope: Any = {"user": cast.actor, "path_params": {"item_id": item_id}}
        quick = await item_quick.read_item(scope)
        assert quick == encode_json(ItemOut.of(await get_item(item_id, actor=cast.actor)))
        assert quick == (await manager.get(f"/api/items/{item_id}")).content


LISTS: tuple[dict[str, str], ...] = (
    {},
    {"limit": "200"},
    {"status": "in_repair"},
    {"status": "lost"},
    {"q": "bepo"},
    {"q": "œil", "limit": "2"},
    {"q": "n° zzz"},
    {"q": "ecran", "status": "in_stock", "limit": "1"},
    {"inventory_number": "35-2026-0004"},
    {"inventory_number": " 35-2026-0004"},
    {"inventory_number": "35-2026-9999"},
)


async def both_ways(cast: Cast, client: Client, query: dict[str, str]) -> dict[str, Any]:
    """The answer of a list, once both ways were seen to give its bytes."""
    # A parameter that the short way does not know sends the request the plain way, which ignores it.
    plain = await client.get("/api/items", params={**query, "unknown": "1"})
    assert await item_quick.list_items(scope_of(cast, **query)) == plain.content, query
    assert (await client.get("/api/items", params=query)).content == plain.content, query
    answer: dict[str, Any] = plain.json()
    return answer


async def test_a_list_is_the_same_bytes_both_ways(cast: Cast, manager: Client) -> None:
    await make_items(manager)
    found = [len((await both_ways(cast, manager, query))["items"]) for query in LISTS]
    assert found == [30, 30, 5, 0, 6, 2, 0, 1, 1, 1, 0]
    query, seen = {"limit": "7"}, 0
    while cursor := (page := await both_ways(cast, manager, query))["next_cursor"]:
        seen += len(page["items"])
        query["cursor"] = cursor
    assert seen + len(page["items"]) == 30


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=07", "limit=", "status=gone", "q=a&q=b", "unknown=1", f"q={'a' * 201}"],
)
async def test_what_is_not_ordinary_is_left_to_the_handler(cast: Cast, query: str) -> None:
    scope: Any = {"user": cast.actor, "query_string": query.encode()}
    assert await item_quick.list_items(scope) is None


async def test_another_service_sees_nothing_the_short_way(cast: Cast, manager: Client, stranger: Client) -> None:
    item = (await make_items(manager))[0]
    assert (await stranger.get(f"/api/items/{item['id']}")).status_code == 404
    assert (await stranger.get("/api/items")).json() == {"items": [], "next_cursor": None}
    found = await stranger.get("/api/items", params={"inventory_number": item["inventory_number"]})
    assert found.json()["items"] == []


async def test_a_scanned_label_is_the_same_bytes_both_ways(cast: Cast, manager: Client, stranger: Client) -> None:
    await import_schools(manager)
    code = (await make_item(manager, "35-2026-0900"))["public_code"]
    await scanned_both_ways(cast, manager, code)
    loan = await make_loan(manager, purpose="Lire l’œuvre « à voix haute »")
    code = (await manager.get(f"/api/items/{loan['items'][0]['id']}")).json()["public_code"]
    assert (await scanned_both_ways(cast, manager, code))["documents"] == []
    agreement, notice = (await done(manager, f"/api/loans/{loan['id']}/issue"))["documents"]
    assert len((await scanned_both_ways(cast, manager, code))["missing"]) == len(agreement["signatories"])
    for box in agreement["signatories"]:
        signature = {"signatory": box["id"], "signed_on": "2026-11-21", "channel": "paper"}
        await done(manager, f"/api/documents/{agreement['id']}/signatures", signature)
    await done(manager, f"/api/documents/{notice['id']}/sent")
    handover = {"handed_over_on": "2026-11-21", "items": [{"id": loan["items"][0]["id"], "condition": "good"}]}
    await done(manager, f"/api/loans/{loan['id']}/handover", handover)
    scanned = await scanned_both_ways(cast, manager, code.lower())
    assert agreement["id"] not in {each["document"] for each in scanned["missing"]}
    assert scanned["loan"]["items"][0]["condition_out"] == "good"
    assert scanned["documents"][1]["recipients"][0]["sent_at"] == "2026-11-21T09:00:00Z"
    assert (await stranger.get(f"/api/scan/{code}")).status_code == 404


async def test_a_deposit_without_basis_is_the_same_bytes_both_ways(cast: Cast, manager: Client) -> None:
    await import_schools(manager)
    items = [await make_item(manager, f"35-2026-{rank:04}") for rank in (910, 911)]
    ids = [item["id"] for item in items]
    body = loan_body(ids[0], None, items=ids, usage="shared", custody="school", basis=None)
    loan = await made(manager, "/api/loans", body)
    await done(manager, f"/api/loans/{loan['id']}/issue")
    scanned = await scanned_both_ways(cast, manager, items[1]["public_code"])
    assert (scanned["loan"]["basis"], len(scanned["loan"]["items"])) == (None, 2)


async def scanned_both_ways(cast: Cast, client: Client, code: str) -> dict[str, Any]:
    scope: Any = {"user": cast.actor, "path_params": {"code": code}}
    plain = encode_json(ScannedOut.of(await item_of_code(code, actor=cast.actor)))
    assert await item_quick.scan(scope) == plain
    answer = await client.get(f"/api/scan/{code}")
    assert answer.content == plain
    read: dict[str, Any] = answer.json()
    return read


@pytest.mark.parametrize("microsecond", [0, 1, 120_000, 999_999])
async def test_an_instant_is_written_as_msgspec_writes_it(db: DatabaseEngine, microsecond: int) -> None:
    at = datetime(2026, 2, 28, 23, 59, 59, microsecond, tzinfo=UTC)
    sql = JsonSql(postgres=isinstance(db, SafePostgresEngine))
    column = "CAST(at AS TEXT)" if not sql.postgres else "at"
    mark = "?" if not sql.postgres else "$1::timestamptz"
    row = (await db.fetch(f"SELECT {sql.instant(column)} AS written FROM (SELECT {mark} AS at) AS given", [at]))[0]
    assert f'"{row["written"]}"'.encode() == encode_json(at)
