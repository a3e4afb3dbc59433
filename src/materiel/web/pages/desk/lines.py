"""The lines of what waits: for whom, what, where, since when, and the act that settles each, or all of a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import singledispatch

from materiel.domain.accounts.roles import PERMISSIONS, Actor, Permission
from materiel.domain.calendar.school_year import add_months
from materiel.domain.circuit.stocktake import Stocktake
from materiel.domain.circuit.transfer import TransferLine
from materiel.domain.circuit.workshop.licence import LicenceLine
from materiel.domain.circuit.workshop.repair import RepairLine
from materiel.domain.desk.dashboard import Concern, Duty, weight
from materiel.domain.incident.incident import DeclaredAs, IncidentKind
from materiel.domain.language.french import enumeration, long_date, short_date
from materiel.domain.papers.document import DocumentKind, Party, awaited
from materiel.domain.papers.scan_pile import PageState
from materiel.domain.people.standing import MAJORITY
from materiel.domain.work.outbox import Message
from materiel.use_cases.desk.dashboard import WaitingLoan
from materiel.use_cases.desk.today import AwaitedPaper, LeftToRead, OpenIncident, Thing, ToSend, Waiting, WaitingNeed
from materiel.use_cases.loan.elsewhere.liaison import ToDo
from materiel.use_cases.loan.reference_change import ToSettle
from materiel.web.pages.acting import LOAN_ACTS
from materiel.web.pages.shell.filters import plural

NEED_ACTS = {
    Concern.NEED_RECEIVED: ("Prêter", "/besoins/{need}"),
    Concern.TRIAL: ("Décider", "/prets/{loan}"),
    Concern.NEED_ASKED: ("Confirmer", "/besoins/{need}"),
    Concern.NEED_FORGOTTEN: ("Revoir", "/besoins/{need}"),
}
"""What settles a need that waits, and where."""

PARTIES = {
    Party.MANAGING_SERVICE: "le service",
    Party.BORROWER: "la famille",
    Party.MUNICIPALITY: "la commune",
    Party.HEAD_OF_SCHOOL: "le chef d'établissement",
}
IN_NUMBER = frozenset({Concern.UNSIGNED, Concern.TO_HAND_OVER, Concern.RETURN, Concern.DRAFT})
"""Whose loans are ticked for an act in number."""
GROUP_LINKS = {
    Concern.MAIL: ("Voir les courriels refusés", "/courriels?etat=refuses"),
    Concern.OWN_SIGNATURE: ("Enregistrer nos signatures", "/signatures"),
    Concern.SCANS: ("Voir les pages numérisées", "/numerisations"),
    Concern.TO_PREPARE: ("Les préparer", "/a-faire/a-preparer"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line: for whom, what, where, since when, and the act that settles it.

    `key` is the value of its tick, empty where nothing is done in number. `act` without an address is a button of the
    group's form; `undo` is a form of its own. `why`: sentences. `age`, `on` and `weight` tell
    `day`: how long ago, in short, and how much that weighs.
    """

    who: str
    href: str
    what: str
    where: str = ""
    day: date | None = None
    age: str = ""
    on: str = ""
    weight: str = ""
    key: str = ""
    act: str = ""
    act_href: str = ""
    why: tuple[str, ...] = ()
    undo: str = ""
    undo_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAct:
    """What the head of a group does for all of it, or for what is ticked: a form, or a link without a `method`."""

    all_of_it: str
    ticked: str = ""
    action: str = ""
    method: str = "post"
    field: str = ""
    hidden: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGroup:
    """What one act settles: its number as it is told, its first lines, and how many are on the page of the list."""

    concern: Concern
    duty: Duty
    count: str
    rows: Sequence[Row]
    act: GroupAct | None
    others: int
    more: bool


def group_of(
    concern: Concern,
    duty: Duty,
    things: Sequence[Thing],
    actor: Actor,
    now: datetime,
    *,
    count: str = "",
    others: int = 0,
    more: bool = False,
) -> ShownGroup:
    """A group as a page shows it."""
    rows = [_aged(_row(each, concern, actor), concern, actor, now) for each in things]
    act = _act_of(concern, count)
    if concern is Concern.OWN_SIGNATURE and Permission.SIGN in PERMISSIONS[actor.role]:
        act = GroupAct(all_of_it="Ouvrir le parapheur", action="/parapheur", method="")
    return ShownGroup(concern=concern, duty=duty, count=count, rows=rows, act=act, others=others, more=more)


