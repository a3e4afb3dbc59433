"""No character that nobody sees is ever stored, whatever the route that receives it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from litestar import Litestar
from tests.web.cast import (
    BASIS,
    COLLEGE,
    ITEM,
    PUBLIC_SCHOOL,
    PUPIL,
    done,
    import_schools,
    loan_body,
    made,
)
from tests.web.conftest import Client

from materiel.domain.language.folding import visible
from materiel.store.engine.database import fetch
from materiel.store.tables import ALL_TABLES
from materiel.web.api.openapi import schema_of
from materiel.web.http.body import visible_body

UNSEEN = "\u200b\u00ad\u2066\ufeff\ufe0f"
FREE = {"designation", "purpose", "reference", "reason", "description", "text", "last_name", "first_name", "city"}


def dirty(value: Any, *, name: str = "") -> Any:
    """The value with invisible characters at both ends and inside each free text."""
    match value:
        case str() if name in FREE or name in {"accessories", "lines", "missing_accessories"}:
            return f"{UNSEEN}{value[:2]}{UNSEEN}{value[2:]}{UNSEEN}"
        case list():
            return [dirty(each, name=name) for each in value]
        case dict():
            return {key: dirty(each, name=key) for key, each in value.items()}
        case _:
            return value


async def stored_texts() -> list[tuple[str, str, str]]:
    """Every text cell of the base: its table, its column, what it holds."""
    return [
        (table._meta.tablename, column, text)
        for table in ALL_TABLES
        for row in await fetch(f"SELECT * FROM {table._meta.tablename}")
        for column, text in dict(row).items()
        if isinstance(text, str)
    ]


async def test_what_nobody_sees_is_stored_nowhere(manager: Client, admin: Client) -> None:
    await import_schools(admin)
    service = (await admin.get("/api/service")).json()
    settings = {"version": service["version"], "opening_hours": f"9{UNSEEN} h", "signatory_name": f"Ad{UNSEEN}a"}
    assert (await admin.patch("/api/service", json=settings)).status_code == 200
    item = await made(manager, "/api/items", dirty({**ITEM, "brand": "Acme", "category": "loupe"}))
    pupil = await made(manager, "/api/pupils", dirty(PUPIL))
    assert (item["designation"], pupil["last_name"]) == (ITEM["designation"], PUPIL["last_name"])
    loan = await made(manager, "/api/loans", dirty(loan_body(item["id"], pupil["id"], basis=BASIS)))
    await done(manager, f"/api/loans/{loan['id']}/issue")
    contact = {"version": 1, "head_name": f"Jean{UNSEEN} Bon", "head_title": "Principal"}
    assert (await manager.patch(f"/api/schools/{COLLEGE}/contact", json=contact)).status_code == 200
    incident = {"item": item["id"], "kind": "damage", "happened_on": "2026-11-21"}
    await made(manager, "/api/incidents", dirty({**incident, "description": "Écran fendu"}))
    assert (await manager.get("/api/pupils", params={"q": f"Mar{UNSEEN}tin"})).json()["items"]
    assert (await manager.get(f"/api/schools/{PUBLIC_SCHOOL}")).status_code == 200
    found = [(table, column) for table, column, text in await stored_texts() if any(sign in text for sign in UNSEEN)]
    assert found == []


def _texts(schema: dict[str, Any], parts: dict[str, Any], depth: int = 0) -> Any:
    """A body made of a described type, every text of it dirty."""
    if depth > 6:
        return None
    if "$ref" in schema:
        return _texts(parts[schema["$ref"].rsplit("/", 1)[1]], parts, depth + 1)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return [_texts(each, parts, depth + 1) for each in schema[several]]
    if "properties" in schema:
        return {name: _texts(each, parts, depth + 1) for name, each in schema["properties"].items()}
    if "items" in schema:
        return [_texts(schema["items"], parts, depth + 1)]
    return f"a{UNSEEN}b" if "string" in str(schema.get("type")) else None


def test_every_text_of_every_described_body_is_cleaned(app: Litestar) -> None:
    document = schema_of(app)
    bodies = [
        content["schema"]
        for path in document["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items()
        if media_type == "application/json"
    ]
    assert len(bodies) > 20
    for schema in bodies:
        raw = json.dumps(_texts(schema, document["components"]["schemas"])).encode()
        seen = visible_body(raw).decode()
        assert seen == visible(seen)
        assert json.loads(seen) == json.loads(visible(json.dumps(json.loads(raw), ensure_ascii=False)))


@pytest.mark.parametrize("body", [b'{"a":"b"}', '{"a":"é"}'.encode(), b"\xff", b"{"])
def test_a_body_without_any_is_left_as_it_came(body: bytes) -> None:
    assert visible_body(body) is body


def test_a_name_escaped_in_json_is_cleaned_too() -> None:
    assert visible_body(b'{"a":["L\\u200be\\u00a0\\u00a0Goff"]}') == b'{"a":["Le Goff"]}'
