"""Imports: send a file, read what it would do, confirm, follow it, take the refused lines back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.imports.import_file import LARGEST_FILE, ImportKind, ImportState, ReadingOptions, RecordKind
from materiel.domain.language.identifiers import clean_uai
from materiel.domain.language.typography import count
from materiel.domain.places.directory import PATERNITY
from materiel.domain.places.school import SchoolKind
from materiel.domain.work.job import Job, JobState
from materiel.errors import Conflict, MaterielError, NotFound
from materiel.exchange.table import column_name
from materiel.exchange.tabular import TableFormat
from materiel.settings import Settings
from materiel.use_cases.imports.examination import FIELDS, may_keep_titles
from materiel.use_cases.imports.import_file import (
    Import,
    confirm_import,
    examine_file,
    forget_import,
    get_import,
    list_imports,
    model_headings,
    model_of,
    read_again,
)
from materiel.use_cases.imports.rejected import rejected_of
from materiel.use_cases.imports.undoing import NOUNS, UndoLook, look_at_undo, undo_import
from materiel.web.audience import Audience, page_router
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.imports import school_choice
from materiel.web.pages.imports.export import table_file
from materiel.web.pages.imports.shown import changes_shown, encodings_shown
from materiel.web.pages.shell.rendering import render, render_form

SHOWN_REJECTIONS = 100

SLUGS = {
    "inventaire": ImportKind.INVENTORY,
    "materiels": ImportKind.ITEMS,
    "eleves": ImportKind.PUPILS,
    "prets": ImportKind.LOANS,
    "besoins": ImportKind.NEEDS,
    "etablissements": ImportKind.SCHOOLS,
    "mairies": ImportKind.MUNICIPALITIES,
}
"""What the addresses call each kind."""

WITH_PUPILS = frozenset({ImportKind.PUPILS, ImportKind.INVENTORY, ImportKind.LOANS})
MADE_WORDS = {
    ImportKind.ITEMS: ("matériel créé", "matériels créés"),
    ImportKind.PUPILS: ("élève créé", "élèves créés"),
    ImportKind.NEEDS: ("besoin inscrit", "besoins inscrits"),
}
PLACES = {
    RecordKind.ITEM: "/materiels",
    RecordKind.PUPIL: "/eleves",
    RecordKind.LOAN: "/prets",
    RecordKind.NEED: "/besoins",
}
"""Where the records of each kind stand."""

NOT_KEPT = "Ces colonnes ne sont pas retenues pour d'autres fichiers : leurs titres ressemblent à des données."

TEMPLATE = "imports/new.html"
REPORT = "imports/show.html"
CHOICES = {"kinds": SLUGS, "columns": {slug: model_headings(kind) for slug, kind in SLUGS.items()}}


@get("/imports", name="import:new")
async def new_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """What may be imported, what was, and what may be taken away."""
    recent = await list_imports(actor=actor, now=now)
    return render(request, TEMPLATE, {"form": Form(), "recent": recent, **CHOICES})


@get("/imports/modeles/{slug:str}", name="import:model")
async def model_page(slug: FromPath[str]) -> Stream:
    """A workbook to be filled: its headings alone."""
    return table_file(model_of(_kind(slug)), f"modele-{slug}", TableFormat.XLSX)


@post("/imports/{slug:str}", name="import:examine")
async def examine_page(
    request: Request[Any, Any, Any],
    slug: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Read the file, and lead to what its import would do."""
    kind = _kind(slug)
    form = await read_form(request)
    field = f"file-{slug}"
    sent = form.file(field)
    if sent is None:
        form.fault(field, "Choisissez le fichier à examiner.")
    else:
        try:
            file = await examine_file(kind, sent.filename, await sent.read(), actor=actor, now=now)
            return Redirect(request.app.route_reverse("import:show", file_id=file.id), status_code=303)
        except MaterielError as refusal:
            form.fault(field, refusal.message)
    recent = await list_imports(actor=actor, now=now)
    return render_form(request, TEMPLATE, form, {"recent": recent, **CHOICES})


@get("/imports/fichiers/{file_id:uuid}", name="import:show")
async def show_page(
    request: Request[Any, Any, Any],
    file_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    page: Annotated[int, QueryParameter(name="corrigees", ge=1)] = 1,
) -> Response[Any]:
    """What the import would do, or what it did; a job that is not over is followed on its own page."""
    found = await get_import(file_id, actor=actor, now=now)
    followed = _followed(found)
    if followed is not None:
        return Redirect(request.app.route_reverse("job:show", job_id=followed.id), status_code=303)
    if found.file.kind is ImportKind.MUNICIPALITIES:
        ticks_all = request.query_params.get("cocher") == "tout"
        return render(request, "imports/municipalities.html", _communes(found, now) | {"ticks_all": ticks_all})
    look = await _look(found, actor=actor, now=now)
    return render(request, REPORT, _context(found, look, now=now, page=page))


