"""Coming in and going out: password, one-time code, provider, invitation, and the way out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.credential import HALF_LOGIN
from materiel.domain.accounts.session import SubjectKind
from materiel.domain.accounts.user import User
from materiel.errors import MaterielError, NotFound
from materiel.settings import Settings
from materiel.use_cases.accounts.credential import choose_password, read_invitation
from materiel.use_cases.accounts.login import Recognised, check_code, check_password, note_login
from materiel.use_cases.accounts.session import TWO_FACTORS
from materiel.web.audience import LOGIN, Audience, page_router, safe_next
from materiel.web.http.forms import Form, read_form
from materiel.web.http.kept_form import KEPT, unsealed
from materiel.web.http.session import session_of
from materiel.web.http.visit import device_cookie, slow_guesses, visit_of
from materiel.web.pages.shell.rendering import render, render_form
from materiel.web.site import current_site

SECOND_FACTOR = "/connexion/second-facteur"
NEW_PASSWORD = "/nouveau-mot-de-passe"
GOODBYE = "/deconnexion"


@get(LOGIN, name="login:show")
async def show_login(request: Request[Any, Any, Any]) -> Response[Any]:
    """The login, or the home page for whoever is in already."""
    wanted = safe_next(request.query_params.get("suite", "/"))
    person = session_of(request).person
    if person is not None and person.kind is SubjectKind.ACCOUNT:
        return Redirect(wanted, status_code=303)
    return render(
        request, "accounts/login/show.html", {"form": Form.filled(suite=wanted), "why": _why(request, wanted)}
    )


def _why(request: Request[Any, Any, Any], wanted: str) -> str:
    """Why somebody who asked for a page, or sent a form, is asked to log in."""
    if KEPT in session_of(request).data:
        return (
            "Votre connexion avait expiré : rien n'a été enregistré. Ce que vous aviez saisi est gardé une demi-heure, "
            "sauf les fichiers : connectez-vous avec le même compte pour le retrouver."
        )
    if request.query_params.get("motif") == "formulaire":
        return "Votre connexion avait expiré : rien n'a été enregistré. Connectez-vous, puis recommencez."
    if wanted != "/":
        return "Vous n'êtes pas connecté, ou votre connexion a expiré. Connectez-vous pour ouvrir la page demandée."
    return ""


@post(LOGIN, name="login:submit", status_code=200)
async def submit_login(
    request: Request[Any, Any, Any], now: NamedDependency[datetime], settings: NamedDependency[Settings]
) -> Response[Any]:
    """Check the password; a wrong one and an unknown address are told in the same words."""
    form = await read_form(request)
    email = form.text("email", required="Indiquez votre adresse électronique.")
    password = form.secret("password", required="Indiquez votre mot de passe.")
    if not form.faults:
        try:
            visit = visit_of(request, settings.base_url)
            recognised = await check_password(email, password, visit=visit, now=now)
            return await go_on(request, recognised, "password", safe_next(form.typed("suite")), now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
    return render_form(request, "accounts/login/show.html", form, {"why": ""})


async def go_on(
    request: Request[Any, Any, Any],
    recognised: Recognised,
    proof: str,
    wanted: str,
    *,
    now: datetime,
    id_token: str | None = None,
) -> Response[Any]:
    """After a first proof that was right: ask for the one-time code, or let in."""
    held: dict[str, object] = {} if id_token is None else {"id_token": id_token}
    kept = session_of(request).data.get(KEPT)
    found = unsealed(current_site(request), kept)
    if found is not None and found.account == str(recognised.user.id):
        held[KEPT] = kept
    if not recognised.asks_code:
        if recognised.has_two_factors:
            held[TWO_FACTORS] = True
        return await _let_in(request, recognised.user, proof, wanted, held, now=now)
    half = {"account": str(recognised.user.id), "since": now.timestamp(), "wanted": wanted, "held": held}
    await session_of(request).restart({"half_login": half})
    return Redirect(SECOND_FACTOR, status_code=303)


async def _let_in(
    request: Request[Any, Any, Any],
    user: User,
    proof: str,
    wanted: str,
    held: Mapping[str, object],
    *,
    now: datetime,
) -> Response[Any]:
    visit = visit_of(request, current_site(request).settings.base_url)
    data = {"device": visit.browser, **held}
    await session_of(request).open(SubjectKind.ACCOUNT, user.id, user.service_id, data=data)
    await note_login(user, proof, visit=visit, now=now)
    return Redirect(wanted, status_code=303, cookies=[device_cookie(request)])


@get(SECOND_FACTOR, name="login:show_second_factor")
async def show_second_factor(request: Request[Any, Any, Any], now: NamedDependency[datetime]) -> Response[Any]:
    """Ask for the one-time code, after the password."""
    if _half_login(request, now) is None:
        return Redirect(LOGIN, status_code=303)
    return render(request, "accounts/login/second_factor.html", {"form": Form()})


@post(SECOND_FACTOR, name="login:submit_second_factor", status_code=200)
async def submit_second_factor(
    request: Request[Any, Any, Any], now: NamedDependency[datetime], settings: NamedDependency[Settings]
) -> Response[Any]:
    """Check the one-time code or a recovery code."""
    half = _half_login(request, now)
    if half is None:
        return Redirect(LOGIN, status_code=303)
    form = await read_form(request)
    code = form.text("code", required="Indiquez le code à six chiffres de votre téléphone, ou un code de secours.")
    if not form.faults:
        try:
            visit = visit_of(request, settings.base_url)
            account_id = UUID(half["account"])
            user = await check_code(account_id, code, secret_key=settings.secret_key, visit=visit, now=now)
            return await _let_in(request, user, "code", safe_next(half["wanted"]), half["held"], now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
    return render_form(request, "accounts/login/second_factor.html", form)


def _half_login(request: Request[Any, Any, Any], now: datetime) -> dict[str, Any] | None:
    half = session_of(request).data.get("half_login")
    if not isinstance(half, dict) or now.timestamp() - half["since"] > HALF_LOGIN.total_seconds():
        return None
    return half


@get("/invitation/{token:str}", name="login:open_invitation")
async def open_invitation(
    request: Request[Any, Any, Any],
    token: FromPath[str],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Exchange the link for a session at once, so that its secret leaves the address bar; using it is for later."""
    try:
        invited = await read_invitation(token, secret_key=settings.secret_key, now=now)
    except NotFound as refusal:
        slow_guesses(request)
        return render(request, "accounts/login/invitation_over.html", {"message": refusal.message}, status=404)
    held = {"account": str(invited.user.id), "proof": invited.proof, "email": invited.user.email}
    await session_of(request).restart({"invited": held})
    return Redirect(NEW_PASSWORD, status_code=303)


