"""« Ce qui dort »: what lies in the stocks of the académie, for its coordinator, and the demand of one item."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.pool import MONTHS, MOST_SHOWN, PoolFilter, PoolItem, PoolTally
from materiel.domain.circuit.transfer import REASON_MAX
from materiel.domain.item.family import ItemFamily
from materiel.errors import MaterielError
from materiel.use_cases.circuit.pool import AskFromPool, ask_from_pool, pool_item, pool_items, pool_services, pool_tally
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.shell.rendering import render, render_form


@get("/", name="pool:list")
async def list_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """What sleeps, the longest first, by family, service, words and months."""
    form = read_query(request)
    wanted = _wanted(form)
    form.set("mois", str(wanted.months))
    found = await pool_items(wanted, actor=actor, now=now)
    services = [(each.code, each.name) for each in await pool_services(actor=actor)]
    tally = await pool_tally(wanted, actor=actor, now=now)
    context = {
        "form": form,
        "found": found[:MOST_SHOWN],
        "total": sum(each.found for each in tally),
        "table": _table(tally),
        "there": [(code, name) for code, name in services if any(each.service_code == code for each in tally)],
        "asked": wanted,
        "months": [(str(each), f"{each} mois au moins") for each in MONTHS],
        "families": [(each.value, each.label) for each in ItemFamily],
        "services": services,
        "today": actor.civil_date(now),
    }
    return render(request, "circuit/pool/list.html", context)


@get("/{item_id:uuid}/demander", name="pool:choose")
async def choose(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """For which service, and why."""
    item = await pool_item(item_id, actor=actor, now=now)
    return render(request, "circuit/pool/ask.html", {"form": Form(), **await _asking(item, actor)})


@post("/{item_id:uuid}/demander", name="pool:ask")
async def ask(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Ask for it: whoever has it answers."""
    item = await pool_item(item_id, actor=actor, now=now)
    form = await read_form(request)
    code = form.text("to", required="Choisissez le service qui en a besoin.")
    reason = form.text("reason", required="Dites pourquoi : les deux services le lisent.")
    until = form.day("until")
    if not form.faults:
        try:
            command = AskFromPool(item_id=item_id, to=code, reason=reason, until=until)
            asked = await ask_from_pool(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            said = f"{item.inventory_number} est demandé pour {asked.receiver_name} : {asked.giver_name} doit répondre."
            await session_of(request).flash(said)
            return Redirect(request.app.route_reverse("pool:list"), status_code=303)
    return render_form(request, "circuit/pool/ask.html", form, await _asking(item, actor))


async def _asking(item: PoolItem, actor: Actor) -> dict[str, Any]:
    others = [each for each in await pool_services(actor=actor) if each.id != item.service_id]
    return {"item": item, "services": [(each.code, each.name) for each in others], "longest": REASON_MAX}


def _table(tally: Sequence[PoolTally]) -> list[tuple[ItemFamily, dict[str, int]]]:
    """By family, how many sleep at each service, by its code."""
    by_family: dict[ItemFamily, dict[str, int]] = {}
    for each in tally:
        by_family.setdefault(each.family, {})[each.service_code] = each.found
    return [(family, by_family[family]) for family in ItemFamily if family in by_family]


def _wanted(form: Form) -> PoolFilter:
    family, months = form.text("famille"), form.text("mois")
    return PoolFilter(
        q=form.text("q")[:200],
        family=ItemFamily(family) if family in set(ItemFamily) else None,
        service_code=form.text("service"),
        months=int(months) if months in map(str, MONTHS) else PoolFilter().months,
    )


router = account_required("/dormants", [list_page, choose, ask], Permission.COORDINATE)
