"""The bloc-marque of the service: looked at on a sample paper, then kept for the papers to come, or removed.

What was issued keeps the one that it bears: it is kept by its digest for as long as a paper does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.fields import Fields
from materiel.domain.papers.letterhead import LARGEST_UPLOAD, LONGEST_ALT, Letterhead, refused_letterhead
from materiel.errors import Conflict, NotFound
from materiel.scans.process import reading
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.papers import letterhead as letterheads
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.printable import printable
from materiel.use_cases.papers.sample import sample_agreement
from materiel.use_cases.work.drawing import draw_paper

KEPT = "service.letterhead_kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeLetterhead:
    """A picture as it was sent, and its words."""

    picture: bytes
    alt: str


@dataclass(frozen=True, slots=True)
class ServiceLetterheads:
    """What the new papers of the service bear, and what it is looking at; None for none."""

    kept: Letterhead | None
    proposed: Letterhead | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLetterhead:
    """What new papers bear; `kept_at`, since when, is None for what the history does not tell."""

    letterhead: Letterhead
    kept_at: datetime | None


async def read_letterheads(*, actor: Actor) -> ServiceLetterheads:
    """Both of the actor's service.

    Raises:
        PermissionDenied: the actor is no administrator.
    """
    actor.require(Permission.ADMINISTER)
    return ServiceLetterheads(*await letterheads.of_service(actor.service_id))


async def propose_letterhead(command: ProposeLetterhead, *, actor: Actor, now: datetime) -> Letterhead:
    """Check a picture in a process of its own, and let the service look at it; no paper bears it yet.

    Raises:
        PermissionDenied: the actor is no administrator.
        RuleBroken: `letterhead.invalid`, its words are missing or too long; `text.not_printable`.
        BadInput: `letterhead.unreadable`, `letterhead.too_large`, `letterhead.too_small`; `scan.unreadable`, it killed
            what read it.
    """
    made = await _checked(command, actor)
    await _propose(made, actor, now)
    return made


async def put_letterhead(command: ProposeLetterhead, *, actor: Actor, now: datetime) -> KeptLetterhead:
    """Check a picture as for a proposal, and let the papers to come bear it at once: a program looks at none.

    Raises:
        PermissionDenied: the actor is no administrator.
        RuleBroken: `letterhead.invalid`, its words are missing or too long; `text.not_printable`.
        BadInput: `letterhead.unreadable`, `letterhead.too_large`, `letterhead.too_small`; `scan.unreadable`, it killed
            what read it.
    """
    made = await _checked(command, actor)
    await keep_made(made, actor=actor, now=now)
    return await read_kept(actor=actor)


@in_one_visit
async def keep_made(made: Letterhead, *, actor: Actor, now: datetime) -> None:
    """Let the papers to come bear a bloc-marque whose file is ours; the same one again changes nothing.

    Raises:
        PermissionDenied: the actor is no administrator.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        await services.lock(actor.service_id)
        kept, _ = await letterheads.of_service(actor.service_id)
        if kept != made:
            await letterheads.add(made)
            await _choose(made, actor)
            await journal.by(actor, now).note(KEPT, actor.service_id, {"sha256": made.sha256})


async def read_kept(*, actor: Actor) -> KeptLetterhead:
    """What the new papers of the actor's service bear, as whoever reads one of them sees it.

    Raises:
        NotFound: `letterhead.not_found`, they name the service in letters.
    """
    actor.require(Permission.READ)
    kept, _ = await letterheads.of_service(actor.service_id)
    letterhead = _known(kept)
    noted = await journal.of_subjects(actor.service_id, [actor.service_id], [KEPT])
    days = [entry.at for entry in noted if entry.details.get("sha256") == letterhead.sha256]
    return KeptLetterhead(letterhead=letterhead, kept_at=max(days, default=None))


