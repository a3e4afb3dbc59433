"""Webhooks through the API: added with a secret shown once, read with their calls, set aside, tried, deleted."""

from __future__ import annotations

from tests.web.cast import made
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

BODY = {"url": "https://outil.exemple.fr/materiel", "events": ["loan.returned", "loan.issued"]}


async def test_the_life_of_a_webhook(admin: Client, manager: Client) -> None:
    webhook = await made(admin, "/api/webhooks", BODY)
    secret = webhook.pop("secret")
    assert secret.startswith("webhook_")
    assert (webhook["state"], webhook["events"]) == ("active", ["loan.issued", "loan.returned"])
    path = f"/api/webhooks/{webhook['id']}"
    assert (await admin.get("/api/webhooks")).json() == {"items": [webhook]}
    read = await admin.get(path)
    assert read.json() == webhook
    assert secret not in read.text
    tried = await admin.post(f"{path}/test")
    assert (tried.status_code, tried.json()["event"]) == (202, "webhook.test")
    assert (await admin.get(f"{path}/calls")).json() == {"items": [tried.json()]}
    assert (await admin.post(f"{path}/pause")).json()["state"] == "paused"
    assert_problem(await admin.post(f"{path}/test"), 409, "webhook.not_active")
    assert (await admin.post(f"{path}/resume")).json()["state"] == "active"
    assert_problem(await admin.post(f"{path}/resume"), 409, "webhook.active")
    assert_problem(await manager.get(path), 403, "actor.forbidden")
    assert (await admin.delete(path)).status_code == 204
    assert_problem(await admin.get(path), 404, "webhook.not_found")


async def test_what_may_not_be_called_is_refused(admin: Client) -> None:
    for url in ("https://169.254.169.254/latest", "http://outil.exemple.fr/", "https://[::1]/"):
        assert_problem(await admin.post("/api/webhooks", json={**BODY, "url": url}), 422, "webhook.invalid")
    assert_problem(await admin.post("/api/webhooks", json={**BODY, "events": ["pupil.updated"]}), 422, "body.invalid")
    assert_problem(await admin.post("/api/webhooks", json={**BODY, "events": []}), 422, "body.invalid")
    for _ in range(10):
        await made(admin, "/api/webhooks", BODY)
    assert_problem(await admin.post("/api/webhooks", json=BODY), 422, "webhook.too_many")
