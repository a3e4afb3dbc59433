"""Sending a paper or a photograph for a declared incident, from a telephone; and the manager who downloads it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.access_link import AccessLink
from materiel.domain.incident_file import EXTENSIONS, LARGEST_BYTES, MOST_FILES, FileKind
from materiel.domain.roles import Actor, Permission
from materiel.domain.session import Person
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.incident_file import (
    SendFile,
    SentFiles,
    read_file,
    send_file,
    told_by_family,
    told_by_institution,
)
from materiel.web.audience import Audience, account_required, page_router
from materiel.web.forms import Form, read_form
from materiel.web.pages.filters import spaced
from materiel.web.pages.link_session import institution_of, reader_of
from materiel.web.pages.rendering import render, render_form
from materiel.web.session import session_of

LARGEST_UPLOAD = LARGEST_BYTES + 1_000_000
"""A file and the fields of its form; a heavier one is refused before it is read."""

TEMPLATE = "incident/send.html"


@get("/{incident_id:uuid}", name="family:files")
async def show_family(
    request: Request[Any, Any, Any],
    incident_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """What a family sent for a report of its own, and the form that sends more."""
    sent = await told_by_family(incident_id, await reader_of(person, now))
    return render(request, TEMPLATE, {"form": Form(), **_context(sent, "/f", settings)})


@post("/{incident_id:uuid}", name="family:send_file")
async def send_family(
    request: Request[Any, Any, Any],
    incident_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Keep one file of a family."""
    reader = await reader_of(person, now)
    sent = await told_by_family(incident_id, reader)
    return await _send(request, sent, "/f", reader.link, settings, now)


@get("/{incident_id:uuid}", name="institution:files")
async def show_institution(
    request: Request[Any, Any, Any],
    incident_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """What an institution sent for a report of its own, and the form that sends more."""
    sent = await told_by_institution(incident_id, await institution_of(person, now))
    return render(request, TEMPLATE, {"form": Form(), **_context(sent, "/e", settings)})


@post("/{incident_id:uuid}", name="institution:send_file")
async def send_institution(
    request: Request[Any, Any, Any],
    incident_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Keep one file of an institution."""
    institution = await institution_of(person, now)
    sent = await told_by_institution(incident_id, institution)
    return await _send(request, sent, "/e", institution.link, settings, now)


@get("/{incident_id:uuid}/fichiers/{part_id:uuid}", name="incident:file")
async def download(
    incident_id: FromPath[UUID], part_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[bytes]:
    """A file received, to download: what people send is not shown inside our pages."""
    file, content = await read_file(incident_id, part_id, actor=actor)
    name = f"{file.kind.value}-{file.received_on.isoformat()}-{file.id}.{EXTENSIONS[file.media_type]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=file.media_type, headers=headers)


async def _send(
    request: Request[Any, Any, Any], sent: SentFiles, home: str, link: AccessLink, settings: Settings, now: datetime
) -> Response[Any]:
    form = await read_form(request)
    kind = form.choice("kind", FileKind, required="Dites ce que montre ce fichier.")
    upload = form.file("file")
    if upload is None:
        form.fault("file", "Choisissez un fichier, ou prenez une photo.")
    elif kind is not None:
        command = SendFile(kind=kind, data=await upload.read(), largest=_largest(settings))
        try:
            await send_file(command, incident=sent.told.incident, link=link, now=now)
        except MaterielError as refusal:
            form.fault("file", refusal.message)
        else:
            await session_of(request).flash(spaced(f"Le service a reçu : {kind.label[:1].lower()}{kind.label[1:]}."))
            return Redirect(f"{home}/signalements/{sent.told.incident.id}", status_code=303)
    return render_form(request, TEMPLATE, form, _context(sent, home, settings))


def _largest(settings: Settings) -> int:
    return min(LARGEST_BYTES, settings.max_upload_mb * 1024 * 1024)


def _context(sent: SentFiles, home: str, settings: Settings) -> dict[str, Any]:
    return {
        "incident": sent.told.incident,
        "item": sent.told.item,
        "files": sent.files,
        "home": home,
        "kinds": [(kind.value, kind.label, "") for kind in FileKind],
        "largest": _largest(settings) // 10**6,
        "most": MOST_FILES,
    }


router = Router(
    "/",
    route_handlers=[
        page_router(
            "/f/signalements",
            [show_family, send_family],
            audience=Audience.FAMILY,
            largest_body=LARGEST_UPLOAD,
        ),
        page_router(
            "/e/signalements",
            [show_institution, send_institution],
            audience=Audience.INSTITUTION,
            largest_body=LARGEST_UPLOAD,
        ),
        account_required("/incidents", [download], Permission.READ),
    ],
)
