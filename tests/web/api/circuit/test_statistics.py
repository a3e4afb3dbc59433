"""Figures through the API: of a period, by each thing, masked for a reader outside."""

from __future__ import annotations

import pytest
from tests.web.cast import BASIS, done, import_schools, loan_body, made, make_item, make_pupil
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

SCHOOL = "0350103X"


@pytest.fixture
async def lent(admin: Client, manager: Client) -> None:
    """One need, met."""
    await import_schools(admin)
    pupil = (await make_pupil(manager))["id"]
    item = await make_item(manager)
    asked = {"pupil": pupil, "wording": "Ordinateur portable", "notified_on": "2026-11-01", "basis": BASIS}
    need = await made(manager, "/api/needs", asked)
    loan = await made(manager, "/api/loans", loan_body(item["id"], pupil, basis=BASIS, need=need["id"]))
    await done(manager, f"/api/loans/{loan['id']}/issue")
    handed = {"handed_over_on": "2026-11-21", "items": [{"id": item["id"], "condition": "good"}]}
    await done(manager, f"/api/loans/{loan['id']}/handover", handed)


@pytest.mark.usefixtures("lent")
async def test_a_period_is_counted(reader: Client, stranger: Client) -> None:
    told = (await reader.get("/api/statistics", params={"from": "2026-09-01", "to": "2026-11-30"})).json()
    assert (told["from"], told["to"], told["by"]) == ("2026-09-01", "2026-11-30", "level")
    assert told["total"]["loans"] == 1
    assert told["total"]["to_hand_over"] == {"count": 1, "median": 20, "p90": 20}
    (line,) = told["lines"]
    assert (line["loans"], line["met"], line["idle"], line["masked"]) == (1, 1, None, [])
    by_school = (await reader.get("/api/statistics", params={"by": "school"})).json()
    assert by_school["lines"][0]["key"] == SCHOOL
    assert (await stranger.get("/api/statistics")).json()["lines"] == []


@pytest.mark.usefixtures("lent")
async def test_outside_a_small_count_is_masked(reader: Client) -> None:
    told = (await reader.get("/api/statistics", params={"by": "school", "for": "outside"})).json()
    assert told["total"]["loans"] is None
    assert "loans" in told["total"]["masked"]
    assert SCHOOL not in str(told)


async def test_days_must_make_sense(reader: Client) -> None:
    asked = {"from": "2026-11-30", "to": "2026-09-01"}
    assert_problem(await reader.get("/api/statistics", params=asked), 422, "statistics.period")
