from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from litestar import Litestar, get
from tests.web.conftest import Cast, Client, ClientOf, serving, set_up, settings_for, strike
from tests.web.expectations import assert_problem

from materiel.store.engine.database import current_engine, fetch, is_postgres
from materiel.web.http.headers import PRIVATE_PREFIXES

SERVICE_PATCH = {"version": 1, "phone": "02 99 11 11 11"}


async def test_an_unmatched_api_route_is_a_problem(manager: Client, anonymous: Client) -> None:
    for client in (manager, anonymous):
        assert_problem(await client.get("/api/nulle-part"), 404, "route.not_found")


async def test_the_framework_pages_are_shut(anonymous: Client) -> None:
    for path in ("", "/openapi.json", "/swagger"):
        assert_problem(await anonymous.get(f"/api/framework-schema{path}"), 404, "route.not_found")


async def test_a_malformed_id_is_not_found(manager: Client) -> None:
    assert_problem(await manager.get("/api/documents/42"), 404, "route.not_found")


async def test_a_wrong_method_says_which_are_right(manager: Client) -> None:
    answer = await manager.delete("/api/service")
    assert_problem(answer, 405, "route.method_not_allowed")
    assert "GET" in answer.headers["allow"]


async def test_an_unmatched_page_is_html(anonymous: Client) -> None:
    answer = await anonymous.get("/nulle-part")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Introuvable" in answer.text


async def test_malformed_json_is_400(admin: Client) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b"{", b"", b'{"version": 1,}', b"\xff\xfe", b'{"name": "\\ud800"}'):
        answer = await admin.patch("/api/service", content=body, headers=headers)
        assert_problem(answer, 400, "body.malformed")


async def test_another_media_type_is_415(admin: Client) -> None:
    answer = await admin.patch("/api/service", data={"version": "1"})
    assert_problem(answer, 415, "body.unsupported_media_type")


async def test_json_where_a_file_is_wanted_is_415(manager: Client) -> None:
    assert_problem(await manager.post("/api/schools/import", json={}), 415, "body.unsupported_media_type")


async def test_a_body_too_large_is_413(admin: Client) -> None:
    answer = await admin.patch("/api/service", json={"version": 1, "name": "x" * 2_000_000})
    assert_problem(answer, 413, "body.too_large")


async def test_an_unknown_field_is_refused(admin: Client) -> None:
    problem = assert_problem(
        await admin.patch("/api/service", json={**SERVICE_PATCH, "couleur": "bleu"}), 422, "body.unknown_field"
    )
    assert [fault["pointer"] for fault in problem["errors"]] == ["/couleur"]


async def test_all_faults_come_at_once(admin: Client) -> None:
    body = {
        "name": "",
        "renewal_policy": "jamais",
        "ask_both_parents": "oui",
        "address": {"lines": ["", "b", 3], "postcode": "3500", "pays": "FR"},
        "a/b~c": 1,
    }
    problem = assert_problem(await admin.patch("/api/service", json=body), 422, "body.invalid")
    assert {fault["pointer"] for fault in problem["errors"]} == {
        "/a~1b~0c",
        "/address/city",
        "/address/lines/0",
        "/address/lines/2",
        "/address/pays",
        "/address/postcode",
        "/ask_both_parents",
        "/name",
        "/renewal_policy",
        "/version",
    }
    assert len(problem["errors"]) == 10
    assert all("Expected" not in fault["detail"] for fault in problem["errors"])


@pytest.mark.parametrize("body", [[], "texte", 3, True], ids=str)
async def test_a_body_that_is_no_object_is_refused(admin: Client, body: object) -> None:
    assert_problem(await admin.patch("/api/service", json=body), 422, "body.invalid")


async def test_strict_types_are_not_guessed(admin: Client) -> None:
    problem = assert_problem(await admin.patch("/api/service", json={"version": "1"}), 422, "body.invalid")
    assert problem["errors"][0]["pointer"] == "/version"


async def test_control_characters_are_refused(admin: Client) -> None:
    answer = await admin.patch("/api/service", json={"version": 1, "name": "a\x00b"})
    assert_problem(answer, 422, "body.invalid")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=abc", "kind=autre"], ids=["zero", "too-many", "word", "enum"]
)
async def test_a_bad_parameter_is_400(manager: Client, query: str) -> None:
    problem = assert_problem(await manager.get(f"/api/schools?{query}"), 400, "request.invalid_parameter")
    assert problem["errors"][0]["pointer"] == f"/{query.split('=')[0]}"


@pytest.mark.parametrize("query", ["from=hier", "for=tous", "by=age"])
async def test_a_bad_parameter_is_named_as_the_address_names_it(manager: Client, query: str) -> None:
    problem = assert_problem(await manager.get(f"/api/statistics?{query}"), 400, "request.invalid_parameter")
    assert [each["pointer"] for each in problem["errors"]] == [f"/{query.split('=')[0]}"]


@pytest.mark.parametrize(
    "cursor", ["x", "!!!", "e30", "é", "A" * 300], ids=["short", "signs", "object", "accent", "long"]
)
async def test_a_cursor_never_given_is_400(manager: Client, cursor: str) -> None:
    assert_problem(await manager.get("/api/schools", params={"cursor": cursor}), 400, "request.invalid_cursor")


