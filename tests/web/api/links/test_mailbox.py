"""Mailboxes of institutions by the API: each service its own, a changed one confirmed by its code."""

from __future__ import annotations

import pytest
from tests.use_cases.visitors.institution_cast import code_sent_to
from tests.web.cast import COLLEGE, import_schools
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

from materiel.store.accounts import service as services

INSEE = "35047"


@pytest.fixture
async def schools(manager: Client) -> None:
    await import_schools(manager)


@pytest.mark.usefixtures("schools")
async def test_the_mailbox_of_a_school_is_confirmed_by_its_code(manager: Client, stranger: Client) -> None:
    published = (await manager.get(f"/api/schools/{COLLEGE}")).json()["email"]
    patched = await manager.patch(
        f"/api/schools/{COLLEGE}/contact", json={"version": 1, "email": "accueil@college.example"}
    )
    assert patched.json()["email"] == published
    path = f"/api/schools/{COLLEGE}/mailbox"
    waiting = (await manager.get(path)).json()
    assert (waiting["email"], waiting["pending_email"]) == (published, "accueil@college.example")
    assert (await stranger.get(path)).json()["pending_email"] is None
    code = await code_sent_to("accueil@college.example", (await services.by_code("DSDEN35")).id)
    assert_problem(await stranger.post(f"{path}/confirm", json={"code": code}), 404, "mailbox.nothing_pending")
    done = (await manager.post(f"{path}/confirm", json={"code": code})).json()
    assert (done["email"], done["pending_email"]) == ("accueil@college.example", None)
    assert (await stranger.get(f"/api/schools/{COLLEGE}")).json()["email"] == published


@pytest.mark.usefixtures("schools")
async def test_the_mailbox_of_a_commune_is_each_service_s_own(manager: Client, stranger: Client) -> None:
    path = f"/api/municipalities/{INSEE}"
    version = (await manager.get(path)).json()["version"]
    await manager.patch(path, json={"version": version, "email": "mairie@rennes.example"})
    assert (await stranger.get(path)).json()["email"] == ""
    again = await manager.patch(path, json={"version": version + 1, "email": "autre@rennes.example"})
    assert again.json()["email"] == "mairie@rennes.example"
    wrong = await manager.post(f"{path}/mailbox/confirm", json={"code": "x"})
    assert_problem(wrong, 422, "mailbox.code_wrong")
    code = await code_sent_to("autre@rennes.example", (await services.by_code("DSDEN35")).id)
    done = await manager.post(f"{path}/mailbox/confirm", json={"code": code})
    assert done.json()["email"] == "autre@rennes.example"