@post("/imports/fichiers/{file_id:uuid}/relire", name="import:read_again")
async def read_again_page(
    request: Request[Any, Any, Any],
    file_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Read the file with the columns, the worksheet and the school that the form says."""
    found = await get_import(file_id, actor=actor, now=now)
    form = await read_form(request)
    titles = [column_name(each.title) for each in found.report.columns] if found.report else []
    sheet = form.typed("sheet")
    options = replace(
        found.file.options,
        sheet=sheet,
        school=clean_uai(form.typed("school")),
        encoding=form.typed("encoding"),
        # The columns of another worksheet are others.
        chosen=_chosen(form, titles) if found.report is not None and sheet in ("", found.report.sheet) else {},
    )
    return await _read_again(request, found, form, options, actor=actor, now=now)


@post("/imports/fichiers/{file_id:uuid}/etablissements", name="import:schools")
async def schools_page(
    request: Request[Any, Any, Any],
    file_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Read the file with the schools that its texts are said to mean."""
    found = await get_import(file_id, actor=actor, now=now)
    form = await read_form(request)
    said = school_choice.said(form, found.report.schools if found.report else ())
    options = replace(found.file.options, schools=found.file.options.schools | said)
    return await _read_again(request, found, form, options, actor=actor, now=now)


async def _read_again(
    request: Request[Any, Any, Any],
    found: Import,
    form: Form,
    options: ReadingOptions,
    *,
    actor: Actor,
    now: datetime,
) -> Response[Any]:
    try:
        await read_again(found.file.id, options, keep=bool(form.typed("keep")), actor=actor, now=now)
    except MaterielError as refusal:
        if found.report is None:
            raise
        name = "school" if refusal.code.startswith("school.") else ""
        form.fault(school_choice.field_at_fault(form, found.report.schools, refusal.message) or name, refusal.message)
        look = await _look(found, actor=actor, now=now)
        return render_form(request, REPORT, form, _context(found, look, now=now, form=form))
    if form.typed("keep") and not (found.report and may_keep_titles(found.file.kind, found.report)):
        await session_of(request).flash(NOT_KEPT, "warning")
    return Redirect(request.app.route_reverse("import:show", file_id=found.file.id), status_code=303)


@post("/imports/fichiers/{file_id:uuid}/importer", name="import:confirm")
async def confirm_page(
    request: Request[Any, Any, Any],
    file_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Redirect:
    """Have the file imported, with the differences that were ticked, and lead to where it is."""
    chosen = (await read_form(request)).many("chosen")
    job_id = await confirm_import(file_id, actor=actor, now=now, chosen=chosen, base_url=settings.base_url)
    return Redirect(request.app.route_reverse("job:show", job_id=job_id), status_code=303)


@post("/imports/fichiers/{file_id:uuid}/defaire", name="import:undo")
async def undo_page(
    request: Request[Any, Any, Any],
    file_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Have the import undone, once its number is written again, and lead to where it is."""
    found = await get_import(file_id, actor=actor, now=now)
    look = await look_at_undo(file_id, actor=actor, now=now)
    form = await read_form(request)
    if look.is_offered and "".join(form.typed("nombre").split()) != str(look.figures.written):
        form.fault("nombre", f"Écrivez {count(look.figures.written)} pour défaire cet import.")
        return render_form(request, REPORT, form, _context(found, look, now=now, form=form))
    try:
        job_id = await undo_import(file_id, actor=actor, now=now)
    except Conflict as refusal:
        await session_of(request).flash(refusal.message, "warning")
        return Redirect(request.app.route_reverse("import:show", file_id=file_id), status_code=303)
    return Redirect(request.app.route_reverse("job:show", job_id=job_id), status_code=303)


@post("/imports/fichiers/{file_id:uuid}/oublier", name="import:forget")
async def forget_page(
    request: Request[Any, Any, Any],
    file_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Delete the file before its time."""
    await forget_import(file_id, actor=actor, now=now)
    await session_of(request).flash("Le fichier est oublié.")
    return Redirect(request.app.route_reverse("import:new"), status_code=303)


@get("/imports/fichiers/{file_id:uuid}/lignes-refusees/{ending:str}", name="import:rejected")
async def rejected_page(
    file_id: FromPath[UUID], ending: FromPath[str], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """The refused lines as they came, with what is wrong with each: a workbook, or a CSV."""
    if ending not in list(TableFormat):
        raise NotFound("route.not_found", "Les lignes refusées se téléchargent en « xlsx » ou en « csv ».")
    form = TableFormat(ending)
    return table_file(await rejected_of(file_id, form, actor=actor, now=now), "lignes-refusees", form)


def _kind(slug: str) -> ImportKind:
    if slug not in SLUGS:
        raise NotFound("route.not_found", "Rien ne s'importe à cette adresse. Choisissez dans « Imports ».")
    return SLUGS[slug]


def _followed(found: Import) -> Job | None:
    """The job to be followed: the one under way, or the examination that could not be made."""
    if found.undoing is not None and not found.undoing.is_over:
        return found.undoing
    if found.report is None:
        return found.job or found.examination
    if found.job is None or found.job.state is JobState.FAILED:
        return None
    # The report is that of another file of the same content when its import was shared.
    return found.job if found.report.dry_run else None


def _chosen(form: Form, titles: Sequence[str]) -> dict[str, str]:
    """What each column was said to be, by its title; of two columns of one title the first counts."""
    chosen: dict[str, str] = {}
    for rank, title in enumerate(titles):
        if title:
            chosen.setdefault(title, form.typed(f"column-{rank}"))
    return chosen


async def _look(found: Import, *, actor: Actor, now: datetime) -> UndoLook | None:
    """What undoing would take back, of an import that has begun; None of a file that is only examined."""
    return await look_at_undo(found.file.id, actor=actor, now=now) if found.job is not None else None


def _context(
    found: Import, look: UndoLook | None, *, now: datetime, page: int = 1, form: Form | None = None
) -> dict[str, Any]:
    report = found.report
    assert report is not None
    options = found.file.options
    if form is None:
        form = Form.filled(school=options.school, sheet=report.sheet, encoding=report.encoding)
        school_choice.fill(form, report.schools)
    return {
        "form": form,
        "schools_open": sum(each.said is None for each in report.schools),
        "encodings": encodings_shown(report),
        "sheets": [(name, name) for name in report.sheets],
        "fields": FIELDS.get(found.file.kind, {}),
        "ask_school": found.file.kind in WITH_PUPILS,
        "file": found.file,
        "report": report,
        "is_imported": not report.dry_run,
        "has_failed": found.job is not None and found.job.state is JobState.FAILED,
        "is_undone": found.state is ImportState.UNDONE,
        "is_file_kept": found.file.expires_at > now,
        "look": look,
        "nouns": NOUNS,
        "places": PLACES,
        "made": [(NOUNS[kind], report.made[kind.value]) for kind in RecordKind if kind.value in report.made],
        "made_words": MADE_WORDS.get(found.file.kind, ("fiche créée", "fiches créées")),
        "corrected_words": ("fiche corrigée", "fiches corrigées"),
        "changes": changes_shown(report, page),
        "has_keys": any(each.key for each in report.rejected),
        "shown": report.rejected[:SHOWN_REJECTIONS],
        "left": report.left[:SHOWN_REJECTIONS],
        "names": sorted(report.names, key=lambda each: each.is_sure)[:SHOWN_REJECTIONS],
        "twins": report.twins[:SHOWN_REJECTIONS],
        "school_kinds": [(SchoolKind(name).label, number) for name, number in sorted(report.kinds.items())],
    }


def _communes(found: Import, now: datetime) -> dict[str, Any]:
    """What the directory says of communes: where it differs from what is typed, then what it fills.

    Both are whole: a département has 900 communes at most, an académie 2,700, and ticks do not outlive a page.
    """
    report = found.report
    assert report is not None
    filled = [(commune, [each for each in commune.contacts if each.fills]) for commune in report.communes]
    return _context(found, None, now=now) | {
        "differing": [(commune, each) for commune in report.communes for each in commune.contacts if not each.fills],
        "filled": [(commune, contacts) for commune, contacts in filled if contacts],
        "paternity": PATERNITY,
    }


router = page_router(
    "/",
    [
        new_page,
        model_page,
        examine_page,
        show_page,
        read_again_page,
        schools_page,
        confirm_page,
        undo_page,
        forget_page,
        rejected_page,
    ],
    audience=Audience.ACCOUNT,
    permission=Permission.WRITE,
    largest_body=LARGEST_FILE + 1_000_000,
)
