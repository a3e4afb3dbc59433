"""The journal of a service told in sentences, by kind of thing and by date, with who did what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from materiel.domain.journal_sentence import Subject, sentence
from materiel.domain.roles import Actor, Permission
from materiel.domain.school_year import PARIS
from materiel.store import journal
from materiel.store import token as tokens
from materiel.store import user as users


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry: its place in the chain, its instant, what happened, to what, and by whom."""

    sequence: int
    at: datetime
    sentence: str
    subject_kind: str
    subject_id: str
    who: str


async def tell_journal(
    *,
    actor: Actor,
    subject: Subject | None = None,
    first: date | None = None,
    last: date | None = None,
    before: int | None = None,
    limit: int,
) -> list[Told]:
    """Entries of the actor's service, newest first, before a place in the chain.

    Args:
        first, last: civil dates in Paris, both included.
    """
    actor.require(Permission.WRITE)
    entries = await journal.search(
        actor.service_id,
        subject_kind=subject.value if subject else "",
        since=None if first is None else _start(first),
        until=None if last is None else _start(last + timedelta(days=1)),
        before=before,
        limit=limit,
    )
    names = await names_of_actors(actor.service_id)
    return [
        Told(
            sequence=entry.sequence,
            at=entry.at,
            sentence=sentence(entry.action, entry.details),
            subject_kind=entry.subject_kind,
            subject_id=entry.subject_id,
            who=who_acted(entry.actor, names),
        )
        for entry in entries
    ]


async def names_of_actors(service_id: UUID) -> dict[str, str]:
    """How the accounts and the tokens of a service are called, by what the journal keeps of them."""
    names = {f"user:{user.id}": user.name for user in await users.of_service(service_id)}
    labels = {f"token:{token.id}": token.label for token in await tokens.of_service(service_id)}
    return names | {key: f"Jeton « {label} »" if label else "Jeton d'accès" for key, label in labels.items()}


def who_acted(actor_id: str, names: dict[str, str]) -> str:
    """How whoever acted is called: the name of an account, the label of a token, or what kind of actor it was."""
    if actor_id in names:
        return names[actor_id]
    kind = actor_id.partition(":")[0]
    return {
        "user": "Un compte",
        "account": "Un compte",
        "token": "Un jeton d'accès",
        "link": "Une famille ou un établissement, par son lien",
        "cli": "L'administrateur de l'installation",
    }.get(kind, "L'installation")


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)
