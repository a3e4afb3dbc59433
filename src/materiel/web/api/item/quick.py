"""The quick answers of the routes of `item` and `code`; see `web.http.quick`."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from litestar.types import Scope

from materiel.domain.accounts.roles import Actor
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import ItemStatus
from materiel.use_cases.item import json as items
from materiel.web.http.paging import read_cursor, write_cursor
from materiel.web.http.quick import parameters

_FILTERS = frozenset({"q", "status", "family", "limit", "cursor"})
_STATUSES = {status.value: status for status in ItemStatus}
_FAMILIES = {family.value: family for family in ItemFamily}
# Written any other way (`010`, `+10`), a number is left to the handler.
_LIMITS = {str(limit): limit for limit in range(1, 201)}
_LONGEST = {"q": 200, "cursor": 400, "inventory_number": 60}


async def read_item(scope: Scope) -> bytes | None:
    """`GET /api/items/{item_id}`."""
    actor: Actor = scope["user"]
    item_id = cast(UUID, scope["path_params"]["item_id"])
    body = await items.get_item(item_id, actor=actor)
    return body.encode() if body is not None else None


async def scan(scope: Scope) -> bytes | None:
    """`GET /api/scan/{code}`."""
    body = await items.item_of_code(scope["path_params"]["code"], actor=scope["user"])
    return body.encode() if body is not None else None


async def list_items(scope: Scope) -> bytes | None:
    """`GET /api/items`."""
    given = parameters(scope)
    if given is None or any(len(given.get(name, "")) > longest for name, longest in _LONGEST.items()):
        return None
    if given.keys() == {"inventory_number"}:
        return await _item_of_number(given["inventory_number"], scope["user"])
    limit = _LIMITS.get(given.get("limit", "50"))
    if limit is None or not given.keys() <= _FILTERS or given.get("status", "lost") not in _STATUSES:
        return None
    if given.get("family", "other") not in _FAMILIES:
        return None
    found = await items.list_items(
        actor=scope["user"],
        q=given.get("q", ""),
        status=_STATUSES[given["status"]] if "status" in given else None,
        family=_FAMILIES[given["family"]] if "family" in given else None,
        limit=limit + 1,
        after=read_cursor(given.get("cursor"), UUID),
    )
    shown = found[:limit]
    following = write_cursor(shown[-1][0]) if len(found) > limit else None
    return _page([body for _, body in shown], following)


async def _item_of_number(inventory_number: str, actor: Actor) -> bytes:
    body = await items.find_item(inventory_number, actor=actor)
    return _page([body] if body is not None else [], None)


def _page(bodies: list[str], cursor: str | None) -> bytes:
    # A cursor is base64: nothing in it needs escaping.
    following = f'"{cursor}"' if cursor is not None else "null"
    return f'{{"items":[{",".join(bodies)}],"next_cursor":{following}}}'.encode()
