"""One person's data gathered for whoever asks for them (« droit d'accès »), from the sheet of a pupil."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from materiel.domain.accounts.roles import Actor, Permission
from materiel.use_cases.people.export import ExportPerson, export_person
from materiel.use_cases.people.pupil import get_pupil
from materiel.web.audience import account_required
from materiel.web.http.forms import read_form
from materiel.web.pages.acting import uuid_of
from materiel.web.pages.shell.rendering import render


@get("/{pupil_id:uuid}/donnees", name="pupil:data")
async def data_page(
    request: Request[Any, Any, Any], pupil_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """Whose data to gather, and who receives them."""
    return render(request, "people/data.html", {"pupil": await get_pupil(pupil_id, actor=actor)})


@post("/{pupil_id:uuid}/donnees", name="pupil:export_data", status_code=200)
async def export_data_page(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[bytes]:
    """All that the base holds on the person, as one file."""
    form = await read_form(request)
    command = ExportPerson(
        pupil_id=pupil_id,
        representative_id=uuid_of(form.typed("personne")),
        handed_to=uuid_of(form.typed("remis_a")),
    )
    data = await export_person(command, actor=actor, now=now)
    headers = {"Content-Disposition": 'attachment; filename="donnees-personnelles.zip"'}
    return Response(data, media_type="application/zip", headers=headers)


router = account_required("/eleves", [data_page, export_data_page], Permission.WRITE)
