"""Ends of life through the API: proposed, attested, withdrawn, done once a person has decided."""

from __future__ import annotations

from uuid import UUID

from tests.use_cases.circuit.disposal.disposal_cast import PDF
from tests.web.cast import UNKNOWN_ID, done, made
from tests.web.conftest import NOW, Cast, Client
from tests.web.expectations import assert_problem

from materiel.domain.accounts.roles import Actor, Role
from materiel.use_cases.accounts.user import CreateUser, create_user
from materiel.use_cases.accounts.user_rights import SetQuality, set_quality
from materiel.use_cases.circuit.disposal import decide_disposal

WHY = "Trop ancien"
LENS = {"inventory_number": "MPA-2", "designation": "Loupe", "family": "other"}
ERASURE = {"erased_on": "2026-09-07", "erased_by": "Le service", "erased_how": "Effacement complet"}


def body(*items: object, **changes: object) -> dict[str, object]:
    said: dict[str, object] = {
        "outcome": "association",
        "association": "parents",
        "beneficiary": "Parents d'Exemple",
        "reason": WHY,
        "items": [{"item": each, "value_cents": 4000, "condition": "worn"} for each in items],
    }
    return said | changes


async def a_computer(manager: Client) -> str:
    item = await made(manager, "/api/items", {"inventory_number": "MPA-1", "designation": "PC", "family": "computer"})
    return str(item["id"])


async def test_it_is_proposed_attested_and_withdrawn(manager: Client, reader: Client, stranger: Client) -> None:
    item = await a_computer(manager)
    proposed = await made(manager, "/api/disposals", body(item))
    path = f"/api/disposals/{proposed['id']}"
    assert (proposed["state"], proposed["outcome"]) == ("proposed", "association")
    (kept,) = proposed["items"]
    assert (kept["id"], kept["value_cents"], kept["condition"]) == (item, 4000, "worn")
    assert (await reader.get(path)).json() == proposed
    assert_problem(await stranger.get(path), 404, "disposal.not_found")
    assert (await done(manager, f"{path}/erasure", ERASURE))["erased_by"] == "Le service"
    assert_problem(await manager.post(f"{path}/erasure", json={**ERASURE, "erased_how": " "}), 422, "body.invalid")
    late = await manager.post(f"{path}/done", json={"done_on": "2026-09-07", "labels_off": True})
    assert_problem(late, 409, "disposal.not_decided")
    back = await done(manager, f"{path}/withdraw", {"reason": "Encore utile"})
    assert (back["state"], back["answer_reason"]) == ("withdrawn", "Encore utile")
    assert_problem(await manager.post(f"{path}/withdraw", json={"reason": WHY}), 409, "disposal.over")
    again = await made(manager, "/api/disposals", body(item))
    page = (await manager.get("/api/disposals", params={"limit": 1})).json()
    assert [each["id"] for each in page["items"]] == [again["id"]]
    rest = (await manager.get("/api/disposals", params={"cursor": page["next_cursor"]})).json()
    assert [each["id"] for each in rest["items"]] == [proposed["id"]]
    only = (await manager.get("/api/disposals", params={"state": "proposed"})).json()["items"]
    assert [each["id"] for each in only] == [again["id"]]


async def test_what_is_refused_says_why(manager: Client, reader: Client) -> None:
    item = await a_computer(manager)
    other = str((await made(manager, "/api/items", LENS))["id"])
    assert_problem(await reader.post("/api/disposals", json=body(item)), 403, "actor.forbidden")
    assert_problem(await manager.post("/api/disposals", json=body(UNKNOWN_ID)), 404, "item.not_found")
    assert_problem(await manager.post("/api/disposals", json=body()), 422, "disposal.invalid")
    assert_problem(await manager.post("/api/disposals", json=body(other)), 422, "disposal.not_computing")
    dear = body() | {"items": [{"item": item, "value_cents": 30001, "condition": "worn"}]}
    assert_problem(await manager.post("/api/disposals", json=dear), 422, "disposal.too_valuable")
    await made(manager, "/api/disposals", body(item))
    assert_problem(await manager.post("/api/disposals", json=body(item)), 409, "disposal.already_proposed")


async def test_a_person_decides_then_a_program_notes_that_it_is_done(cast: Cast, manager: Client) -> None:
    item = await a_computer(manager)
    proposed = await made(manager, "/api/disposals", body(item))
    path = f"/api/disposals/{proposed['id']}"
    await done(manager, f"{path}/erasure", ERASURE)
    assert_problem(await manager.get(f"{path}/act"), 409, "disposal.no_act")
    person = CreateUser(email="signataire@exemple.fr", name="Odile Vauquelin", role=Role.SIGNATORY)
    user = await create_user(person, actor=cast.actor, now=NOW)
    await set_quality(
        SetQuality(user_id=user.id, title="secrétaire générale", delegation=""), actor=cast.actor, now=NOW
    )
    signs = Actor(f"user:{user.id}", Role.SIGNATORY, cast.actor.service_id)
    await decide_disposal(UUID(str(proposed["id"])), actor=signs, now=NOW)
    act = await manager.get(f"{path}/act")
    assert (act.headers["content-type"], act.content[:5]) == ("application/pdf", b"%PDF-")
    gone = {"done_on": "2026-11-21", "labels_off": True, "reference": "B 42"}
    assert_problem(await manager.post(f"{path}/done", json=gone), 422, "disposal.paper_missing")
    for kind in ("act", "commitment"):
        sent = await manager.post(
            f"{path}/papers", data={"kind": kind}, files={"file": ("acte.pdf", PDF, "application/pdf")}
        )
        assert (sent.status_code, sent.json()["kind"]) == (201, kind)
    assert_problem(await manager.post(f"{path}/done", json={**gone, "labels_off": False}), 422, "disposal.labels_kept")
    left = await done(manager, f"{path}/done", gone)
    assert (left["state"], left["done_on"]) == ("done", "2026-11-21")
    assert (await manager.get(f"/api/items/{item}")).json()["status"] == "written_off"
