"""Who may come in: the accounts of the service, their roles and invitations, and the tokens of programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import PROGRAM_ROLES, Actor, Permission, Role
from materiel.errors import MaterielError, NotFound
from materiel.settings import Settings
from materiel.use_cases.accounts.credential import invite_user
from materiel.use_cases.accounts.second_factor_rule import read_second_factor_rule, set_second_factor_rule
from materiel.use_cases.accounts.token import CreateToken, create_token, list_tokens, revoke_token
from materiel.use_cases.accounts.user import CreateUser, create_user, list_users
from materiel.use_cases.accounts.user_rights import SetQuality, change_role, close_account, reopen_account, set_quality
from materiel.web.acting import provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.shell.rendering import render, render_form

USERS = "accounts/setting/users.html"
TOKENS = "accounts/setting/tokens.html"


@get("/comptes", name="settings:users")
async def users_page(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The accounts, and the form of a new one."""
    return render(request, USERS, await _users(Form.filled(role=Role.MANAGER), actor))


@post("/comptes", name="settings:create_user")
async def create_user_page(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Open an account and show, once, the link with which its owner chooses a password."""
    form = await read_form(request)
    role = form.choice("role", Role)
    try:
        if role is not None:
            command = CreateUser(email=form.text("email"), name=form.text("name"), role=role)
            user = await create_user(command, actor=actor, now=now)
            return await _invitation(request, user.email, actor, now, settings)
    except MaterielError as refusal:
        form.refuse(refusal)
    return render_form(request, USERS, form, await _users(form, actor))


@post("/comptes/second-facteur", name="settings:second_factor_rule")
async def second_factor_rule_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Redirect:
    """Require a second factor of every account, or leave it to each."""
    is_required = (await read_form(request)).ticked("required")
    await set_second_factor_rule(is_required=is_required, actor=actor, now=now)
    await session_of(request).flash(
        "Le second facteur est exigé. Les comptes qui n'en ont pas l'activeront à leur prochaine page."
        if is_required
        else "Le second facteur est laissé au choix de chacun."
    )
    return Redirect("/reglages/comptes", status_code=303)


@post("/comptes/{user_id:uuid}/invitation", name="settings:invite")
async def invite_page(
    request: Request[Any, Any, Any],
    user_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """A new link to choose a password, for whoever lost the first or forgot it."""
    known = await list_users(actor=actor)
    user = next((each for each in known if each.id == user_id), None)
    if user is None:
        raise NotFound("user.not_found", "Ce compte n'existe pas dans votre service.")
    return await _invitation(request, user.email, actor, now, settings)


async def _invitation(
    request: Request[Any, Any, Any], email: str, actor: Actor, now: datetime, settings: Settings
) -> Response[str]:
    invitation = await invite_user(
        email, actor=actor, base_url=settings.base_url, secret_key=settings.secret_key, now=now
    )
    return render(request, "accounts/setting/invitation.html", {"email": email, "invitation": invitation})


@post("/comptes/{user_id:uuid}/role", name="settings:change_role")
async def role_page(
    request: Request[Any, Any, Any],
    user_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """Another role, from the account's next page on."""
    form = await read_form(request)
    role = form.choice("new_role", Role)
    try:
        if role is not None:
            await change_role(user_id, role, actor=actor, now=now)
    except MaterielError as refusal:
        form.refuse(refusal)
    if form.faults:
        return render_form(request, USERS, form, await _users(form, actor))
    await session_of(request).flash("Le rôle est changé.")
    return Redirect("/reglages/comptes", status_code=303)


@post("/comptes/{user_id:uuid}/qualite", name="settings:set_quality")
async def quality_page(
    request: Request[Any, Any, Any],
    user_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """In what quality the account signs for the State, from its next signature on."""
    form = await read_form(request)
    title = form.text("title", required="Indiquez la qualité, telle qu'elle sera écrite avec chaque signature.")
    until = form.day("delegation_ends_on")
    if not form.faults:
        command = SetQuality(user_id=user_id, title=title, delegation=form.text("delegation"), delegation_ends_on=until)
        try:
            await set_quality(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
    if form.faults:
        return render_form(request, USERS, form, await _users(form, actor))
    await session_of(request).flash("La qualité est notée : elle est écrite avec chaque signature à venir.")
    return Redirect("/reglages/comptes", status_code=303)


@post("/comptes/{user_id:uuid}/fermeture", name="settings:close_account")
async def close_page(
    request: Request[Any, Any, Any],
    user_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """Close an account at once."""
    form = Form()
    try:
        await close_account(user_id, actor=actor, now=now)
    except MaterielError as refusal:
        form.refuse(refusal)
        return render_form(request, USERS, form, await _users(form, actor))
    await session_of(request).flash("Le compte est fermé, et ses connexions avec lui.")
    return Redirect("/reglages/comptes", status_code=303)


@post("/comptes/{user_id:uuid}/reouverture", name="settings:reopen_account")
async def reopen_page(
    request: Request[Any, Any, Any],
    user_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Let a closed account in again, and show the link with which its owner chooses a password."""
    user = await reopen_account(user_id, actor=actor, now=now)
    return await _invitation(request, user.email, actor, now, settings)


@get("/jetons", name="settings:tokens")
async def tokens_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], today: NamedDependency[date]
) -> Response[str]:
    """The tokens, and the form of a new one."""
    return render(request, TOKENS, await _tokens(Form.filled(role=Role.READER), actor, today))


@post("/jetons", name="settings:create_token")
async def create_token_page(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Response[str]:
    """Make a token and show it, this once."""
    form = await read_form(request)
    role = form.choice("role", Role)
    label = form.text("label", required="Dites à quoi sert ce jeton : vous saurez lequel révoquer.")
    expires_on = form.day("expires_on", required="Donnez une fin : un jeton oublié reste une porte ouverte.")
    if not form.faults and role is not None:
        try:
            made = await create_token(CreateToken(role=role, label=label, expires_on=expires_on), actor=actor, now=now)
            return render(request, "accounts/setting/token.html", {"made": made})
        except MaterielError as refusal:
            form.fault("expires_on", refusal.message)
    return render_form(request, TOKENS, form, await _tokens(form, actor, today))


@post("/jetons/{token_id:uuid}/revocation", name="settings:revoke_token")
async def revoke_page(
    request: Request[Any, Any, Any],
    token_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """End a token at once."""
    await revoke_token(token_id, actor=actor, now=now)
    await session_of(request).flash("Le jeton est révoqué.")
    return Redirect("/reglages/jetons", status_code=303)


async def _users(form: Form, actor: Actor) -> dict[str, Any]:
    return {
        "form": form,
        "users": await list_users(actor=actor),
        "roles": list(Role),
        "own_id": actor.id,
        "rule": await read_second_factor_rule(actor=actor),
    }


async def _tokens(form: Form, actor: Actor, today: date) -> dict[str, Any]:
    return {"form": form, "tokens": await list_tokens(actor=actor), "roles": PROGRAM_ROLES, "today": today}


router = Router(
    "/",
    route_handlers=[
        account_required(
            "/reglages",
            [
                *(users_page, create_user_page, invite_page, role_page, quality_page, close_page, reopen_page),
                second_factor_rule_page,
                *(tokens_page, create_token_page, revoke_page),
            ],
            Permission.ADMINISTER,
        )
    ],
    dependencies={"today": Provide(provide_today)},
)
