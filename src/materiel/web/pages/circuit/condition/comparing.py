"""A hand-over and a return side by side, on a page and as a PDF; « J'ai lu » for what the family said."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.typography import bound
from materiel.use_cases.circuit.condition.comparing import draw_comparison, read_comparison, read_remarks
from materiel.web.audience import account_required
from materiel.web.http.session import session_of
from materiel.web.pages.acting import pdf_answer
from materiel.web.pages.circuit.condition.drawing import drawn
from materiel.web.pages.shell.rendering import render


@get("/{loan_id:uuid}/etats/{item_id:uuid}", name="condition:compare")
async def compare(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """What differs, in words first, then each end beside the other."""
    found = await read_comparison(loan_id, item_id, actor=actor, now=now)
    new = [each.words for each in found.difference.new]
    told = urlencode({"description": bound(f"Vu au retour : {' ; '.join(new)}.")}) if new else ""
    context = {
        "found": found,
        "item": found.item,
        "sentences": [bound(each) for each in found.difference.sentences],
        "drawings": {
            each.moment: drawn(found.outline, each.side.state.marks)
            for each in found.ends
            if each.side.state is not None
        },
        "told": told,
    }
    return render(request, "circuit/condition/compare.html", context)


@get("/{loan_id:uuid}/etats/{item_id:uuid}/comparaison.pdf", name="condition:compare_pdf")
async def compare_pdf(
    loan_id: FromPath[UUID],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[bytes]:
    """The same, accessible, for a file or an insurance."""
    return pdf_answer(await draw_comparison(loan_id, item_id, actor=actor, now=now), "etat")


@post("/{loan_id:uuid}/etats/{item_id:uuid}/lu", name="condition:read", opt={"permission": Permission.WRITE})
async def read(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Say that what the family said is read."""
    await read_remarks(loan_id, item_id, actor=actor, now=now)
    await session_of(request).flash(bound("C'est noté : les remarques de la famille sont lues."))
    return Redirect(request.app.route_reverse("condition:compare", loan_id=loan_id, item_id=item_id), status_code=303)


router = account_required("/prets", [compare, compare_pdf, read], Permission.READ)
