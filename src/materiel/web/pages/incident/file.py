"""Sending a paper or a photograph for a declared incident, from a telephone; and the manager who downloads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.session import Person
from materiel.domain.incident.file import EXTENSIONS, LARGEST_BYTES, MOST_FILES, FileKind
from materiel.domain.language.typography import bound
from materiel.domain.links.access_link import AccessLink
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.incident.file import SendFile, find_file, read_file, remove_file, send_file
from materiel.use_cases.visitors.sent_files import SentFiles, told_by_family, told_by_institution
from materiel.web.audience import Audience, account_required, page_router
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.links.session import institution_of, of_whom, readers_of
from materiel.web.pages.shell.rendering import render, render_form

LARGEST_UPLOAD = LARGEST_BYTES + 50_000_000
"""A file too heavy is read all the same, up to there: the page says the limit, and keeps what was typed."""

TEMPLATE = "incident/send.html"
REMOVAL = "incident/remove_file.html"
WRITE = {"permission": Permission.WRITE}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedIncident:
    """An incident of whoever reads. `page`: its address; `home`: where the reader comes from."""

    sent: SentFiles
    link: AccessLink
    home: str

    @property
    def page(self) -> str:
        return f"{self.home}/incidents/{self.sent.told.incident.id}"


async def provide_family(
    incident_id: FromPath[UUID], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> OpenedIncident:
    """An incident that this family told."""
    reader, sent = await of_whom(await readers_of(person, now), lambda each: told_by_family(incident_id, each))
    return OpenedIncident(sent=sent, link=reader.link, home="/f")


async def provide_institution(
    incident_id: FromPath[UUID], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> OpenedIncident:
    """An incident that this institution told."""
    reader = await institution_of(person, now)
    return OpenedIncident(sent=await told_by_institution(incident_id, reader), link=reader.link, home="/e")


@get("/{incident_id:uuid}", name="told:files")
async def show(
    request: Request[Any, Any, Any], opened: NamedDependency[OpenedIncident], settings: NamedDependency[Settings]
) -> Response[str]:
    """What was sent for one's own incident, and the form that sends more."""
    return render(request, TEMPLATE, {"form": Form(), **_context(opened, settings)})


@post("/{incident_id:uuid}", name="told:send_file")
async def send(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedIncident],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Keep one file."""
    form = await read_form(request)
    kind = form.choice("kind", FileKind, required="Dites ce que montre ce fichier.")
    upload = form.file("file")
    if upload is None:
        form.fault("file", "Choisissez un fichier, ou prenez une photo.")
    elif kind is not None:
        command = SendFile(kind=kind, data=await upload.read(), largest=_largest(settings))
        try:
            await send_file(
                command, incident=opened.sent.told.incident, link=opened.link, base_url=settings.base_url, now=now
            )
        except MaterielError as refusal:
            form.fault("file", refusal.message)
        else:
            await session_of(request).flash(bound(f"Le service a reçu : {kind.label[:1].lower()}{kind.label[1:]}."))
            return Redirect(opened.page, status_code=303)
    return render_form(request, TEMPLATE, form, _context(opened, settings))


@get("/{incident_id:uuid}", name="told:former_address")
async def show_former(request: Request[Any, Any, Any], incident_id: FromPath[UUID]) -> Response[Any]:
    """Lead from the address of former links to today's."""
    return Redirect(f"/{request.url.path.split('/')[1]}/incidents/{incident_id}", status_code=301)


@get("/{incident_id:uuid}/fichiers/{part_id:uuid}", name="incident:file")
async def download(
    incident_id: FromPath[UUID], part_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[bytes]:
    """A file received, to download: what people send is not shown inside our pages."""
    file, content = await read_file(incident_id, part_id, actor=actor)
    name = f"{file.kind.value}-{file.received_on.isoformat()}-{file.id}.{EXTENSIONS[file.media_type]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=file.media_type, headers=headers)


@get("/{incident_id:uuid}/fichiers/{part_id:uuid}/supprimer", name="incident:file_removal", opt=WRITE)
async def ask_removal(
    request: Request[Any, Any, Any],
    incident_id: FromPath[UUID],
    part_id: FromPath[UUID],
    actor: NamedDependency[Actor],
) -> Response[str]:
    """What deleting a file that was sent by mistake does, and why it is asked."""
    file = await find_file(incident_id, part_id, actor=actor)
    return render(request, REMOVAL, {"form": Form(), "file": file})


@post("/{incident_id:uuid}/fichiers/{part_id:uuid}/supprimer", name="incident:remove_file", opt=WRITE)
async def remove(
    request: Request[Any, Any, Any],
    incident_id: FromPath[UUID],
    part_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Delete it, and come back to the incident."""
    form = await read_form(request)
    file = await find_file(incident_id, part_id, actor=actor)
    try:
        await remove_file(incident_id, part_id, reason=form.typed("reason"), actor=actor, now=now)
    except MaterielError as refusal:
        form.refuse(refusal)
        return render_form(request, REMOVAL, form, {"file": file})
    await session_of(request).flash("Le fichier est supprimé.")
    return Redirect(request.app.route_reverse("incident:show", incident_id=incident_id), status_code=303)


def _largest(settings: Settings) -> int:
    return min(LARGEST_BYTES, settings.max_upload_mb * 1024 * 1024)


def _context(opened: OpenedIncident, settings: Settings) -> dict[str, Any]:
    return {
        "incident": opened.sent.told.incident,
        "item": opened.sent.told.item,
        "files": opened.sent.files,
        "home": opened.home,
        "kinds": [(kind.value, kind.label, "") for kind in FileKind],
        "largest": _largest(settings) // 10**6,
        "most": MOST_FILES,
    }


router = Router(
    "/",
    route_handlers=[
        *(
            page_router(
                f"{home}/incidents",
                [show, send],
                audience=audience,
                largest_body=LARGEST_UPLOAD,
                dependencies={"opened": Provide(provide)},
            )
            for home, audience, provide in (
                ("/f", Audience.FAMILY, provide_family),
                ("/e", Audience.INSTITUTION, provide_institution),
            )
        ),
        page_router("/f/signalements", [show_former], audience=Audience.FAMILY),
        page_router("/e/signalements", [show_former], audience=Audience.INSTITUTION),
        account_required("/incidents", [download, ask_removal, remove], Permission.READ),
    ],
)
