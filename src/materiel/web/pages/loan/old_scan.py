"""The scan of the old paper of a loan taken over: to join, to download."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.takeover import file_old_scan, read_old_scan
from materiel.use_cases.papers.document import SCAN_EXTENSIONS, SCAN_MAX_BYTES
from materiel.web.audience import Audience, account_required, page_router
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "loan/takeover/scan.html"


@get("/{loan_id:uuid}/ancien-papier", name="takeover:file_scan")
async def scan_form_page(
    request: Request[Any, Any, Any], loan_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """The form."""
    return render(request, TEMPLATE, {"form": Form(), "case": await get_loan(loan_id, actor=actor)})


@post("/{loan_id:uuid}/ancien-papier", name="takeover:do_file_scan")
async def scan_page(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """Keep the file beside the loan."""
    form = await read_form(request)
    sent = form.file("scan")
    if sent is None:
        form.fault("scan", "Choisissez le fichier numérisé : un PDF ou une image.")
    else:
        try:
            await file_old_scan(loan_id, await sent.read(), actor=actor, now=now)
        except NotFound:
            raise
        except MaterielError as refusal:
            form.refuse(refusal, "scan")
    if form.faults:
        return render_form(request, TEMPLATE, form, {"case": await get_loan(loan_id, actor=actor)})
    await session_of(request).flash("La numérisation de l'ancien papier est jointe au prêt.")
    return Redirect(f"/prets/{loan_id}", status_code=303)


@get("/{loan_id:uuid}/ancien-papier/{scan_id:uuid}", name="takeover:scan")
async def download_page(
    loan_id: FromPath[UUID], scan_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[bytes]:
    """The file, to download: what people send is not shown inside our pages."""
    media_type, content = await read_old_scan(loan_id, scan_id, actor=actor)
    name = f"ancien-papier-{scan_id}.{SCAN_EXTENSIONS[media_type]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


router = page_router(
    "/prets",
    [scan_form_page, scan_page],
    audience=Audience.ACCOUNT,
    permission=Permission.WRITE,
    largest_body=SCAN_MAX_BYTES + 50_000_000,
)
downloads = account_required("/prets", [download_page], Permission.READ)
