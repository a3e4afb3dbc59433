"""« Mon compte »: who one is here, password, second factor, and the connections now open."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.accounts.session import Person, SubjectKind
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.accounts.credential import change_password
from materiel.use_cases.accounts.second_factor import (
    Protection,
    begin_enrolment,
    confirm_enrolment,
    enrolment_of,
    protection_of,
    remove_second_factor,
    renew_recovery_codes,
)
from materiel.use_cases.accounts.session import close_sessions_of, list_sessions, revoke_session
from materiel.use_cases.accounts.user import read_own_account
from materiel.web.audience import BEFORE_SECOND_FACTOR, SECOND_FACTOR, Audience, page_router
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.http.visit import visit_of
from materiel.web.pages.shell.rendering import render, render_form

ACCOUNT = "/compte"
PASSWORD = "/compte/mot-de-passe"
CONNECTIONS = "/compte/connexions"


def account_of(person: Person) -> UUID:
    """The account behind the session of these pages."""
    assert person.account_id is not None
    return person.account_id


@get(ACCOUNT, name="account:show")
async def show_account(request: Request[Any, Any, Any], person: NamedDependency[Person]) -> Response[str]:
    """Who one is here and how the account is protected."""
    account_id = account_of(person)
    user, service = await read_own_account(account_id)
    context = {"user": user, "service": service, "protection": await protection_of(account_id)}
    return render(request, "accounts/account/show.html", context)


@get(PASSWORD, name="account:show_password")
async def show_password(request: Request[Any, Any, Any], person: NamedDependency[Person]) -> Response[str]:
    """The form of a new password."""
    return render(request, "accounts/account/password.html", {"form": Form(), "protection": await _protection(person)})


@post(PASSWORD, name="account:change_password", status_code=200)
async def submit_password(
    request: Request[Any, Any, Any],
    person: NamedDependency[Person],
    settings: NamedDependency[Settings],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Change the password; the other connections are closed."""
    form = await read_form(request)
    session = session_of(request)
    current = form.secret("current", required="Indiquez votre mot de passe actuel.")
    if not form.faults:
        try:
            await change_password(
                account_of(person),
                current,
                form.secret("password"),
                form.secret("password_again"),
                keep_session=session.secret,
                visit=visit_of(request, settings.base_url),
                now=now,
            )
            await session.flash("Votre mot de passe est changé. Vos autres connexions sont fermées.")
            return Redirect(ACCOUNT, status_code=303)
        except MaterielError as refusal:
            form.refuse(refusal, "current")
    return render_form(request, "accounts/account/password.html", form, {"protection": await _protection(person)})


@get(SECOND_FACTOR, name="account:show_second_factor", opt=BEFORE_SECOND_FACTOR)
async def show_second_factor(
    request: Request[Any, Any, Any], person: NamedDependency[Person], settings: NamedDependency[Settings]
) -> Response[str]:
    """Where the second factor stands: to begin, to confirm, or active."""
    return await _second_factor_page(request, person, settings, Form())


@post(f"{SECOND_FACTOR}/commencer", name="account:begin_second_factor", status_code=200, opt=BEFORE_SECOND_FACTOR)
async def begin_second_factor(
    person: NamedDependency[Person], settings: NamedDependency[Settings], now: NamedDependency[datetime]
) -> Response[Any]:
    """Draw a seed and show it."""
    await begin_enrolment(account_of(person), secret_key=settings.secret_key, now=now)
    return Redirect(SECOND_FACTOR, status_code=303)


