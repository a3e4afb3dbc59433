"""The fixed cast of the routes' tests: real schools of Ille-et-Vilaine, one item, one pupil, one loan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

ANNUAIRE = Path(__file__).parents[2] / "src/materiel/demo_data/annuaire-education-35.csv"

PUBLIC_SCHOOL = "0350103X"
OTHER_PUBLIC_SCHOOL = "0350114J"
COLLEGE = "0350002M"
PRIVATE_SCHOOL = "0350767U"
MEDICO_EDUCATIONAL = "0350693N"
SCHOOLS = (PUBLIC_SCHOOL, OTHER_PUBLIC_SCHOOL, COLLEGE, PRIVATE_SCHOOL, MEDICO_EDUCATIONAL)
UNKNOWN_ID = "0197b0c4-7d2e-7aaa-8000-000000000000"

ITEM = {"inventory_number": "35-2026-0001", "designation": "Ordinateur portable", "accessories": ["Chargeur"]}
PUPIL = {
    "last_name": "Martin",
    "first_name": "Zoé",
    "birth_date": "2015-04-02",
    "school": PUBLIC_SCHOOL,
    "homes": [{"lines": ["12 rue des Lilas"], "postcode": "35000", "city": "Rennes"}],
    "representatives": [{"last_name": "Martin", "first_name": "Claire", "capacity": "mother", "home": 0}],
}
BASIS = {"kind": "cdaph", "reference": "2026-123", "decided_on": "2026-06-15", "valid_until": "2029-08-31"}


def annuaire() -> bytes:
    """The real file, cut to the schools of the cast."""
    header, *rows = ANNUAIRE.read_bytes().splitlines(keepends=True)
    return b"".join([header, *(row for row in rows if any(uai.encode() in row[:40] for uai in SCHOOLS))])


async def import_schools(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/schools/import", files={"file": ("annuaire.csv", annuaire(), "text/csv")})
    assert answer.status_code == 200, answer.text
    assert answer.json()["read"] == len(SCHOOLS)


async def make_item(client: httpx.AsyncClient, number: str = "35-2026-0001") -> dict[str, Any]:
    return await made(client, "/api/items", {**ITEM, "inventory_number": number})


async def make_pupil(client: httpx.AsyncClient, **changes: object) -> dict[str, Any]:
    return await made(client, "/api/pupils", {**PUPIL, **changes})


def loan_body(item: str, pupil: str | None, **changes: object) -> dict[str, Any]:
    return {
        "usage": "individual",
        "custody": "home",
        "school": PUBLIC_SCHOOL,
        "pupil": pupil,
        "items": [item],
        "starts_on": "2026-11-21",
        "purpose": "Prise de notes en classe et à la maison",
        "basis": BASIS,
        **changes,
    }


async def make_loan(client: httpx.AsyncClient, number: str = "35-2026-0001", **changes: object) -> dict[str, Any]:
    """A draft for a new item and a new pupil, at home, in a public school."""
    item, pupil = await make_item(client, number), await make_pupil(client)
    return await made(client, "/api/loans", loan_body(item["id"], pupil["id"], **changes))


async def made(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


async def done(client: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await client.post(path, json=body) if body is not None else await client.post(path)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result
