"""« Rappels de sécurité »: what makers recall, whom it reaches, who has read it, what is treated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Permission
from materiel.domain.circuit.workshop.safety import (
    NOTE_MAX,
    TITLE_MAX,
    TO_DO_MAX,
    SafetyStage,
    SafetyTreatment,
)
from materiel.domain.item.item import Item
from materiel.domain.language.french import enumeration
from materiel.domain.language.typography import bound
from materiel.errors import MaterielError
from materiel.use_cases.circuit.workshop.safety import (
    AddToSafetyRecall,
    CloseSafetyRecall,
    NoteSafetyAnswers,
    OpenSafetyRecall,
    SafetySheet,
    TreatSafetyItems,
    close_safety_recall,
    concerned_by,
    list_safety_recalls,
    note_safety_answers,
    read_safety_recall,
    stages_of,
    treat_safety_items,
)
from materiel.use_cases.desk.safety.letters import MOST_LOANS, print_safety_letters
from materiel.use_cases.desk.safety.telling import SafetyTold, add_and_tell, open_and_tell, tell_holders, telling_of
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.acting import chosen_of, pdf_answer, uuids_of
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render, render_form

WRITE = {"permission": Permission.WRITE}
EDIT, SHEET = "circuit/workshop/open_safety.html", "circuit/workshop/safety.html"
SHOWN = 200
TEXTS = ("title", "to_do", "brand", "model", "serial_from", "serial_to", "reference")


@get("/", name="safety:list")
async def list_page(request: Request[Any, Any, Any], issuer: NamedDependency[Issuer]) -> Response[str]:
    """Every recall, those under way first."""
    sheets = await list_safety_recalls(actor=issuer.actor)
    sheets.sort(key=lambda each: not each.recall.is_open)
    return render(request, "circuit/workshop/safety_list.html", {"sheets": sheets, "today": issuer.today})


@get("/nouveau", name="safety:new", opt=WRITE)
async def new(request: Request[Any, Any, Any], issuer: NamedDependency[Issuer]) -> Response[str]:
    """What the maker says; what it concerns is shown before anything is kept."""
    return render(request, EDIT, {"form": Form.filled(published_on=issuer.today), **_asking(issuer)})


@post("/nouveau", name="safety:open", opt=WRITE)
async def open_page(request: Request[Any, Any, Any], issuer: NamedDependency[Issuer]) -> Response[Any]:
    """Show what it concerns; then, once it has been looked at, hold it back and tell its holders."""
    form = await read_form(request)
    published_on = form.day("published_on", required="Indiquez le jour où le fabricant a publié ce rappel.")
    if published_on is None:
        return render_form(request, EDIT, form, _asking(issuer))
    texts: dict[str, Any] = {name: form.text(name) for name in TEXTS}
    command = OpenSafetyRecall(published_on=published_on, **texts)
    found: list[Item] = []
    try:
        found = await concerned_by(command, actor=issuer.actor, now=issuer.now)
        if form.ticked("action", "ouvrir"):
            chosen = _with_rest(form, "item", found)
            recall, told = await open_and_tell(replace(command, items=tuple(chosen)), issuer=issuer)
            held = plural(len(chosen), "matériel est retenu", "matériels sont retenus")
            said = f"Le rappel est ouvert : {held} jusqu'à son traitement. {_said(told)}"
            await session_of(request).flash(bound(said))
            return _to(request, recall.id, told)
    except MaterielError as refusal:
        form.refuse(refusal)
    if not found and not form.faults:
        form.fault("model", "Aucun matériel du parc ne répond à ces mots et à ces numéros : relisez-les.")
    ticked = set(form.many("item")) or {str(each.id) for each in found}
    context = _asking(issuer) | {"found": found[:SHOWN], "rest": len(found[SHOWN:]), "ticked": ticked}
    return render(request, EDIT, {"form": form, **context}, status=form.status if form.faults else 200)


@get("/{recall_id:uuid}", name="safety:show")
async def show(
    request: Request[Any, Any, Any], recall_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Response[str]:
    """Where each item stands; `?etape=` shows those of one stage."""
    sheet = await read_safety_recall(recall_id, actor=issuer.actor)
    query = read_query(request)
    form = Form.filled(treated_on=issuer.today, etape=query.text("etape"), suite=query.text("suite"))
    return render(request, SHEET, {"form": form, **await _sheet(sheet, form, issuer)})


@post("/{recall_id:uuid}/prevenir", name="safety:tell", opt=WRITE)
async def tell(
    request: Request[Any, Any, Any], recall_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Response[Any]:
    """Write to those who were not told yet, or again to those who have not answered."""
    form = await read_form(request)
    try:
        told = await tell_holders(recall_id, issuer=issuer, again=form.ticked("again"))
    except MaterielError as refusal:
        return await _refused(request, recall_id, form, refusal, issuer)
    await session_of(request).flash(bound(_said(told)))
    return _to(request, recall_id, told)


@post("/{recall_id:uuid}/lettres", name="safety:letters", opt=WRITE, status_code=200)
async def letters(
    request: Request[Any, Any, Any], recall_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Response[Any]:
    """The letters to those without e-mail, as one PDF to print."""
    form = await read_form(request)
    try:
        pdf = await print_safety_letters(recall_id, issuer=issuer)
    except MaterielError as refusal:
        return await _refused(request, recall_id, form, refusal, issuer)
    return pdf_answer(pdf, "lettres-rappel")


@post("/{recall_id:uuid}/traiter", name="safety:treat", opt=WRITE)
async def treat(
    request: Request[Any, Any, Any], recall_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Response[Any]:
    """Note what was done of the items ticked."""
    form = await read_form(request)
    treatment = form.choice("treatment", SafetyTreatment, required="Dites ce qui a été fait.")
    on = form.day("treated_on", required="Indiquez le jour où c'est fait.")
    if treatment is not None and on is not None:
        command = TreatSafetyItems(
            recall_id=recall_id,
            items=tuple(chosen_of(form, "item")),
            treatment=treatment,
            treated_on=on,
            note=form.text("note"),
        )
        try:
            done = await treat_safety_items(command, actor=issuer.actor, now=issuer.now)
        except MaterielError as refusal:
            return await _refused(request, recall_id, form, refusal, issuer)
        noted = plural(len(done), "matériel noté", "matériels notés")
        await session_of(request).flash(bound(f"{noted} : {treatment.label.lower()}."))
        return _to(request, recall_id)
    sheet = await read_safety_recall(recall_id, actor=issuer.actor)
    return render_form(request, SHEET, form, await _sheet(sheet, form, issuer))


@post("/{recall_id:uuid}/reponses", name="safety:answered", opt=WRITE)
async def answered(
    request: Request[Any, Any, Any], recall_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Response[Any]:
    """Note that the holders of the items ticked answered otherwise than by their link."""
    form = await read_form(request)
    command = NoteSafetyAnswers(recall_id=recall_id, items=tuple(chosen_of(form, "item")))
    try:
        done = await note_safety_answers(command, actor=issuer.actor, now=issuer.now)
    except MaterielError as refusal:
        return await _refused(request, recall_id, form, refusal, issuer)
    await session_of(request).flash(bound(f"{plural(len(done), 'réponse notée', 'réponses notées')}."))
    return _to(request, recall_id)


@post("/{recall_id:uuid}/ajouter", name="safety:add", opt=WRITE)
async def add(
    request: Request[Any, Any, Any], recall_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Response[Any]:
    """Hold back what was registered since, and tell its holders."""
    form = await read_form(request)
    try:
        others = (await read_safety_recall(recall_id, actor=issuer.actor)).others
        chosen = _with_rest(form, "other", others)
        told = await add_and_tell(AddToSafetyRecall(recall_id=recall_id, items=tuple(chosen)), issuer=issuer)
    except MaterielError as refusal:
        return await _refused(request, recall_id, form, refusal, issuer)
    await session_of(request).flash(bound(f"Les matériels sont ajoutés au rappel. {_said(told)}"))
    return _to(request, recall_id, told)


@post("/{recall_id:uuid}/cloture", name="safety:close", opt=WRITE)
async def close(
    request: Request[Any, Any, Any], recall_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Response[Any]:
    """Close it: nothing is held back any more."""
    form = await read_form(request)
    sheet = await read_safety_recall(recall_id, actor=issuer.actor)
    command = CloseSafetyRecall(
        recall_id=recall_id, version=form.version(sheet.recall.version), reason=form.text("reason")
    )
    try:
        await close_safety_recall(command, actor=issuer.actor, now=issuer.now)
    except MaterielError as refusal:
        return await _refused(request, recall_id, form, refusal, issuer)
    await session_of(request).flash("Le rappel est clos : plus rien n'est retenu pour lui.")
    return _to(request, recall_id)


async def _refused(
    request: Request[Any, Any, Any], recall_id: UUID, form: Form, refusal: MaterielError, issuer: Issuer
) -> Response[str]:
    sheet = await read_safety_recall(recall_id, actor=issuer.actor)
    form.refuse(refusal)
    return render_form(request, SHEET, form, await _sheet(sheet, form, issuer))


def _to(request: Request[Any, Any, Any], recall_id: UUID, told: SafetyTold | None = None) -> Redirect:
    """To the recall; to how far its telling is, while it goes on."""
    if told is not None and told.job is not None:
        return Redirect(request.app.route_reverse("job:show", job_id=told.job.id), status_code=303)
    return Redirect(request.app.route_reverse("safety:show", recall_id=recall_id), status_code=303)


def _with_rest(form: Form, name: str, found: Sequence[Item]) -> list[UUID]:
    """Those ticked; those that the page did not show with them, when they are wanted too."""
    rest = [each.id for each in found[SHOWN:]] if form.ticked("rest") else []
    return list(dict.fromkeys((*uuids_of(form.many(name)), *rest)))


def _said(told: SafetyTold) -> str:
    """What was written, what goes on by itself, and to whom nothing could be."""
    if told.job is not None:
        return f"{plural(told.left, 'prêt', 'prêts')} à prévenir : l'envoi continue de lui-même."
    leaves = plural(told.written, "message part", "messages partent") if told.written else "Aucun message ne part"
    said = [f"{leaves}."]
    if told.to_print:
        said.append(f"Sans adresse électronique, à prévenir par lettre : {enumeration(told.to_print)}.")
    if told.silenced:
        said.append(
            f"{plural(told.silenced, 'prêt', 'prêts')} d'un élève décédé : personne n'y est écrit, voyez de vive voix."
        )
    said += [f"Prêt {each.number} : {each.why}" for each in told.refused]
    return " ".join(said)


def _asking(issuer: Issuer) -> dict[str, Any]:
    return {
        "found": [],
        "rest": 0,
        "ticked": set(),
        "today": issuer.today,
        "longest": TITLE_MAX,
        "longest_to_do": TO_DO_MAX,
    }


async def _sheet(sheet: SafetySheet, form: Form, issuer: Issuer) -> dict[str, Any]:
    typed = form.text("etape")
    stage = SafetyStage(typed) if typed in set(SafetyStage) else None
    cases = stages_of(sheet.cases, stage)
    # They are counted over every item of the recall: once for the page.
    figures = sheet.figures
    rank = _rank(form.text("suite"), len(cases))
    return {
        "sheet": sheet,
        "figures": figures,
        "recall": sheet.recall,
        "telling": await telling_of(sheet.recall.id, actor=issuer.actor),
        "cases": cases[rank : rank + SHOWN],
        "first": rank + 1,
        "of": len(cases),
        "previous": max(rank - SHOWN, 0) if rank else None,
        "next": rank + SHOWN if rank + SHOWN < len(cases) else None,
        "others": sheet.others[:SHOWN],
        "rest": len(sheet.others[SHOWN:]),
        "stage": stage,
        "stages": list(figures.stages.items()),
        "left": figures.found - figures.treated,
        "to_tell": figures.stages.get(SafetyStage.TO_TELL, 0),
        "silent": figures.stages.get(SafetyStage.TOLD, 0),
        "most_letters": MOST_LOANS,
        "treatments": [(each.value, each.label) for each in SafetyTreatment],
        "today": issuer.today,
        "longest": NOTE_MAX,
    }


def _rank(typed: str, of: int) -> int:
    """How many lines the page leaves out before its first; a rank beyond the end is the beginning."""
    rank = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0
    return rank if rank < of else 0


router = Router(
    "/",
    route_handlers=[
        account_required(
            "/rappels", [list_page, new, open_page, show, tell, letters, treat, answered, add, close], Permission.READ
        )
    ],
    dependencies={"issuer": Provide(provide_issuer)},
)
