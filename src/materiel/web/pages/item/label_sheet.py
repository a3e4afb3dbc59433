"""« Étiquettes »: which items, on which sheet, from which cell on; the calibration page of a printer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.documents.labels.labels import LARGEST_OFFSET_MM, Offset
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.label import LabelOrder
from materiel.errors import MaterielError, NotFound
from materiel.settings import Settings
from materiel.use_cases.desk.lots.lot import is_many
from materiel.use_cases.item.code import item_of_label
from materiel.use_cases.item.item import find_item, get_item
from materiel.use_cases.item.label import (
    MOST_LABELS,
    PrintLabels,
    count_to_label,
    items_to_label,
    make_calibration_page,
    make_labels,
    start_labels,
)
from materiel.use_cases.item.label_sheet import list_formats
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.pages.acting import fault_of_code, pdf_answer
from materiel.web.pages.item.item import chosen_of
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "item/label_sheet/new.html"
MOST_TYPED = 2_000
MOST_FAULTS = 10


@get("/", name="label:new")
async def new(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The form, without any item yet."""
    return render(request, TEMPLATE, await _context(Form.filled(first_cell="1"), actor))


@post("/", name="label:choose", status_code=200)
async def choose(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The form, with the items that a list or a pile gives: their numbers, to read again and correct."""
    asked = await read_form(request)
    chosen = await chosen_of(asked, actor)
    numbers = [(await get_item(item_id, actor=actor)).inventory_number for item_id in chosen[:MOST_TYPED]]
    form = Form.filled(numbers="\n".join(numbers), first_cell="1")
    form.faults = asked.faults
    return render(request, TEMPLATE, await _context(form, actor))


@post("/impression", name="label:print", status_code=200)
async def print_labels(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """The labels, or the calibration page of the sheet, as a PDF; the form again with every fault.

    The button of the items that were never labelled takes these in place of the numbers.
    Beyond a few dozens a job draws the labels: its page leads to the file.
    """
    form = await read_form(request)
    sheet = form.text("sheet", required="Choisissez une planche ou un rouleau.")
    offset = Offset(right_mm=_millimetres(form, "right_mm"), down_mm=_millimetres(form, "down_mm"))
    calibrates = form.typed("what") == "calibration"
    first_cell, item_ids = 1, list[UUID]()
    if not calibrates:
        first_cell = form.whole("first_cell", lowest=1, highest=1000, required="Indiquez la première case libre.") or 1
        item_ids = await (items_to_label(actor=actor) if form.typed("what") == "never" else _items(form, actor))
    order = form.choice("order", LabelOrder) if form.typed("order") else LabelOrder.GIVEN
    if not form.faults:
        try:
            if calibrates:
                return pdf_answer(await make_calibration_page(sheet, actor=actor, offset=offset), "calage")
            command = PrintLabels(
                item_ids=item_ids,
                sheet=sheet,
                first_cell=first_cell,
                offset=offset,
                order=order or LabelOrder.GIVEN,
            )
            base_url = settings.printed_url
            if is_many(item_ids):
                job = await start_labels(command, actor=actor, now=now, base_url=base_url)
                return Redirect(request.app.route_reverse("job:show", job_id=job.id), status_code=303)
            return pdf_answer(await make_labels(command, actor=actor, now=now, base_url=base_url), "etiquettes")
        except MaterielError as error:
            form.fault(FIELD_OF.get(error.code, ""), error.message)
    return render_form(request, TEMPLATE, form, await _context(form, actor))


FIELD_OF = {"label.first_cell": "first_cell", "label.unknown_sheet": "sheet", "label.none": "numbers"}


async def _items(form: Form, actor: Actor) -> list[UUID]:
    """The items of the numbers typed, one a line, each once; unknown ones are told together."""
    numbers = list(dict.fromkeys(line for line in form.lines("numbers").splitlines() if line))
    if not numbers:
        form.fault("numbers", "Indiquez au moins un numéro d'inventaire, un par ligne.")
    if len(numbers) > MOST_TYPED:
        form.fault("numbers", f"{len(numbers)} numéros ; imprimez-en {MOST_TYPED} au plus à la fois.")
        return []
    found, unknown = [], []
    for number in numbers:
        try:
            labelled = await item_of_label(number, actor=actor)
            found.append((labelled or await find_item(number, actor=actor)).id)
        except NotFound as refusal:
            if refusal.code == "label.replaced":
                fault_of_code(form, "numbers", refusal)
            else:
                unknown.append(number[:40])
    if unknown:
        shown = ", ".join(unknown[:MOST_FAULTS]) + ("…" if len(unknown) > MOST_FAULTS else "")
        form.fault("numbers", f"{plural(len(unknown), 'numéro inconnu', 'numéros inconnus')} : {shown}. Corrigez-les.")
    return found


def _millimetres(form: Form, name: str) -> float:
    typed = form.text(name).replace(",", ".").replace("−", "-")
    try:
        shift = float(typed or 0)
    except ValueError:
        shift = LARGEST_OFFSET_MM + 1
    if not abs(shift) <= LARGEST_OFFSET_MM:
        most = int(LARGEST_OFFSET_MM)
        form.fault(name, f"Indiquez un décalage entre −{most} et {most} millimètres, 1,5 par exemple.")
        return 0.0
    return shift


async def _context(form: Form, actor: Actor) -> dict[str, object]:
    return {
        "form": form,
        "sheets": [(sheet.key, sheet.title) for sheet in await list_formats(actor=actor)],
        "orders": list(LabelOrder),
        "never": await count_to_label(actor=actor),
        "most": MOST_LABELS,
    }


router = account_required("/etiquettes", [new, choose, print_labels], Permission.WRITE)