async def test_a_reader_may_not_write(reader: Client) -> None:
    assert_problem(await reader.patch("/api/service", json=SERVICE_PATCH), 403, "actor.forbidden")


async def test_a_stale_version_is_409(admin: Client) -> None:
    assert (await admin.patch("/api/service", json=SERVICE_PATCH)).status_code == 200
    assert_problem(await admin.patch("/api/service", json=SERVICE_PATCH), 409, "service.changed")


async def test_a_programming_error_tells_its_reference_only(
    app: Litestar,
    cast: Cast,
    client_of: ClientOf,
    caplog: pytest.LogCaptureFixture,
    migrated_url: str,
    tmp_path: Path,
) -> None:
    @get("/api/broken", include_in_schema=False)
    async def broken() -> None:
        raise ValueError("secret detail")

    app.register(broken)
    strike(settings_for(migrated_url, tmp_path))
    answer = await client_of(cast.admin).get("/api/broken")
    problem = assert_problem(answer, 500, "server.error")
    assert problem["request_id"] in problem["detail"]
    assert "secret" not in str(problem)
    assert problem["request_id"] in caplog.text
    assert "builtins.ValueError" in caplog.text
    assert "in broken" in caplog.text
    assert "secret detail" not in caplog.text, "a database quotes in its messages the names that it could not write"
    assert_sealed(answer)


def assert_sealed(answer: httpx.Response) -> None:
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"]
    assert answer.headers["x-request-id"]
    assert answer.headers["cache-control"]


async def test_every_answer_carries_the_security_headers(anonymous: Client, manager: Client) -> None:
    answers = [
        await anonymous.get("/nulle-part"),
        await anonymous.get("/api/service"),
        await anonymous.get("/static/site.css"),
        await anonymous.get("/q/X"),
        await manager.get("/api/service"),
        await manager.get("/api/openapi.json"),
        await anonymous.delete("/connexion"),
        await anonymous.post("/connexion", data={"email": "x" * 2_000_000}),
        await anonymous.get("/static/nulle-part.css"),
        await anonymous.get("/%ff%00"),
    ]
    assert [answer.status_code for answer in answers[6:]] == [405, 413, 404, 404]
    for answer in answers:
        assert_sealed(answer)
    assert answers[3].headers["referrer-policy"] == "no-referrer"
    assert answers[4].headers["cache-control"] == "no-store"


async def test_an_address_that_holds_a_secret_or_a_code_leaves_in_no_referer(app: Litestar) -> None:
    held = re.compile(r"\{(token|secret|code|public_code)\b")
    open_to_all = [route.path for route in app.routes if not route.path.startswith(("/api", "/compte", "/reglages"))]
    secret = [path for path in open_to_all if held.search(path)]
    assert len(secret) > 8
    assert [path for path in secret if not path.startswith(PRIVATE_PREFIXES)] == []


async def test_browsers_are_told_to_stay_in_https_where_the_site_is(migrated_url: str, tmp_path: Path) -> None:
    for base_url, told in (("http://127.0.0.1:8000", None), ("https://pret.example.fr", "max-age=31536000")):
        site = set_up(settings_for(migrated_url, tmp_path, base_url))
        async with (
            serving(site) as application,
            httpx.AsyncClient(transport=httpx.ASGITransport(app=application), base_url=base_url) as client,
        ):
            for path in ("/aide", "/nulle-part", "/api/docs"):
                assert (await client.get(path)).headers.get("strict-transport-security") == told


async def test_a_request_id_is_carried_through(manager: Client) -> None:
    answer = await manager.get("/api/service", headers={"X-Request-ID": "trace-0001-abcd"})
    assert answer.headers["x-request-id"] == "trace-0001-abcd"
    answer = await manager.get("/api/service", headers={"X-Request-ID": "<script>"})
    assert answer.headers["x-request-id"] != "<script>"


async def take_writes_away() -> None:
    if not is_postgres():
        await fetch("PRAGMA query_only = ON")
        return
    name = (await fetch("SELECT current_database() AS name"))[0]["name"]
    await fetch(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await current_engine().pool.expire_connections()


async def test_a_database_to_repair_is_named_in_the_log_and_not_to_the_visitor(
    app: Litestar,
    admin: Client,
    anonymous: Client,
    caplog: pytest.LogCaptureFixture,
    migrated_url: str,
    tmp_path: Path,
) -> None:
    @get("/abimee", include_in_schema=False)
    async def damaged() -> None:
        await fetch("DELETE FROM job")

    app.register(damaged)
    strike(settings_for(migrated_url, tmp_path))
    await take_writes_away()
    answer = await admin.patch("/api/service", json=SERVICE_PATCH)
    problem = assert_problem(answer, 503, "database.read_only")
    assert answer.headers["retry-after"] == "2"
    assert problem["request_id"] in problem["detail"]
    assert "lecture seule" not in problem["detail"]
    faults = [each.getMessage() for each in caplog.records if each.name == "materiel.web"]
    (line,) = [each for each in faults if problem["request_id"] in each]
    assert f"{problem['request_id']}: database.read_only: La base de données est en lecture seule" in line
    assert "\n" not in line
    assert not [record for record in caplog.records if record.exc_info]
    page = await anonymous.get("/abimee")
    assert (page.status_code, page.headers["retry-after"]) == (503, "2")
    assert "administrateur" in page.text
    assert "lecture seule" not in page.text
