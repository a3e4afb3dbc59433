"""The annex of the actor's own service: its versions, a new one, the end of it. What was issued keeps its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from materiel.documents.text import check_drawable
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.fields import Fields
from materiel.domain.papers.annex import Annex, AnnexSection, checked_annex, in_force
from materiel.domain.papers.annex_rules import REFUSED, PointedOut, pointed_out
from materiel.errors import Conflict, FieldError, NotFound, RuleBroken
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.papers import annex as annexes
from materiel.use_cases.history.list import names_of_actors, who_acted

REASON_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteAnnex:
    """A new version. `known` is the rank of the last one read, 0 for none; `kept` the keys of the sentences that the
    writer keeps though they are pointed out, for the `reason` that the journal has."""

    known: int
    starts_on: date
    title: str
    sections: tuple[AnnexSection, ...]
    kept: frozenset[str] = frozenset()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnexVersion:
    """A version, who wrote it by name, and whether it is the one that agreements print today."""

    annex: Annex
    who: str
    in_force: bool


@in_one_visit
async def write_annex(command: WriteAnnex, *, actor: Actor, now: datetime) -> Annex:
    """Add a version, printed by the agreements issued from its first day on.

    Raises:
        PermissionDenied: the actor is no administrator.
        RuleBroken: `annex.invalid`; `annex.health_words`, a sentence speaks of health; `annex.forbidden_clause`, one is
            pointed out and not kept; `text.not_printable`.
        Conflict: `annex.changed`, somebody wrote a version in the meantime.
    """
    actor.require(Permission.ADMINISTER)
    if not command.sections:
        raise RuleBroken("annex.invalid", "Écrivez au moins une partie, ou choisissez de ne plus imprimer d'annexe.")
    annex = checked_annex(_version(command, actor, now), actor.civil_date(now))
    check_printable(annex.title, annex.sections)
    kept, reason = _kept(annex, command)
    details = {"kept": [each.rule.value for each in kept], "reason": reason} if kept else {}
    async with write_transaction():
        await _add(annex, "service.annex_written", details, actor, now)
    return annex


@in_one_visit
async def end_annex(known: int, starts_on: date, *, actor: Actor, now: datetime) -> Annex:
    """Print no annex any more from a day on: a version without any section.

    Raises:
        PermissionDenied: the actor is no administrator.
        RuleBroken: `annex.invalid`, the day.
        Conflict: `annex.none_in_force`, none would be printed on that day; `annex.changed`.
    """
    actor.require(Permission.ADMINISTER)
    nothing = WriteAnnex(known=known, starts_on=starts_on, title="", sections=())
    annex = checked_annex(_version(nothing, actor, now), actor.civil_date(now))
    printed = in_force(await annexes.versions(actor.service_id), starts_on)
    if printed is None or not printed.sections:
        raise Conflict("annex.none_in_force", "Aucune annexe ne serait imprimée ce jour-là : il n'y a rien à arrêter.")
    async with write_transaction():
        await _add(annex, "service.annex_ended", {}, actor, now)
    return annex


async def list_annexes(*, actor: Actor, now: datetime) -> list[AnnexVersion]:
    """Every version of the actor's own service, the last written first."""
    actor.require(Permission.READ)
    versions = await annexes.versions(actor.service_id)
    current = in_force(versions, actor.civil_date(now))
    names = await names_of_actors(actor.service_id)
    return [
        AnnexVersion(annex=each, who=who_acted(each.written_by, names), in_force=each is current) for each in versions
    ]


async def read_annex(rank: int, *, actor: Actor) -> Annex:
    """One version of the actor's own service.

    Raises:
        NotFound: `annex.not_found`.
    """
    actor.require(Permission.READ)
    found = next((each for each in await annexes.versions(actor.service_id) if each.rank == rank), None)
    if found is None:
        raise NotFound("annex.not_found", "Cette version de l'annexe n'existe pas : voyez la liste dans les réglages.")
    return found


def check_printable(title: str, sections: Iterable[AnnexSection]) -> None:
    """Refuse what no paper could print, under the name of each part.

    Raises:
        RuleBroken: `text.not_printable`.
    """
    texts = [("title", title), *((each.name, each.text) for each in sections)]
    faults = [FieldError(f"/{name}", problem.message) for name, text in texts for problem in check_drawable(text)]
    if faults:
        raise RuleBroken("text.not_printable", " ".join(dict.fromkeys(each.detail for each in faults)), errors=faults)


def _version(command: WriteAnnex, actor: Actor, now: datetime) -> Annex:
    return Annex(
        id=new_id(),
        service_id=actor.service_id,
        rank=command.known + 1,
        starts_on=command.starts_on,
        title=command.title,
        sections=command.sections,
        written_at=now,
        written_by=actor.id,
    )


def _kept(annex: Annex, command: WriteAnnex) -> tuple[Sequence[PointedOut], str]:
    """The sentences pointed out that the writer keeps, and why; refused when one is neither corrected nor kept."""
    found = pointed_out(annex.title, annex.sections)
    refused = [each for each in found if each.rule in REFUSED or each.key not in command.kept]
    if refused:
        of_health = any(each.rule in REFUSED for each in refused)
        raise RuleBroken(
            "annex.health_words" if of_health else "annex.forbidden_clause",
            "Corrigez les phrases signalées"
            + ("." if of_health else ", ou gardez-les après relecture par le service juridique."),
            errors=[FieldError(f"/{each.section}", _told(each)) for each in refused],
        )
    fields = Fields("annex.invalid")
    reason = fields.text("/reason", command.reason, longest=REASON_MAX, required=bool(found), name="le motif")
    fields.check()
    return found, reason


def _told(found: PointedOut) -> str:
    return f"« {found.sentence} » : {found.reason.why} ({found.reason.source})"


async def _add(annex: Annex, action: str, details: Mapping[str, object], actor: Actor, now: datetime) -> None:
    """Write a version, the next of its service, and tell the journal; must run in a write transaction."""
    known = await annexes.versions(actor.service_id)
    if (known[0].rank if known else 0) != annex.rank - 1:
        raise annexes.changed()
    await annexes.insert(annex)
    told = {"annex": str(annex.id), "rank": annex.rank, "starts_on": annex.starts_on.isoformat(), **details}
    await journal.by(actor, now).note(action, actor.service_id, told)
