"""« Scanner »: one item to its sheet. A handheld reader, the camera, a photograph or the keyboard, each enough alone.

Piles are in `loan.pile`.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.item import Item
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.item.code import LARGEST_UPLOAD, find_document, find_meant_item, near_items, read_photo
from materiel.use_cases.loan.pile import PileAction
from materiel.web.audience import Audience, page_router
from materiel.web.http.forms import Form, read_form
from materiel.web.http.rate_limit import RateLimit
from materiel.web.pages.acting import fault_of_code
from materiel.web.pages.shell.query import query
from materiel.web.pages.shell.rendering import render, render_form, route_names

NO_CODE = (
    "Aucun code n'est lisible sur cette photo : rapprochez l'appareil, évitez les reflets, ou saisissez le numéro."
)


PICTURES = RateLimit(rate=5, burst=40)
"""Pictures of one person: the camera sends two or three a second, and reading one occupies a processor."""


@get("/", name="scan:show")
async def show(request: Request[Any, Any, Any]) -> Response[str]:
    """Scan one item."""
    return _page(request, Form())


@post("/", name="scan:find")
async def find(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[Any]:
    """Go to what was scanned: the item, else the document; a few typed letters lead to what they find."""
    form = await read_form(request)
    typed = form.typed("code")
    try:
        item = await find_meant_item(typed, actor=actor)
    except NotFound as unknown:
        document_id = await find_document(typed, actor=actor)
        address = _served(request, "document:show", document_id=document_id) if document_id else ""
        if address:
            return Redirect(address, status_code=303)
        fault_of_code(form, "code", unknown)
        near = await near_items(typed, actor=actor)
        return _page(request, form, [], search=query(q=typed.strip()) if typed.strip() else "", near=near)
    return _to_item(request, item)


@post("/photo", name="scan:photo")
async def photo(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[Any]:
    """Go to the item of the photograph, or choose among those of a whole shelf."""
    form = await read_form(request)
    items = await items_of_photo(form, actor)
    if len(items) == 1 and not form.faults:
        return _to_item(request, items[0])
    return _page(request, form, items)


@post("/image", name="scan:image", status_code=200)
async def image(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> dict[str, list[str]]:
    """The codes of one picture of the camera, for browsers that cannot read them by themselves."""
    PICTURES.take(actor.id, monotonic())
    return {"codes": await read_photo(await request.body(), actor=actor)}


async def items_of_photo(form: Form, actor: Actor) -> list[Item]:
    """The items whose labels a photograph shows, each once; what is wrong is noted in the form."""
    sent: UploadFile | None = form.file("photo")
    if sent is None:
        form.fault("photo", "Choisissez une photo de l'étiquette.")
        return []
    try:
        PICTURES.take(actor.id, monotonic())
        codes = await read_photo(await sent.read(), actor=actor)
    except MaterielError as error:
        form.fault("photo", error.message)
        return []
    if not codes:
        form.fault("photo", NO_CODE)
    items: dict[object, Item] = {}
    for code in codes:
        try:
            item = await find_meant_item(code, actor=actor)
        except NotFound as unknown:
            fault_of_code(form, "photo", unknown)
        else:
            items[item.id] = item
    return list(items.values())


def _page(
    request: Request[Any, Any, Any],
    form: Form,
    items: list[Item] | None = None,
    *,
    search: str = "",
    near: Sequence[Item] = (),
) -> Response[str]:
    context = {"form": form, "found": items or [], "near": near, "search": search, "actions": list(PileAction)}
    if form.faults:
        return render_form(request, "item/scanner/show.html", form, context)
    return render(request, "item/scanner/show.html", context)


def _to_item(request: Request[Any, Any, Any], item: Item) -> Redirect:
    return Redirect(request.app.route_reverse("item:show", item_id=item.id), status_code=303)


def _served(request: Request[Any, Any, Any], name: str, **parameters: object) -> str:
    return request.app.route_reverse(name, **parameters) if name in route_names(request.app) else ""


router = page_router(
    "/scanner",
    [show, find, photo, image],
    audience=Audience.ACCOUNT,
    permission=Permission.READ,
    largest_body=LARGEST_UPLOAD,
)
