"""« Papiers et en-tête »: the bloc-marque of the service, sent, looked at on a sample paper, then kept or not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.papers import letterhead as rules
from materiel.errors import MaterielError
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.letterhead import (
    ProposeLetterhead,
    drop_letterhead,
    keep_letterhead,
    propose_letterhead,
    read_letterheads,
    read_picture,
    remove_letterhead,
    sample_paper,
)
from materiel.web.acting import provide_issuer
from materiel.web.audience import Audience, page_router
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import pdf_answer
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "papers/letterhead.html"
ADDRESS = "/reglages/papiers"
PNG = "image/png"


@get("/", name="letterhead:show")
async def show_page(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """What the papers bear, what is proposed, and the form that sends a picture."""
    both = await read_letterheads(actor=actor)
    words = both.kept.alt if both.kept is not None else ""
    return render(request, TEMPLATE, await _context(Form.filled(alt=words), actor))


@post("/", name="letterhead:propose")
async def propose(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Redirect | Response[str]:
    """Check a picture and show it; no paper bears it yet."""
    form = await read_form(request)
    sent = form.file("picture")
    if sent is None:
        form.fault("picture", "Choisissez le fichier du bloc-marque.")
    else:
        command = ProposeLetterhead(picture=await sent.read(), alt=form.text("alt"))
        try:
            await propose_letterhead(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal, "picture")
        else:
            await session_of(request).flash("L'image est bonne. Regardez-la sur une convention, puis gardez-la.")
            return Redirect(ADDRESS, status_code=303)
    return render_form(request, TEMPLATE, form, await _context(form, actor))


@post("/garder", name="letterhead:keep")
async def keep(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Redirect:
    """Let the papers to come bear what is proposed."""
    form = await read_form(request)
    await keep_letterhead(form.text("sha256"), actor=actor, now=now)
    said = "Les papiers à venir porteront ce bloc-marque. Ceux qui sont émis ne changent pas."
    await session_of(request).flash(said)
    return Redirect(ADDRESS, status_code=303)


@post("/abandonner", name="letterhead:drop")
async def drop(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Redirect:
    """Look no more at what is proposed."""
    await drop_letterhead(actor=actor, now=now)
    await session_of(request).flash("L'image proposée est abandonnée : rien n'a changé.")
    return Redirect(ADDRESS, status_code=303)


@post("/retirer", name="letterhead:remove")
async def remove(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Redirect:
    """Name the service in letters again on the papers to come."""
    await remove_letterhead(actor=actor, now=now)
    said = "Les papiers à venir porteront le nom du service, sans bloc-marque. Ceux qui sont émis ne changent pas."
    await session_of(request).flash(said)
    return Redirect(ADDRESS, status_code=303)


@get("/image", name="letterhead:picture")
async def picture(actor: NamedDependency[Actor]) -> Response[bytes]:
    """What the papers bear, as we made it again from what was sent."""
    return Response(await read_picture(proposed=False, actor=actor), media_type=PNG)


@get("/image-proposee", name="letterhead:proposed_picture")
async def proposed_picture(actor: NamedDependency[Actor]) -> Response[bytes]:
    """What is proposed, as we made it again from what was sent."""
    return Response(await read_picture(proposed=True, actor=actor), media_type=PNG)


@get("/exemple", name="letterhead:sample")
async def sample(issuer: NamedDependency[Issuer]) -> Response[bytes]:
    """A made-up agreement as the papers of the service are."""
    return pdf_answer(await sample_paper(proposed=False, issuer=issuer), "convention-exemple")


@get("/exemple-propose", name="letterhead:proposed_sample")
async def proposed_sample(issuer: NamedDependency[Issuer]) -> Response[bytes]:
    """The same as it would be."""
    return pdf_answer(await sample_paper(proposed=True, issuer=issuer), "convention-exemple")


async def _context(form: Form, actor: Actor) -> dict[str, Any]:
    both = await read_letterheads(actor=actor)
    return {
        "form": form,
        "kept": both.kept,
        "proposed": both.proposed,
        "rules": {
            "width": round(rules.WIDEST_MM),
            "height": round(rules.HIGHEST_MM),
            "dpi": rules.LEAST_DPI,
            "points": rules.points_wanted(round(rules.WIDEST_MM * 100), round(rules.HIGHEST_MM * 100), rules.LEAST_DPI),
            "megabytes": rules.LARGEST_UPLOAD // 10**6,
            "longest": rules.LONGEST_ALT,
        },
    }


router = page_router(
    ADDRESS,
    [show_page, propose, keep, drop, remove, picture, proposed_picture, sample, proposed_sample],
    audience=Audience.ACCOUNT,
    permission=Permission.ADMINISTER,
    largest_body=rules.LARGEST_UPLOAD + 1_000_000,
    dependencies={"issuer": Provide(provide_issuer)},
)
