"""« À signer pour l'État » (le parapheur): what may be signed in groups, what is opened one by one, and signing it.

Managers and readers see the same list without its form: they know what waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.documents.aids.summary import essentials
from materiel.documents.content_json import content_from_json
from materiel.documents.html.document import render_fragment
from materiel.domain.accounts.roles import PERMISSIONS, Actor, Permission
from materiel.domain.accounts.service import StateSigns
from materiel.domain.accounts.user import check_may_sign_for_state
from materiel.domain.circuit.disposal.disposal import DisposalState
from materiel.domain.signing.folder import Folder, FolderPaper
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.accounts.service import read_service
from materiel.use_cases.accounts.signatory import signatory_of
from materiel.use_cases.circuit.disposal import count_disposals
from materiel.use_cases.signing.folder import SendBack, read_folder, read_folder_paper, returned_papers, send_back
from materiel.use_cases.signing.state_signature import SignForState, sign_for_state
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.http.visit import visit_of
from materiel.web.pages.acting import uuids_of
from materiel.web.pages.links.session import note_shown, shown_in
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render, render_form

PAGE = "signing/folder/show.html"
SIGNS = {"permission": Permission.SIGN}
MOST_SAMPLES = 20
"""Papers on one page of samples, one for each group: there are some ten cases."""


@get("/", name="folder:show")
async def show_folder(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """What awaits the State, sorted."""
    read = shown_in(request)
    folder = await read_folder(actor=actor, now=now)
    return render(request, PAGE, await _context(read, folder, None, actor, now))


@get("/exemples", name="folder:samples")
async def show_samples(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """One paper of each group of which none was opened, one after the other."""
    read = shown_in(request)
    folder = await read_folder(actor=actor, now=now)
    samples = [group.papers[0] for group in folder.groups if not group.read_among(read)][:MOST_SAMPLES]
    if not samples:
        return Redirect("/parapheur", status_code=303)
    return _read_page(request, samples, actor, now)


@get("/{document_id:uuid}", name="folder:read")
async def read_paper(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """One paper as it was issued, and what sets it apart."""
    paper, _ = await read_folder_paper(document_id, actor=actor, now=now)
    return _read_page(request, [paper], actor, now)


@post("/", name="folder:act", opt=SIGNS)
async def act(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Sign what is ticked with one code, send it back to the service with a reason, or count it again."""
    # What a session notes in memory is written meanwhile by a loop: it is asked at once, never after a long reading.
    read = shown_in(request)
    form = await read_form(request)
    folder = await read_folder(actor=actor, now=now)
    chosen = _chosen(form, folder)
    what = form.typed("acte")
    if what == "recompter":
        return render(request, PAGE, await _context(read, folder, form, actor, now))
    if not chosen:
        form.fault("papers", "Cochez au moins un papier.")
    done = ""
    try:
        if what == "renvoyer":
            done = await _send_back(form, chosen, actor, now)
        else:
            done = await _sign(request, form, chosen, read, actor, now, settings)
    except MaterielError as refusal:
        named = {error.pointer.strip("/") for error in refusal.errors} <= {"code", "reason"} and refusal.errors
        if named or not refusal.errors:
            form.refuse(refusal, "papers")
        else:
            form.fault("papers", refusal.message)
        folder = await read_folder(actor=actor, now=now)
    if form.faults:
        return render_form(request, PAGE, form, await _context(read, folder, form, actor, now))
    first = what != "renvoyer" and (await read_service(actor=actor)).state_signs is StateSigns.FIRST
    settle = ("/signatures", "Les autres signatures peuvent être demandées") if first else ("", "")
    await session_of(request).flash(done, settle=settle)
    return Redirect("/parapheur", status_code=303)


