"""The files of an incident through the API: listed, downloaded, deleted, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from tests.web.cast import UNKNOWN_ID, made, make_item
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

from materiel.domain.incident.file import FileKind, IncidentFile
from materiel.domain.incident.incident import IncidentPaper
from materiel.store.engine.ids import new_id
from materiel.store.incident import file as files

DATA = b"%PDF-1.7 plainte"
RECEIVED = date(2026, 11, 21)


@pytest.fixture
async def sent(manager: Client) -> IncidentFile:
    """A complaint received for a theft."""
    item = await make_item(manager)
    body = {"item": item["id"], "kind": "theft", "description": "Volé", "happened_on": "2026-11-20"}
    incident = await made(manager, "/api/incidents", body)
    file = IncidentFile(
        id=new_id(),
        incident_id=UUID(incident["id"]),
        kind=FileKind.COMPLAINT,
        media_type="application/pdf",
        size=len(DATA),
        sha256="0" * 64,
        received_on=RECEIVED,
        received_at=datetime(2026, 11, 21, 9, tzinfo=UTC),
        sent_by="link:tests",
        sent_link=new_id(),
    )
    await files.insert(file, DATA)
    noted = {"version": 1, "papers": [{"paper": "complaint", "received_on": RECEIVED.isoformat()}]}
    assert (await manager.post(f"/api/incidents/{incident['id']}/papers", json=noted)).status_code == 200
    return file


async def test_files_are_listed_and_downloaded_by_their_service_alone(
    reader: Client, stranger: Client, sent: IncidentFile
) -> None:
    path = f"/api/incidents/{sent.incident_id}/files"
    (told,) = (await reader.get(path)).json()["items"]
    assert (told["id"], told["kind"], told["media_type"]) == (str(sent.id), "complaint", "application/pdf")
    assert (told["size"], told["removed_at"]) == (len(DATA), None)
    got = await reader.get(f"{path}/{sent.id}/content")
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, DATA, "application/octet-stream")
    assert got.headers["content-disposition"] == f'attachment; filename="complaint-{sent.id}.pdf"'
    for where in (path, f"{path}/{sent.id}/content"):
        assert_problem(await stranger.get(where), 404, "incident.not_found")
    assert_problem(await reader.get(f"{path}/{UNKNOWN_ID}/content"), 404, "incident_file.not_found")


async def test_a_file_is_deleted_with_a_reason_and_its_trace_stays(
    manager: Client, reader: Client, sent: IncidentFile
) -> None:
    path = f"/api/incidents/{sent.incident_id}/files"
    removal = f"{path}/{sent.id}/remove"
    assert_problem(await manager.post(removal, json={"reason": " "}), 422, "body.invalid")
    assert_problem(await reader.post(removal, json={"reason": "Erreur"}), 403, "actor.forbidden")
    unknown = await manager.post(f"{path}/{UNKNOWN_ID}/remove", json={"reason": "Erreur"})
    assert_problem(unknown, 404, "incident_file.not_found")
    removed = [(await manager.post(removal, json={"reason": reason})).json() for reason in ("Erreur", "Encore")]
    assert removed[0]["removed_reason"] == "Erreur"
    assert removed[0]["removed_at"] is not None
    assert removed == [removed[0]] * 2, "deleted once"
    assert (await manager.get(path)).json()["items"] == [removed[0]]
    assert_problem(await manager.get(f"{path}/{sent.id}/content"), 404, "incident_file.removed")
    incident = (await manager.get(f"/api/incidents/{sent.incident_id}")).json()
    assert (incident["papers"], incident["missing_papers"][0]) == ([], "statement")


@pytest.mark.parametrize("kept", ["another file", "another day"])
async def test_a_paper_that_came_otherwise_stays_received(manager: Client, sent: IncidentFile, kept: str) -> None:
    if kept == "another file":
        await files.insert(replace(sent, id=new_id()), DATA)
    else:
        noted = {"version": 2, "papers": [{"paper": "complaint", "received_on": "2026-11-20"}]}
        assert (await manager.post(f"/api/incidents/{sent.incident_id}/papers", json=noted)).status_code == 200
    removal = f"/api/incidents/{sent.incident_id}/files/{sent.id}/remove"
    assert (await manager.post(removal, json={"reason": "Illisible"})).status_code == 200
    service = (await manager.get(f"/api/incidents/{sent.incident_id}")).json()
    assert [each["paper"] for each in service["papers"]] == [IncidentPaper.COMPLAINT.value]


async def test_a_closed_incident_keeps_the_papers_it_was_decided_on(manager: Client, sent: IncidentFile) -> None:
    path = f"/api/incidents/{sent.incident_id}"
    finding = {"version": 2, "fault": "none", "reason": "Effraction"}
    assert (await manager.post(f"{path}/finding", json=finding)).status_code == 200
    closing = {"version": 3, "resolution": "Remplacé."}
    assert (await manager.post(f"{path}/close", json=closing)).status_code == 200
    assert (await manager.post(f"{path}/files/{sent.id}/remove", json={"reason": "Erreur"})).status_code == 200
    assert [each["paper"] for each in (await manager.get(path)).json()["papers"]] == ["complaint"]
