"""Imports and exports: send a file, read what it would do, confirm; take the registers away as CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from materiel.domain.roles import Actor, Permission
from materiel.domain.school import SchoolKind
from materiel.errors import MaterielError, NotFound
from materiel.exchange.report import ImportReport
from materiel.settings import Settings
from materiel.use_cases.exchange import export_items, export_register
from materiel.use_cases.import_draft import LARGEST_FILE, ImportKind, examine_file, import_file
from materiel.web.audience import Audience, account_required, page_router
from materiel.web.forms import Form, read_form
from materiel.web.pages.rendering import render, render_form

SHOWN_REJECTIONS = 100


@get("/imports", name="import:new")
async def new_page(request: Request[Any, Any, Any]) -> Response[str]:
    """What may be imported, and what may be taken away."""
    return render(request, "setting/import.html", {"form": Form(), "kinds": list(ImportKind)})


@post("/imports/{kind:str}", name="import:examine")
async def examine_page(
    request: Request[Any, Any, Any],
    kind: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Read the file and show what its import would do."""
    form = await read_form(request)
    wanted = _kind(kind)
    sent = form.file(f"file-{wanted.value}")
    if sent is None:
        form.fault(f"file-{wanted.value}", "Choisissez le fichier CSV à examiner.")
    else:
        try:
            draft, report = await examine_file(wanted, await sent.read(), settings.data_dir, actor=actor, now=now)
            return render(request, "setting/import_report.html", _context(wanted, report, draft))
        except MaterielError as refusal:
            form.fault(f"file-{wanted.value}", refusal.message)
    return render_form(request, "setting/import.html", form, {"kinds": list(ImportKind)})


@post("/imports/{kind:str}/{draft:uuid}", name="import:confirm")
async def confirm_page(
    request: Request[Any, Any, Any],
    kind: FromPath[str],
    draft: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Import the file just examined and show what was done."""
    wanted = _kind(kind)
    report = await import_file(wanted, draft, settings.data_dir, actor=actor, now=now)
    return render(request, "setting/import_report.html", _context(wanted, report, None))


@get("/exports/materiels.csv", name="export:items")
async def items_page(actor: NamedDependency[Actor]) -> Stream:
    """The inventory, with the columns that the import reads."""
    return _csv(export_items(actor=actor), "materiels")


@get("/exports/registre.csv", name="export:register")
async def register_page(actor: NamedDependency[Actor]) -> Stream:
    """The register: each item and where it is; no pupil's name."""
    return _csv(export_register(actor=actor), "registre")


def _csv(lines: AsyncIterator[bytes], name: str) -> Stream:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Stream(lines, media_type="text/csv", headers=headers)


def _kind(typed: str) -> ImportKind:
    try:
        return ImportKind(typed)
    except ValueError:
        raise NotFound("route.not_found", "Rien ne s'importe à cette adresse. Choisissez dans « Imports ».") from None


def _context(kind: ImportKind, report: ImportReport, draft: UUID | None) -> dict[str, Any]:
    return {
        "kind": kind,
        "report": report,
        "draft": draft,
        "shown": report.rejected[:SHOWN_REJECTIONS],
        "school_kinds": [(SchoolKind(name).label, number) for name, number in sorted(report.kinds.items())],
    }


router = Router(
    "/",
    route_handlers=[
        page_router(
            "/",
            [new_page, examine_page, confirm_page],
            audience=Audience.ACCOUNT,
            permission=Permission.WRITE,
            largest_body=LARGEST_FILE + 1_000_000,
        ),
        account_required("/", [items_page, register_page], Permission.READ),
    ],
)