@post(SECOND_FACTOR, name="account:confirm_second_factor", status_code=200, opt=BEFORE_SECOND_FACTOR)
async def confirm_second_factor(
    request: Request[Any, Any, Any],
    person: NamedDependency[Person],
    settings: NamedDependency[Settings],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Make the second factor active and show the recovery codes, once; the other connections are closed."""
    form = await read_form(request)
    code = form.text("code", required="Indiquez le code à six chiffres que montre votre téléphone.")
    if not form.faults:
        try:
            account_id, session = account_of(person), session_of(request)
            visit = visit_of(request, settings.base_url)
            codes = await confirm_enrolment(account_id, code, secret_key=settings.secret_key, visit=visit, now=now)
            await session.open(SubjectKind.ACCOUNT, account_id, person.service_id, data=session.data)
            return render(request, "accounts/account/recovery_codes.html", {"codes": codes})
        except MaterielError as refusal:
            form.refuse(refusal, "code")
    return await _second_factor_page(request, person, settings, form)


@post(f"{SECOND_FACTOR}/codes", name="account:renew_codes", status_code=200)
async def renew_codes(
    request: Request[Any, Any, Any],
    person: NamedDependency[Person],
    settings: NamedDependency[Settings],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """New recovery codes, shown once."""
    form = await read_form(request)
    try:
        visit = visit_of(request, settings.base_url)
        codes = await renew_recovery_codes(account_of(person), form.secret("password_for_codes"), visit=visit, now=now)
        return render(request, "accounts/account/recovery_codes.html", {"codes": codes})
    except MaterielError as refusal:
        form.refuse(refusal, "password_for_codes")
    return await _second_factor_page(request, person, settings, form)


@post(f"{SECOND_FACTOR}/retirer", name="account:remove_second_factor", status_code=200)
async def submit_removal(
    request: Request[Any, Any, Any],
    person: NamedDependency[Person],
    settings: NamedDependency[Settings],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Do without the second factor, until another is set up when the service requires one."""
    form = await read_form(request)
    try:
        visit = visit_of(request, settings.base_url)
        await remove_second_factor(account_of(person), form.secret("password_for_removal"), visit=visit, now=now)
        await session_of(request).flash("Le second facteur est retiré. Votre mot de passe seul protège le compte.")
        return Redirect(ACCOUNT, status_code=303)
    except MaterielError as refusal:
        form.refuse(refusal, "password_for_removal")
    return await _second_factor_page(request, person, settings, form)


@get(CONNECTIONS, name="account:connections")
async def show_connections(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[str]:
    """« Mes connexions »: every browser where the account is open."""
    sessions = await list_sessions(SubjectKind.ACCOUNT, account_of(person), now=now)
    return render(
        request, "accounts/account/connections.html", {"sessions": sessions, "here": session_of(request).id_hash}
    )


@post(f"{CONNECTIONS}/fermer", name="account:close_connection", status_code=200)
async def close_connection(request: Request[Any, Any, Any], person: NamedDependency[Person]) -> Response[Any]:
    """Close one of them, or all the others."""
    form = await read_form(request)
    session = session_of(request)
    wanted = form.typed("session")
    if wanted:
        await revoke_session(wanted, account_id=account_of(person))
        await session.flash("La connexion est fermée.")
    else:
        closed = await close_sessions_of(SubjectKind.ACCOUNT, account_of(person), but=session.secret)
        await session.flash(
            "Vos autres connexions sont fermées." if closed else "Aucune autre connexion n'était ouverte."
        )
    return Redirect(CONNECTIONS, status_code=303)


async def _protection(person: Person) -> Protection:
    return await protection_of(account_of(person))


async def _second_factor_page(
    request: Request[Any, Any, Any], person: Person, settings: Settings, form: Form
) -> Response[str]:
    account_id = account_of(person)
    _, service = await read_own_account(account_id)
    context = {
        "form": form,
        "protection": await protection_of(account_id),
        "enrolment": await enrolment_of(account_id, secret_key=settings.secret_key, site_name=settings.service_name),
        "is_owed": person.actor is None,
        "is_required": service.require_second_factor,
    }
    template = "accounts/account/second_factor.html"
    return render_form(request, template, form, context) if form.faults else render(request, template, context)


router = page_router(
    "/",
    [
        show_account,
        show_password,
        submit_password,
        show_second_factor,
        begin_second_factor,
        confirm_second_factor,
        renew_codes,
        submit_removal,
        show_connections,
        close_connection,
    ],
    audience=Audience.ACCOUNT,
)