def _act_of(concern: Concern, count: str) -> GroupAct | None:
    named = ("concern", concern.value)
    match concern:
        case Concern.UNSIGNED | Concern.SIGNATURE:
            return GroupAct(
                all_of_it=_all("Relancer pour", count),
                ticked="Relancer pour les choisis",
                action="/a-faire/relancer",
                field="loan" if concern is Concern.UNSIGNED else "documents",
                hidden=(named,),
            )
        case Concern.TO_HAND_OVER | Concern.RETURN:
            verb = "remettre" if concern is Concern.TO_HAND_OVER else "reprendre"
            return GroupAct(
                all_of_it=f"{verb.capitalize()} en pile",
                ticked=f"{verb.capitalize()} les choisis",
                action=f"/scanner/pile/{verb}",
                method="get",
                field="loan",
            )
        case Concern.DRAFT:
            return GroupAct(
                all_of_it="Émettre leurs documents…",
                ticked="Émettre pour les choisis…",
                action="/prets/emissions",
                field="loan",
            )
        case Concern.NOTICE:
            return GroupAct(
                all_of_it=_all("Envoyer", count),
                ticked="Envoyer les choisies",
                action="/notifications",
                field="documents",
                hidden=(("action", "courriel"), ("tous", "oui")),
            )
    if concern in GROUP_LINKS:
        text, href = GROUP_LINKS[concern]
        return GroupAct(all_of_it=text, action=href, method="")
    return None


def _all(verb: str, count: str) -> str:
    """The verb for one thing, for so many, or for all of them."""
    if count == "1":
        return verb.removesuffix(" pour")
    return f"{verb} les {count}" if count else f"{verb} tous"


@singledispatch
def _row(thing: object, concern: Concern, actor: Actor) -> Row:
    """The line of a thing, by its kind."""
    raise LookupError(f"nothing is shown of a {type(thing).__name__}")


@_row.register
def _(each: OpenIncident, _: Concern, actor: Actor) -> Row:
    return Row(
        who=each.inventory_number,
        href=f"/materiels/{each.item_id}",
        what=f"{IncidentKind(each.kind).label} · {each.designation}",
        day=actor.civil_date(each.declared_at),
        act="Décider",
        act_href=f"/incidents/{each.id}",
        why=(f"Signalé par : {DeclaredAs(each.declared_as).label.lower()}.",),
    )


@_row.register
def _(each: RepairLine, _: Concern, __: Actor) -> Row:
    repair = each.repair
    announced = f"retour annoncé le {long_date(repair.expected_on)}" if repair.expected_on else "sans date annoncée"
    return Row(
        who=each.inventory_number,
        href=f"/materiels/{repair.item_id}",
        what=f"{repair.provider} · {each.designation}",
        day=repair.due_on,
        act="Relancer",
        act_href=f"/reparations/{repair.id}",
        why=(f"Envoyé le {long_date(repair.sent_on)}, {announced}.",),
    )


@_row.register
def _(each: Stocktake, _: Concern, __: Actor) -> Row:
    return Row(
        who=each.name,
        href=f"/recolements/{each.id}",
        what=f"Jusqu'au {long_date(each.closes_on)}",
        day=each.opened_on,
        act="Suivre",
        act_href=f"/recolements/{each.id}",
    )


@_row.register
def _(each: LicenceLine, _: Concern, __: Actor) -> Row:
    left = [f"{plural(each.to_uninstall, 'place')} à désinstaller"] if each.to_uninstall else []
    ends_on = each.licence.ends_on
    left += [f"finit le {long_date(ends_on)}"] if ends_on is not None else []
    return Row(
        who=each.licence.software,
        href=f"/licences/{each.licence.id}",
        what=", ".join(left).capitalize(),
        act="Voir",
        act_href=f"/licences/{each.licence.id}",
    )


@_row.register
def _(each: TransferLine, _: Concern, actor: Actor) -> Row:
    lent, address = each.transfer, f"/transferts/{each.transfer.id}"
    ours = lent.giver_id == actor.service_id
    return Row(
        who=each.other_than(actor.service_id),
        href=address,
        what=f"{plural(len(lent.moved), 'matériel')} {'à reprendre' if ours else 'à rendre'}",
        day=lent.until or actor.civil_date(lent.asked_at),
        act="Reprendre" if ours else "Rendre",
        act_href=address,
    )


@_row.register
def _(each: LeftToRead, _: Concern, actor: Actor) -> Row:
    lacking = [str(number) for number in range(1, each.pages + 1) if number not in each.there]
    pages = "les pages" if len(lacking) > 1 else "la page"
    told = {
        PageState.FILED: "Signatures à confirmer",
        PageState.WAITING: f"Il manque {pages} {enumeration(lacking)}" if lacking else "Exemplaire à classer",
        PageState.INFERRED: "Page devinée, à confirmer",
        PageState.FOREIGN: "Page d'un document qui n'est pas de votre service",
    }
    named = f"{DocumentKind(each.kind).label} {each.number}" if each.number else f"Page {each.rank} d'une pile"
    return Row(
        who=named,
        href=f"/numerisations/{each.pile_id}",
        what=told.get(each.state, "Page à classer à la main"),
        day=actor.civil_date(each.came_at),
        act="Relire",
        act_href=f"/numerisations/{each.pile_id}",
    )