@get(NEW_PASSWORD, name="login:show_new_password")
async def show_new_password(request: Request[Any, Any, Any]) -> Response[Any]:
    """Choose a password, after the link of an administrator."""
    invited = _invited(request)
    if invited is None:
        return Redirect(LOGIN, status_code=303)
    return render(request, "accounts/login/new_password.html", {"form": Form(), "email": invited["email"]})


@post(NEW_PASSWORD, name="login:submit_new_password", status_code=200)
async def submit_new_password(
    request: Request[Any, Any, Any], now: NamedDependency[datetime], settings: NamedDependency[Settings]
) -> Response[Any]:
    """Set the password; the login follows, with the second factor if there is one."""
    invited = _invited(request)
    if invited is None:
        return Redirect(LOGIN, status_code=303)
    form = await read_form(request)
    try:
        await choose_password(
            UUID(invited["account"]),
            invited["proof"],
            form.secret("password"),
            form.secret("password_again"),
            visit=visit_of(request, settings.base_url),
            now=now,
        )
    except MaterielError as refusal:
        form.refuse(refusal)
        return render_form(request, "accounts/login/new_password.html", form, {"email": invited["email"]})
    await session_of(request).restart({})
    await session_of(request).flash("Votre mot de passe est enregistré. Connectez-vous.")
    return Redirect(LOGIN, status_code=303, cookies=[device_cookie(request)])


def _invited(request: Request[Any, Any, Any]) -> dict[str, str] | None:
    invited = session_of(request).data.get("invited")
    return invited if isinstance(invited, dict) else None


@post(GOODBYE, name="login:leave", status_code=200)
async def leave(request: Request[Any, Any, Any]) -> Response[Any]:
    """End the session, whoever it serves."""
    session = session_of(request)
    id_token = session.data.get("id_token")
    await session.close()
    if id_token is not None:
        # Leaving the provider starts from a link: a form's answer may not lead to another site.
        await session.restart({"leaving": id_token})
    return Redirect(GOODBYE, status_code=303)


@get(GOODBYE, name="login:goodbye")
async def show_goodbye(request: Request[Any, Any, Any]) -> Response[str]:
    """Say that it is done, and how to leave the provider too."""
    return render(request, "accounts/login/goodbye.html", {"may_leave_provider": "leaving" in session_of(request).data})


router = page_router(
    "/",
    [
        show_login,
        submit_login,
        show_second_factor,
        submit_second_factor,
        open_invitation,
        show_new_password,
        submit_new_password,
        leave,
        show_goodbye,
    ],
    audience=Audience.PUBLIC,
)