@in_one_visit
async def keep_letterhead(sha256: str, *, actor: Actor, now: datetime) -> None:
    """Let the papers to come bear the bloc-marque that the service is looking at.

    Args:
        sha256: of the one that was seen.

    Raises:
        PermissionDenied: the actor is no administrator.
        Conflict: `letterhead.changed`, another one, or none, is proposed meanwhile.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        await services.lock(actor.service_id)
        _, proposed = await letterheads.of_service(actor.service_id)
        if proposed is None or proposed.sha256 != sha256:
            said = "Ce bloc-marque n'est plus celui qui est proposé. Regardez la page à nouveau."
            raise Conflict("letterhead.changed", said)
        await _choose(proposed, actor)
        await letterheads.propose(None, actor.service_id)
        await journal.by(actor, now).note(KEPT, actor.service_id, {"sha256": sha256})


@in_one_visit
async def drop_letterhead(*, actor: Actor, now: datetime) -> None:
    """Look no more at the one that is proposed; none is no fault.

    Raises:
        PermissionDenied: the actor is no administrator.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        _, proposed = await letterheads.of_service(actor.service_id)
        if proposed is not None:
            await letterheads.propose(None, actor.service_id)
            facts = {"sha256": proposed.sha256}
            await journal.by(actor, now).note("service.letterhead_dropped", actor.service_id, facts)


@in_one_visit
async def remove_letterhead(*, actor: Actor, now: datetime) -> None:
    """Let the papers to come name the service in letters again; none is no fault.

    Raises:
        PermissionDenied: the actor is no administrator.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        await services.lock(actor.service_id)
        former, _ = await letterheads.of_service(actor.service_id)
        if former is not None:
            await _choose(None, actor)
            facts = {"sha256": former.sha256}
            await journal.by(actor, now).note("service.letterhead_removed", actor.service_id, facts)


async def sample_paper(*, proposed: bool, issuer: Issuer) -> bytes:
    """A made-up agreement of the service as its papers are drawn, or as they would be; nothing is issued.

    Raises:
        PermissionDenied: the actor is no administrator.
        NotFound: `letterhead.not_found`, none is proposed.
        RuleBroken: `service.incomplete`.
    """
    both = await read_letterheads(actor=issuer.actor)
    letterhead = _known(both.proposed) if proposed else both.kept
    content = sample_agreement(await services.get(issuer.actor.service_id), issuer)
    return await draw_paper(content, letterhead)


async def read_picture(*, proposed: bool, actor: Actor) -> bytes:
    """The picture of one of the service's, as we made it: a PNG file.

    Raises:
        PermissionDenied: the actor is no administrator.
        NotFound: `letterhead.not_found`.
    """
    both = await read_letterheads(actor=actor)
    return _known(both.proposed if proposed else both.kept).png


async def _checked(command: ProposeLetterhead, actor: Actor) -> Letterhead:
    actor.require(Permission.ADMINISTER)
    fields = Fields("letterhead.invalid")
    alt = fields.text("/alt", command.alt, longest=LONGEST_ALT, required=True, name="les mots du bloc-marque")
    fields.check()
    if len(command.picture) > LARGEST_UPLOAD:
        raise refused_letterhead("letterhead.too_large")
    async with reading() as reader:
        png = await reader.head(command.picture)
    return printable(Letterhead.of(png, alt))


@in_one_visit
async def _propose(made: Letterhead, actor: Actor, now: datetime) -> None:
    async with write_transaction():
        await letterheads.propose(made, actor.service_id)
        await journal.by(actor, now).note("service.letterhead_proposed", actor.service_id, {"sha256": made.sha256})


async def _choose(chosen: Letterhead | None, actor: Actor) -> None:
    """The former one stays, though no paper may bear it: one may be being issued with it."""
    service = await services.get(actor.service_id)
    await services.save(replace(service, letterhead=chosen.sha256 if chosen is not None else None))


def _known(letterhead: Letterhead | None) -> Letterhead:
    if letterhead is None:
        raise NotFound("letterhead.not_found", "Aucun bloc-marque n'est là : envoyez-en un.")
    return letterhead