@_row.register
def _(each: Waiting, _: Concern, __: Actor) -> Row:
    item = each.item
    where, never = item.storage_place, "" if each.last_held else "Jamais prêté."
    return Row(
        who=item.inventory_number,
        href=f"/materiels/{item.id}",
        what=item.designation,
        where=where,
        day=each.last_held,
        why=tuple(told for told in (item.category, never) if told),
    )


@_row.register
def _(each: WaitingNeed, concern: Concern, _: Actor) -> Row:
    need = each.line.need
    act, href = NEED_ACTS[concern]
    return Row(
        who=f"{each.line.last_name} {each.line.first_name}",
        href=f"/besoins/{need.id}",
        what=need.wording,
        where=each.line.school_name,
        day=each.day,
        act=act,
        act_href=href.format(need=need.id, loan=need.loan_id),
    )


@_row.register
def _(each: ToDo, _: Concern, __: Actor) -> Row:
    return Row(
        who=f"{each.pupil.last_name} {each.pupil.first_name}",
        href=f"/eleves/{each.pupil.id}",
        what=" ".join(each.acts),
        day=each.leaving.left_on,
        act="Noter le contact" if each.leaving.awaits_contact else "",
        act_href=f"/eleves/{each.pupil.id}/depart/{each.leaving.id}/contact",
    )


@_row.register
def _(each: ToSettle, concern: Concern, actor: Actor) -> Row:
    return Row(
        who=each.school.name,
        href=f"/etablissements/{each.school.uai}",
        what=each.change.kind.label,
        day=actor.civil_date(each.change.found_at),
        act="Régler",
        act_href=f"/a-faire/{concern.value}",
    )


@_row.register
def _(each: ToSend, _: Concern, __: Actor) -> Row:
    return Row(
        who=each.name,
        href=f"/documents/{each.document_id}",
        what=f"N° {each.number}",
        where=each.school_name,
        day=each.issued_on,
        key=str(each.document_id),
        act="Envoyer",
    )


@_row.register
def _(each: Message, _: Concern, actor: Actor) -> Row:
    return Row(
        who=each.to_address,
        href=f"/courriels/{each.id}",
        what=each.purpose.label,
        day=actor.civil_date(each.created_at),
        act="Corriger",
        act_href=f"/courriels/{each.id}",
    )


@_row.register
def _(each: WaitingLoan, concern: Concern, _: Actor) -> Row:
    act, href = LOAN_ACTS.get(concern, ("", ""))
    to_establish = concern is Concern.UNSIGNED and each.loan.lacks_agreement
    if to_establish:
        act, href = "Faire établir la convention", "/prets/{}"
    elif concern is Concern.UNSIGNED:
        act = "Relancer"
    elif concern is Concern.CAME_OF_AGE:
        act, href = "Écrire à l'élève", f"/eleves/{each.place.pupil_id}"
    things = each.things[0] if each.things else ""
    if len(each.things) > 1:
        things += f" et {len(each.things) - 1} autre{'s' if len(each.things) > 2 else ''}"
    return Row(
        who=each.place.pupil_name or each.loan.usage.label,
        href=f"/prets/{each.loan.id}",
        what=things or ("Aucun matériel" if each.loan.is_open else "Tout est rendu"),
        where=each.place.school_name,
        # The list goes by the date of birth; what waits is as old as the majority.
        day=add_months(each.day, 12 * MAJORITY) if concern is Concern.CAME_OF_AGE else each.day,
        key=str(each.loan.id) if concern in IN_NUMBER and not to_establish else "",
        act=act,
        act_href=href.format(each.loan.id),
        why=each.reasons,
        undo="Abandonner" if concern is Concern.DRAFT else "",
        undo_to=f"/prets/{each.loan.id}/abandon",
    )


@_row.register
def _(each: AwaitedPaper, concern: Concern, _: Actor) -> Row:
    parties = {box.party for _, box in awaited([each.document])}
    ours = concern is Concern.OWN_SIGNATURE
    by = ", ".join(name for party, name in PARTIES.items() if party in parties and party is not Party.MANAGING_SERVICE)
    kind = f"{each.document.kind.label} {each.document.number}"
    return Row(
        who=each.place.pupil_name or each.place.school_name,
        href=f"/documents/{each.document.id}",
        what=kind if ours else f"{kind} : {by}",
        where=each.place.school_name,
        day=each.document.issued_on,
        key="" if ours else str(each.document.id),
        act="" if ours else "Relancer",
    )


def _aged(row: Row, concern: Concern, actor: Actor, now: datetime) -> Row:
    if row.day is None or concern is Concern.VOICE:
        # Nobody counts the days since a death.
        return row
    today = actor.civil_date(now)
    days = (today - row.day).days
    told = "aujourd'hui" if not days else f"{days} j" if days > 0 else f"dans {-days} j"
    weighs = weight(concern, row.day, today, actor.delays).value
    return replace(row, age=told, weight=weighs, on=short_date(row.day, today))