async def _sign(
    request: Request[Any, Any, Any],
    form: Form,
    chosen: Sequence[UUID],
    read: Mapping[UUID, datetime],
    actor: Actor,
    now: datetime,
    settings: Settings,
) -> str:
    if not form.ticked("lu"):
        form.fault("lu", "Cochez la case pour dire que vous avez lu au moins un papier de chaque groupe coché.")
    code = form.text("code", required="Tapez les six chiffres que montre votre téléphone.")
    if form.faults:
        return ""
    signed = await sign_for_state(
        SignForState(document_ids=tuple(chosen), read=read, code=code),
        actor=actor,
        secret_key=settings.secret_key,
        visit=visit_of(request, settings.base_url),
        now=now,
    )
    number = plural(len(signed.documents), "papier signé", "papiers signés")
    return f"{number} pour l'État, d'un même acte. Les exemplaires signés suivent."


async def _send_back(form: Form, chosen: Sequence[UUID], actor: Actor, now: datetime) -> str:
    reason = form.text("reason", required="Dites au service pourquoi vous lui renvoyez ces papiers.")
    if form.faults:
        return ""
    number = await send_back(SendBack(document_ids=tuple(chosen), reason=reason), actor=actor, now=now)
    return f"{plural(number, 'papier renvoyé', 'papiers renvoyés')} au service, avec votre motif."


def _chosen(form: Form, folder: Folder) -> list[UUID]:
    """The papers ticked: an ordinary one counts when its group is ticked too. Those that left the folder are kept: the
    use case says which.
    """
    known, groups = folder.signable, set(form.many("group"))
    chosen = uuids_of([*form.many("odd"), *form.many("paper")])
    return [each for each in chosen if each not in known or known[each].odd or known[each].key in groups]


def _read_page(
    request: Request[Any, Any, Any], papers: Sequence[FolderPaper], actor: Actor, now: datetime
) -> Response[str]:
    shown = []
    for paper in papers:
        content = content_from_json(paper.document.content)
        body = render_fragment(content, lowered_by=1)
        shown.append({"paper": paper, "body": body, "essentials": essentials(content)})
        if Permission.SIGN in PERMISSIONS[actor.role]:
            note_shown(request, paper.document.id, now)
    return render(request, "signing/folder/read.html", {"shown": shown})


async def _context(
    read: Mapping[UUID, datetime], folder: Folder, form: Form | None, actor: Actor, now: datetime
) -> dict[str, Any]:
    """The page; `form` is what was sent, None when it is shown for the first time: groups read are then ticked."""
    signs = Permission.SIGN in PERMISSIONS[actor.role]
    account, lacks = None, ""
    if signs:
        account = await signatory_of(actor=actor)
        try:
            check_may_sign_for_state(account, actor.civil_date(now))
        except MaterielError as refusal:
            lacks = refusal.message
    if form is None:
        groups = {each.key for each in folder.groups if each.read_among(read)}
        papers = {each.document.id for each in folder.ordinary}
    else:
        groups = set(form.many("group"))
        papers = set(uuids_of([*form.many("odd"), *form.many("paper")]))
    ticked = [each for each in folder.ordinary if each.key in groups and each.document.id in papers]
    ticked += [each for each in folder.odd if each.document.id in papers]
    kinds: dict[str, int] = {}
    for each in ticked:
        kinds[each.document.kind.label] = kinds.get(each.document.kind.label, 0) + 1
    back = await returned_papers(actor=actor)
    return {
        "form": form or Form(),
        "folder": folder,
        "signs": signs,
        "account": account,
        "lacks": lacks,
        "read": read,
        "groups": groups,
        "papers": papers,
        "ticked": len(ticked),
        "left": len(folder.signable) - len(ticked),
        "kinds": kinds,
        "returned": back,
        "order": (await read_service(actor=actor)).state_signs,
        "to_dispose": await count_disposals(actor=actor, states=[DisposalState.PROPOSED]),
    }


router = account_required("/parapheur", [show_folder, show_samples, read_paper, act], Permission.READ)
