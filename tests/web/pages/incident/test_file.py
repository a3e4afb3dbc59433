"""The papers of a report, sent from a telephone by whoever told it, and downloaded by the service alone."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import date
from uuid import UUID

import httpx
import pytest
from tests.stage import family_cast as family
from tests.stage.family_cast import ILAN, PAUL
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import browser as account_browser
from tests.web.pages.cast import logged_in
from tests.web.pages.visitors.test_family import Scene, csrf_of, hand, posted, scene, text_of

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.incident.file import LARGEST_BYTES, MOST_FILES, media_type_of
from materiel.domain.incident.incident import Incident, IncidentPaper
from materiel.domain.loan.plan import Fault
from materiel.domain.work.outbox import Purpose
from materiel.errors import BadInput, NotFound
from materiel.store.engine.database import fetch
from materiel.store.incident import file as files
from materiel.store.incident import incident as incidents
from materiel.store.people import pupil as pupils
from materiel.use_cases.incident.file import read_file
from materiel.use_cases.incident.treatment import CloseIncident, FindFault, close_incident, find_fault
from materiel.use_cases.people.export import ExportPerson, export_person

__all__ = ["scene"]

PDF = b"%PDF-1.7 plainte"
JPEG = b"\xff\xd8\xff\xe0 photo"
PNG = b"\x89PNG\r\n\x1a\n image"
TOLD = {"kind": "theft", "description": "Cartable volé", "happened_on": "2026-09-04"}


async def a_theft(scene: Scene) -> tuple[httpx.AsyncClient, Incident, str]:
    """Lise tells a theft; her browser, the report and the address of its papers, as her page gives it."""
    page = await hand(scene)
    browser = await scene.reader()
    declared = await posted(browser, page, on=page, **TOLD)
    (incident,) = await incidents.of_item(cast.LAPTOP, cast.SERVICE)
    address = f"/f/incidents/{incident.id}"
    for where in (declared.headers["location"], "/f"):
        assert f'href="{address}"' in (await browser.get(where)).text
    return browser, incident, address


async def send(browser: httpx.AsyncClient, address: str, kind: str = "complaint", data: bytes = PDF) -> httpx.Response:
    token = csrf_of((await browser.get(address)).text)
    return await browser.post(
        address, data={"_csrf": token, "kind": kind}, files={"file": ("Plainte de Lise.exe", data, "text/html")}
    )


@pytest.mark.parametrize(
    ("data", "found"),
    [(PDF, "application/pdf"), (JPEG, "image/jpeg"), (PNG, "image/png")],
    ids=["pdf", "jpeg", "png"],
)
def test_the_content_says_what_a_file_is(data: bytes, found: str) -> None:
    assert media_type_of(data, largest=LARGEST_BYTES) == found


async def test_a_paper_sent_is_received_and_read_by_the_service_alone(scene: Scene) -> None:
    browser, incident, address = await a_theft(scene)
    answers = [await send(browser, address) for _ in range(2)]
    assert [(each.status_code, each.headers["location"]) for each in answers] == [(303, address)] * 2
    assert "Copie du dépôt de plainte : reçu le 7 septembre 2026" in text_of(await browser.get(address))
    (kept,) = await files.of_incident(incident.id)
    assert (await incidents.get(incident.id, cast.SERVICE)).papers == {IncidentPaper.COMPLAINT: date(2026, 9, 7)}

    ours = Actor("tests", Role.ADMIN, cast.SERVICE)
    theirs = Actor("tests", Role.ADMIN, cast.OTHER_SERVICE)
    manager = await logged_in(scene.app, ours, Role.MANAGER, "gestion@exemple.fr")  # type: ignore[arg-type]
    stranger = await logged_in(scene.app, theirs, Role.ADMIN, "autre@exemple.fr")  # type: ignore[arg-type]
    where = f"/incidents/{incident.id}/fichiers/{kept.id}"
    assert f'href="{where}"' in (await manager.get(f"/incidents/{incident.id}")).text
    got = await manager.get(where)
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, PDF, "application/pdf")
    assert got.headers["content-disposition"].startswith("attachment; ")
    assert "Lise" not in got.headers["content-disposition"]
    assert got.headers["x-content-type-options"] == "nosniff"
    assert (await stranger.get(where)).status_code == 404
    for reader in (browser, account_browser(scene.app)):  # type: ignore[arg-type]
        assert (await reader.get(where)).status_code == 303
    with refused(NotFound, "incident_file.not_found"):
        await read_file(incident.id, UUID(int=1), actor=cast.MANAGER)
    noted = await fetch("SELECT details FROM journal WHERE action = 'incident.file_received'")
    assert [json.loads(row["details"])["paper"] for row in noted] == ["complaint"]


async def test_a_photograph_is_no_paper(scene: Scene) -> None:
    browser, incident, address = await a_theft(scene)
    assert (await send(browser, address, "photo", JPEG)).status_code == 303
    assert (await incidents.get(incident.id, cast.SERVICE)).papers == {}


async def test_a_wrong_or_too_large_file_is_refused_in_french(scene: Scene) -> None:
    browser, incident, address = await a_theft(scene)
    wrong = await send(browser, address, data=b"<html>%PDF-")
    assert wrong.status_code == 422
    assert "ni un PDF, ni une image JPEG, PNG, WebP ou HEIC" in text_of(wrong)
    large = await send(browser, address, data=PDF + bytes(LARGEST_BYTES))
    assert large.status_code == 422
    assert "dépasse 10 Mo" in text_of(large)
    heavy = await send(browser, address, data=PDF + bytes(15_000_000))
    assert heavy.status_code == 422
    assert "dépasse 10 Mo" in text_of(heavy)
    huge = await send(browser, address, data=PDF + bytes(LARGEST_BYTES + 52_000_000))
    assert huge.status_code == 413
    assert "la taille permise ici, 60 Mo" in text_of(huge)
    assert (await send(browser, address, kind="autre")).status_code == 422
    nothing = await posted(browser, address, on=address, kind="complaint")
    assert nothing.status_code == 422
    assert "Choisissez un fichier" in text_of(nothing)
    assert await files.of_incident(incident.id) == []
    for code, data in (("incident_file.too_large", PDF * 2), ("incident_file.unreadable", b"x")):
        with refused(BadInput, code):
            media_type_of(data, largest=len(PDF))


async def test_a_report_takes_so_many_files_and_none_once_it_is_answered(scene: Scene) -> None:
    browser, incident, address = await a_theft(scene)
    for rank in range(MOST_FILES):
        assert (await send(browser, address, "photo", JPEG + bytes([rank]))).status_code == 303
    full = await send(browser, address, "photo", JPEG)
    assert full.status_code == 422, "incident_file.too_many"
    assert f"déjà {MOST_FILES} fichiers" in text_of(full)
    version = (await incidents.get(incident.id, cast.SERVICE)).version
    finding = FindFault(incident_id=incident.id, fault=Fault.NONE, reason="Vol", version=version)
    await find_fault(finding, actor=cast.MANAGER, now=cast.NOW)
    closing = CloseIncident(incident_id=incident.id, resolution="Remplacé.", version=version + 1)
    await close_incident(closing, issuer=cast.ISSUER)
    shown = await browser.get(address)
    assert "plus rien n'est à envoyer" in text_of(shown)
    late = await browser.post(
        address, data={"_csrf": csrf_of(shown.text), "kind": "photo"}, files={"file": ("a.jpg", JPEG, "image/jpeg")}
    )
    assert late.status_code == 422
    assert len(await files.of_incident(incident.id)) == MOST_FILES


async def test_nobody_else_sees_what_a_link_sent(scene: Scene) -> None:
    browser, _, address = await a_theft(scene)
    await send(browser, address)
    adult = await family.an_agreement(cast.ADULT, cast.KEYBOARD)
    other = scene.browser()
    await other.get((await family.send(adult))[ILAN])
    assert (await other.get(address)).status_code == 404
    paul = await scene.reader(PAUL)
    assert "reçu le" not in text_of(await paul.get(address)), "the other parent's"
    assert (await browser.get(f"/f/incidents/{UUID(int=1)}")).status_code == 404
    former = await browser.get(address.replace("incidents", "signalements"))
    assert (former.status_code, former.headers["location"]) == (301, address)


async def test_the_service_is_told_of_each_file_once_and_of_nobody(scene: Scene) -> None:
    browser, incident, address = await a_theft(scene)
    for kind, data in (("complaint", PDF), ("complaint", PDF), ("photo", JPEG)):
        await send(browser, address, kind, data)
    told = await family.messages(Purpose.INCIDENT_FILE)
    assert [each.to_address for each in told] == [family.SERVICE_ADDRESS] * 2
    for message, piece in zip(told, ("Copie du dépôt de plainte", "Photo du matériel"), strict=True):
        assert piece in message.text
        assert f"/incidents/{incident.id}" in message.text
        assert not re.search("Lise|Noé|Exemple", message.text)


async def test_a_manager_deletes_what_was_sent_by_mistake_and_its_trace_stays(scene: Scene) -> None:
    browser, incident, address = await a_theft(scene)
    await send(browser, address)
    (file,) = await files.of_incident(incident.id)
    ours = Actor("tests", Role.ADMIN, cast.SERVICE)
    manager = await logged_in(scene.app, ours, Role.MANAGER, "gestion@exemple.fr")  # type: ignore[arg-type]
    sheet, where = f"/incidents/{incident.id}", f"/incidents/{incident.id}/fichiers/{file.id}"
    assert f'href="{where}/supprimer"' in (await manager.get(sheet)).text
    unsaid = await posted(manager, f"{where}/supprimer", on=f"{where}/supprimer", reason=" ")
    assert unsaid.status_code == 422
    assert (await manager.get(where)).status_code == 200
    for _ in range(2):
        removal = {"_csrf": csrf_of((await manager.get(sheet)).text), "reason": "Un certificat médical"}
        done = await manager.post(f"{where}/supprimer", data=removal)
        assert (done.status_code, done.headers["location"]) == (303, sheet)
    shown = text_of(await manager.get(sheet))
    assert "supprimé le 7 septembre 2026. Motif : Un certificat médical" in shown
    assert "Manque : déclaration sur l'honneur, copie du dépôt de plainte" in shown
    assert (await manager.get(where)).status_code == 404
    with refused(NotFound, "incident_file.removed"):
        await read_file(incident.id, file.id, actor=cast.MANAGER)
    assert "a été supprimé le 7 septembre 2026" in text_of(await manager.get(f"{where}/supprimer"))
    (kept,) = await fetch("SELECT content, size FROM incident_file")
    assert (bytes(kept["content"]), kept["size"]) == (b"", len(PDF))
    noted = await fetch("SELECT details FROM journal WHERE action = 'incident.file_removed'")
    assert [json.loads(row["details"])["paper"] for row in noted] == ["complaint"]
    assert "certificat" not in noted[0]["details"]

    theirs = text_of(await browser.get(address))
    assert "supprimé par le service le 7 septembre 2026" in theirs
    assert "certificat" not in theirs
    assert (await send(browser, address)).status_code == 303, "the same may be sent again"
    assert [each.is_kept for each in await files.of_incident(incident.id)] == [False, True]
    exported = await export_person(ExportPerson(pupil_id=cast.TWO_HOMES), actor=cast.MANAGER, now=cast.NOW)
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        assert [archive.read(name) for name in archive.namelist() if name.startswith("pieces/")] == [PDF]


async def test_what_somebody_sent_is_in_their_export(scene: Scene) -> None:
    browser, _, address = await a_theft(scene)
    await send(browser, address)
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    lise, paul = (each.id for each in noe.representatives)
    for asked, held in (({}, True), ({"representative_id": lise}, True), ({"representative_id": paul}, False)):
        command = ExportPerson(pupil_id=noe.id, **asked)
        made = await export_person(command, actor=cast.MANAGER, now=cast.NOW)
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            names = [name for name in archive.namelist() if name.startswith("pieces/")]
            told = json.loads(archive.read("donnees.json"))
            assert [archive.read(name) for name in names] == ([PDF] if held else [])
        assert len(told.get("incident_file", ())) == (1 if held else 0)
        if held:
            assert told["incident_file"][0]["sent_by"] == "par un lien d'accès"
