"""Communes completed by the API, as by the page and the command."""

from __future__ import annotations

import json

from tests.web.cast import import_schools
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

PATH = "/api/municipalities/import"
ACIGNE = "35001"


def sent(phone: str = "02 99 85 33 33") -> dict[str, tuple[str, bytes, str]]:
    hall = {
        "nom": "Mairie - Acigné",
        "pivot": [{"type_service_local": "mairie", "code_insee_commune": [ACIGNE]}],
        "telephone": [{"valeur": phone}],
        "adresse_courriel": "mairie@exemple.invalid",
        "date_modification": "15/01/2026 10:11:12",
    }
    return {"file": ("mairies.json", json.dumps({"results": [hall]}).encode(), "application/json")}


async def test_a_commune_is_completed_and_says_where_from(manager: Client, reader: Client) -> None:
    await import_schools(manager)
    tried = (await reader.post(PATH, params={"dry_run": "true"}, files=sent())).json()
    assert (tried["created"], tried["source_on"], tried["dry_run"]) == (1, "2026-01-15", True)
    assert tried["communes"][0]["contacts"][0] == {
        "field": "phone",
        "before": "",
        "after": "02 99 85 33 33",
        "fills": True,
        "outcome": "",
    }
    assert (await manager.post(PATH, files=sent())).json()["created"] == 1
    known = (await reader.get(f"/api/municipalities/{ACIGNE}")).json()
    assert (known["phone"], known["email"]) == ("02 99 85 33 33", "mairie@exemple.invalid")
    assert (known["source_on"], known["source_fields"]) == ("2026-01-15", ["phone", "email"])
    assert known["source"] == tried["source"]


async def test_what_differs_stays_unless_replaced(manager: Client) -> None:
    await import_schools(manager)
    await manager.post(PATH, files=sent())
    kept = (await manager.post(PATH, files=sent("02 99 00 00 00"))).json()
    assert (kept["updated"], kept["communes"][0]["contacts"][0]["fills"]) == (0, False)
    replaced = (await manager.post(PATH, params={"replace": "true"}, files=sent("02 99 00 00 00"))).json()
    assert (replaced["updated"], replaced["communes"][0]["contacts"][0]["outcome"]) == (1, "taken")


async def test_a_reader_completes_nothing_and_a_broken_file_is_400(manager: Client, reader: Client) -> None:
    assert_problem(await reader.post(PATH, files=sent()), 403, "actor.forbidden")
    broken = {"file": ("mairies.json", b'[{"pivot": ', "application/json")}
    assert_problem(await manager.post(PATH, files=broken), 400, "import.json_broken")
