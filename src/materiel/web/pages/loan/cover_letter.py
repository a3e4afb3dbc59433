"""« Lettre d'accompagnement »: letters of a loan to print for those who are written to by post."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from materiel.domain.accounts.roles import Permission
from materiel.domain.papers.cover_letter import USUAL_DAYS, CoverLetterKind
from materiel.domain.people.death import is_silenced
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.desk.cover_letter import (
    PLACE_MAX,
    LetterChoices,
    PrintCoverLetters,
    letter_choices,
    print_cover_letters,
)
from materiel.use_cases.desk.examination import print_attestation
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.pages.acting import pdf_answer
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "loan/cover_letter.html"


@get("/{loan_id:uuid}/lettre", name="loan:cover_letter")
async def letter_page(
    request: Request[Any, Any, Any], loan_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Response[str]:
    """What may be written, to whom; `?objet=` says what the page that leads here is about."""
    choices = await letter_choices(loan_id, issuer=issuer)
    asked = read_query(request).typed("objet")
    possible = {kind.value for kind in choices.kinds}
    address = choices.case.service.address
    form = Form.filled(
        kind=asked if asked in possible else next(iter(choices.kinds), ""),
        back_by=issuer.today + timedelta(days=USUAL_DAYS),
        place=", ".join((*address.lines, address.city)) if address.city else "",
        **{f"to/{each.key}": "oui" for each in choices.recipients if each.lines and not each.email},
    )
    return render(request, TEMPLATE, _context(form, choices))


@post("/{loan_id:uuid}/lettre", name="loan:print_cover_letter", status_code=200)
async def print_page(
    request: Request[Any, Any, Any], loan_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Response[Any]:
    """The letters as one PDF to print, or the form again."""
    form = await read_form(request)
    choices = await letter_choices(loan_id, issuer=issuer)
    kind = form.choice("kind", CoverLetterKind, required="Choisissez l'objet de la lettre.")
    back_by, meets_on = form.day("back_by"), form.day("meets_on")
    if kind is not None and not form.faults:
        command = PrintCoverLetters(
            loan_id=loan_id,
            kind=kind,
            to=tuple(each.key for each in choices.recipients if form.ticked(f"to/{each.key}")),
            back_by=back_by,
            meets_on=meets_on,
            hour=form.text("hour"),
            place=form.text("place"),
            confirmed=form.ticked("confirmed"),
        )
        try:
            return pdf_answer(await print_cover_letters(command, issuer=issuer), "lettres")
        except NotFound:
            raise
        except MaterielError as refusal:
            form.refuse(refusal)
    return render_form(request, TEMPLATE, form, _context(form, choices))


@get("/{loan_id:uuid}/attestation.pdf", name="loan:attestation")
async def attestation_page(loan_id: FromPath[UUID], issuer: NamedDependency[Issuer]) -> Response[bytes]:
    """What the pupil has, for whoever organises an examination."""
    return pdf_answer(await print_attestation(loan_id, issuer=issuer), "attestation")


def _context(form: Form, choices: LetterChoices) -> dict[str, Any]:
    return {
        "form": form,
        "case": choices.case,
        "loan": choices.case.loan,
        "recipients": choices.recipients,
        "kinds": choices.kinds,
        "longest": PLACE_MAX,
        "died": is_silenced(choices.case.pupil),
    }


router = Router(
    "/",
    route_handlers=[account_required("/prets", [letter_page, print_page, attestation_page], Permission.WRITE)],
    dependencies={"issuer": Provide(provide_issuer)},
)
