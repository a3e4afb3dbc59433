"""The annex of the service: its text part by part, the real paper before it is saved, its versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.family import ItemFamily
from materiel.domain.papers.annex import SECTION_MAX, TITLE_MAX, AnnexSection
from materiel.domain.papers.annex_rules import REFUSED, PointedOut, pointed_out
from materiel.domain.papers.document import DocumentKind
from materiel.errors import MaterielError
from materiel.use_cases.accounts.annex import REASON_MAX, AnnexVersion, WriteAnnex, end_annex, list_annexes, write_annex
from materiel.use_cases.accounts.annex_specimen import ShowAnnex, show_annex, show_version
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.sample import SAMPLES
from materiel.web.acting import provide_issuer, provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.acting import pdf_answer
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "accounts/setting/annex.html"
PAPER = "specimen-annexe"
MOST_VERSIONS = 2**31 - 1
PARTS = tuple(AnnexSection(text="", family=family) for family in (None, *ItemFamily))
"""Every part that may be written, in the order in which they are printed."""


@get("/", name="annex:edit")
async def annex_page(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Response[str]:
    """The last version, to be corrected into a new one; and every version."""
    form = _filled(await list_annexes(actor=actor, now=now), today)
    return render(request, TEMPLATE, await _context(form, actor, now))


@post("/", name="annex:write", status_code=200)
async def write_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Redirect | Response[str]:
    """Keep a version, or show the form again with each sentence that is pointed out, why, and its source."""
    form = await read_form(request)
    starts_on = form.day("starts_on", required="Indiquez le premier jour où cette annexe est imprimée.")
    known = _known(form)
    if not form.faults and starts_on is not None:
        command = WriteAnnex(
            known=known,
            starts_on=starts_on,
            title=form.text("title"),
            sections=_sections(form),
            kept=frozenset(form.many("kept")),
            reason=form.text("reason"),
        )
        try:
            await write_annex(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
    if form.faults:
        return render_form(request, TEMPLATE, form, await _context(form, actor, now))
    await session_of(request).flash("Annexe enregistrée. Les conventions déjà émises ne changent pas.")
    return Redirect("/reglages/annexe", status_code=303)


@post("/papier", name="annex:preview", status_code=200)
async def preview_page(
    request: Request[Any, Any, Any], issuer: NamedDependency[Issuer]
) -> Response[bytes] | Response[str]:
    """The real paper with what is typed, of made-up people; nothing is saved."""
    form = await read_form(request)
    starts_on = form.day("starts_on")
    if not form.faults:
        command = ShowAnnex(title=form.text("title"), sections=_sections(form), starts_on=starts_on, kind=_kind(form))
        try:
            return pdf_answer(await show_annex(command, issuer=issuer), PAPER)
        except MaterielError as refusal:
            form.refuse(refusal)
    return render_form(request, TEMPLATE, form, await _context(form, issuer.actor, issuer.now))


@get("/versions/{rank:int}/papier", name="annex:paper")
async def version_page(
    request: Request[Any, Any, Any], rank: FromPath[int], issuer: NamedDependency[Issuer]
) -> Response[bytes]:
    """The same with a version as it was saved; the address says which paper."""
    return pdf_answer(await show_version(rank, _kind(read_query(request)), issuer=issuer), PAPER)


@post("/fin", name="annex:end", status_code=200)
async def end_page(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Redirect | Response[str]:
    """Print no annex any more."""
    form = await read_form(request)
    ends_on = form.day("ends_on", required="Indiquez le premier jour sans annexe.")
    if ends_on is not None:
        try:
            await end_annex(_known(form), ends_on, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal, "ends_on")
    if form.faults:
        form.take(_filled(await list_annexes(actor=actor, now=now), today))
        return render_form(request, TEMPLATE, form, await _context(form, actor, now))
    await session_of(request).flash("C'est noté : plus d'annexe à partir de ce jour.")
    return Redirect("/reglages/annexe", status_code=303)


def _filled(versions: Sequence[AnnexVersion], today: date) -> Form:
    """The last version, to be corrected into a new one."""
    last = versions[0].annex if versions else None
    return Form.filled(
        known=last.rank if last else 0,
        starts_on=today,
        title=last.title if last else "",
        **{each.name: each.text for each in (last.sections if last else ())},
    )


def _known(form: Form) -> int:
    return form.whole("known", lowest=0, highest=MOST_VERSIONS) or 0


def _kind(form: Form) -> DocumentKind:
    """The paper to look at: the loan agreement unless another is chosen."""
    return next((each for each in SAMPLES if each.value == form.typed("paper")), DocumentKind.LOAN_AGREEMENT)


def _sections(form: Form) -> tuple[AnnexSection, ...]:
    """The parts that were filled."""
    return tuple(AnnexSection(text=text, family=each.family) for each in PARTS if (text := form.lines(each.name)) != "")


async def _context(form: Form, actor: Actor, now: datetime) -> dict[str, Any]:
    versions = await list_annexes(actor=actor, now=now)
    found = pointed_out(form.text("title"), _sections(form)) if form.faults else ()
    today = actor.civil_date(now)
    return {
        "form": form,
        "parts": PARTS,
        "papers": SAMPLES,
        "versions": versions,
        "current": next((each.annex for each in versions if each.in_force and each.annex.sections), None),
        "coming": [each for each in versions if each.annex.starts_on > today],
        "kept_options": [_choice(each) for each in found if each.rule not in REFUSED],
        "title_max": TITLE_MAX,
        "section_max": SECTION_MAX,
        "reason_max": REASON_MAX,
    }


def _choice(found: PointedOut) -> tuple[str, str, str]:
    """A box to keep a sentence: what it bears, what it says, and why the sentence is pointed out."""
    said = f"Je garde cette phrase, relue par le service juridique : « {found.sentence} »"
    return found.key, said, f"{found.rule.label}. {found.reason.why} ({found.reason.source})"


router = Router(
    "/",
    route_handlers=[
        account_required(
            "/reglages/annexe",
            [annex_page, write_page, preview_page, version_page, end_page],
            Permission.ADMINISTER,
        )
    ],
    dependencies={"today": Provide(provide_today), "issuer": Provide(provide_issuer)},
)
