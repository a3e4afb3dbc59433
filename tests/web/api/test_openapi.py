from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html import escape
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from litestar import Litestar
from tests.web.conftest import Client

from materiel.domain.language.typography import typeset
from materiel.domain.loan.plan import DESCRIPTION_MAX
from materiel.web.api.enumerations import ENUMERATIONS
from materiel.web.api.openapi import TAGS, schema_of

ROOT = Path(__file__).parents[3]
PUBLIC_NAMES = Path(__file__).parent / "public_names.txt"


@pytest.fixture
def document(app: Litestar) -> dict[str, Any]:
    return schema_of(app)


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict) and "responses" in operation
    ]


async def test_the_description_is_served_without_a_token(anonymous: Client) -> None:
    answer = await anonymous.get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")


DESCRIBED = """
import sys
from html import escape
from pathlib import Path

import msgspec
from tests.web.conftest import settings_for

from materiel.web.api.enumerations import ENUMERATIONS
from materiel.web.api.openapi import schema_of
from materiel.web.app import create_app

settings = settings_for(f"sqlite:///{sys.argv[1]}/any.sqlite3", Path(sys.argv[1]))
sys.stdout.buffer.write(msgspec.json.encode(schema_of(create_app(settings))))
"""


def test_two_processes_describe_the_api_alike_and_a_family_in_french(tmp_path: Path) -> None:
    # Under these two seeds, sets are walked in two orders: the family was described in English, then in French.
    told = [
        subprocess.run(
            [sys.executable, "-c", DESCRIBED, str(tmp_path)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in ("0", "1")
    ]
    assert told[0] == told[1]
    family = json.loads(told[0])["components"]["schemas"]["ItemFamily"]
    assert family["description"].startswith("Famille neutre")


async def test_every_route_of_the_api_is_described(app: Litestar, document: dict[str, Any]) -> None:
    served = {
        (re.sub(r":\w+\}", "}", route.path), method.lower())
        for route in app.routes
        if route.path.startswith("/api/") and "framework-schema" not in route.path
        for method in getattr(route, "methods", ())
        if method != "OPTIONS"
    }
    described = {(path, method) for path, method, _ in operations(document)}
    assert served - described == {("/api/openapi.json", "get"), ("/api/docs", "get")}


async def test_what_happened_to_an_item_has_one_bound(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    bounds = {schemas[name]["properties"]["description"]["maxLength"] for name in ("RemovalBody", "IncidentBody")}
    assert bounds == {DESCRIPTION_MAX}


async def test_every_route_declares_what_it_can_answer(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        expected = {"400", "401", "403", "429", "500", "503"}
        if "{" in path:
            expected.add("404")
        if method in {"post", "patch"}:
            expected |= {"413", "415", "422"}
        assert expected <= operation["responses"].keys(), (path, method)


async def test_every_answer_has_a_valid_example(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for status, response in operation["responses"].items():
            for media_type, media in response.get("content", {}).items():
                examples = [each["value"] for each in media.get("examples", {}).values()]
                assert examples, (path, method, status)
                if media_type.endswith("json"):
                    validator = Draft202012Validator({"components": document["components"], **media["schema"]})
                    for example in examples:
                        validator.validate(example)


async def test_every_body_has_a_valid_example(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for media_type, media in operation.get("requestBody", {}).get("content", {}).items():
            if media_type == "application/json":
                validator = Draft202012Validator({"components": document["components"], **media["schema"]})
                examples = [each["value"] for each in media["examples"].values()]
                assert examples, (path, method)
                for example in examples:
                    validator.validate(example)


async def test_every_route_has_a_french_summary_and_a_tag(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(document):
        assert operation["summary"], (path, method)
        assert operation["tags"][0] in TAGS


async def test_the_names_that_generated_clients_bear_are_the_published_ones(document: dict[str, Any]) -> None:
    """A client's code imports them: one that changes or goes breaks it. A new one is added to the list."""
    schemas = [f"schema {name}" for name in document["components"]["schemas"]]
    named = [f"operation {operation['operationId']}" for _, _, operation in operations(document)]
    assert sorted([*schemas, *named]) == PUBLIC_NAMES.read_text(encoding="utf-8").splitlines()


async def test_no_schema_bears_the_name_of_a_module_or_of_another(document: dict[str, Any]) -> None:
    names = list(document["components"]["schemas"])
    assert [name for name in names if not re.fullmatch(r"([A-Z][a-z0-9]+)+", name)] == []
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert document["components"]["schemas"][name].get("title", name) == name


async def test_every_enumeration_is_described_in_french_with_the_word_of_each_value(document: dict[str, Any]) -> None:
    found = {name: schema for name, schema in document["components"]["schemas"].items() if "enum" in schema}
    assert found.keys() == ENUMERATIONS.keys()
    for name, schema in found.items():
        assert schema["description"].startswith(ENUMERATIONS[name])
        assert re.findall(r"([\w.]+) : « [^»]+ »", schema["description"].partition(" Valeurs : ")[2]) == schema["enum"]
    assert "returned : « Restitué »" in found["LoanStatus"]["description"]
    assert "in_repair : « En réparation »" in found["ItemStatus"]["description"]


async def test_every_write_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        named = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert ("Idempotency-Key" in named) == (method in {"post", "patch"}), path


async def test_every_write_tells_of_a_key_that_served_for_another_request(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        writes = method in {"post", "patch"} and operation["operationId"] != "AskDecision"
        assert not writes or "409" in operation["responses"], path


async def test_the_description_opens_with_a_token(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["security"] == [{"token": []}]


async def test_the_page_tells_every_route_and_calls_nobody(anonymous: Client, document: dict[str, Any]) -> None:
    answer = await anonymous.get("/api/docs")
    assert answer.headers["content-type"].startswith("text/html")
    for path, _, operation in operations(document):
        assert path in answer.text
        assert escape(typeset(operation["summary"])) in answer.text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert all(address.startswith(("/", "#", "data:")) for address in addresses)
    assert not re.search(r'<script(?! type="module" src="/static/)', answer.text)
    assert "style=" not in answer.text
