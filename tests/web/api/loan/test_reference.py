"""Changes of the annuaire by the API."""

from __future__ import annotations

from tests.use_cases import loan_cast as cast
from tests.web.cast import PUBLIC_SCHOOL, done, import_schools, make_loan
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

from materiel.domain.loan.reference_change import ChangeKind, FoundChange
from materiel.store.accounts import service as services
from materiel.store.loan import reference_change as changes
from materiel.store.places import school as schools


async def close(uai: str, code: str) -> None:
    found = FoundChange(school_id=await schools.id_of(uai), uai=uai, kind=ChangeKind.CLOSED)
    await changes.note(found, (await services.by_code(code)).id, cast.NOW)


async def test_changes_are_listed_and_settled_by_the_api(manager: Client, reader: Client, stranger: Client) -> None:
    await import_schools(manager)
    loan = await make_loan(manager)
    await done(manager, f"/api/loans/{loan['id']}/issue")
    await close(PUBLIC_SCHOOL, "DSDEN35")
    (listed,) = (await reader.get("/api/references/changes")).json()["items"]
    assert (listed["kind"], listed["school"]["uai"]) == ("closed", PUBLIC_SCHOOL)
    assert [(each["id"], each["outcome"]) for each in listed["loans"]] == [(loan["id"], "allowed")]
    assert (await stranger.get("/api/references/changes")).json()["items"] == []
    path = f"/api/references/changes/{listed['id']}/settle"
    body = {"decision": "accept", "reason": "Fusion confirmée"}
    assert_problem(await stranger.post(path, json=body), 404, "reference_change.not_found")
    assert (await reader.post(path, json=body)).status_code == 403
    assert (await manager.post(path, json=body)).json()["decision"] == "accept"
    assert_problem(await manager.post(path, json=body), 409, "reference_change.settled")


async def test_the_report_of_an_import_tells_what_it_leaves_aside(manager: Client) -> None:
    await import_schools(manager)
    table = (await manager.get("/api/schools?limit=1")).json()
    assert table["items"]
    content = cast.ANNUAIRE.read_bytes().splitlines(keepends=True)
    answer = await manager.post(
        "/api/schools/import?dry_run=true", files={"file": ("a.csv", b"".join(content[:3]), "text/csv")}
    )
    report = answer.json()
    assert (report["outside"], report["absent"], report["complete_departements"]) == (0, 0, [])
    assert report["loans_concerned"] == []
