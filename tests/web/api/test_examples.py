from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Struct, UnsetType, structs

from materiel.web.api.examples import NAMED, example_of


def handlers(app: Litestar) -> list[HTTPRouteHandler]:
    found = {
        handler.operation_id: handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if route.path.startswith("/api/") and isinstance(handler.operation_id, str)
    }
    return list(found.values())


def read_and_told(app: Litestar) -> list[type[Struct]]:
    """What the routes of the API read and answer as JSON."""
    fields = [field for each in handlers(app) for field in (each.parsed_data_field, each.parsed_return_field) if field]
    kinds = {field.annotation for field in fields if field.is_subclass_of(Struct)}
    return sorted((kind for kind in kinds if "Upload" not in kind.__name__), key=lambda kind: kind.__name__)


def test_an_example_is_what_its_own_schema_reads(app: Litestar) -> None:
    kinds = read_and_told(app)
    assert len(kinds) > 70
    for kind in kinds:
        example = example_of(kind)
        assert msgspec.to_builtins(msgspec.json.decode(msgspec.json.encode(example), type=kind)) == example


def test_every_named_example_is_shown(app: Litestar) -> None:
    shown = set()

    def note(kind: Any) -> None:
        for each in structs.fields(kind):
            owners = [base.__name__ for base in kind.__mro__]
            shown.update(f"{owner}.{each.encode_name}" for owner in owners)
            shown.update({each.encode_name, each.encode_name.rpartition("_")[2]})

    seen: set[type] = set()
    todo: list[Any] = list(read_and_told(app))
    while todo:
        kind = todo.pop()
        if isinstance(kind, type) and issubclass(kind, Struct):
            if kind not in seen:
                seen.add(kind)
                note(kind)
                todo += [each.type for each in structs.fields(kind)]
        else:
            todo += getattr(kind, "__args__", ())
            todo += [kind.__origin__] if hasattr(kind, "__metadata__") else []
    assert sorted(NAMED.keys() - shown) == []


def test_what_a_route_says_of_its_example_is_not_what_its_fields_tell(app: Litestar) -> None:
    for each in handlers(app):
        said = each.opt.get("example")
        if isinstance(said, dict):
            told = example_of(each.parsed_return_field.annotation)
            assert said.keys() <= told.keys()
            assert [name for name, value in said.items() if told[name] == value] == [], each.operation_id


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Inner(Struct):
    school: str


class Outer(Struct, kw_only=True):
    id: UUID
    school: Inner
    written_by: str
    first: Colour
    on: date
    at_most: int | None
    later: date | None = None
    inner: Inner | None
    many: list[Inner]
    either: list[UUID | Inner] = []
    brand: str | UnsetType | None = UNSET
    unsaid: int | UnsetType = UNSET


def test_an_example_follows_the_names_then_the_types() -> None:
    one = "0197b0c4-7d2e-7aaa-8000-000000000000"
    inner = {"school": "0350001A"}
    assert example_of(Outer) == {
        "id": one,
        "school": inner,
        "written_by": NAMED["by"],
        "first": "red",
        "on": "2026-11-21",
        "at_most": None,
        "later": None,
        "inner": inner,
        "many": [inner],
        "either": [one],
        "brand": "Exemple",
    }


def test_a_text_of_which_nothing_is_known_has_no_example() -> None:
    class Unheard(Struct):
        unheard_of: str

    with pytest.raises(LookupError, match=r"Unheard\.unheard_of"):
        example_of(Unheard)
