"""The journal of a service told in sentences: who did what, to whom and to what, filtered, and taken away.

An entry holds no name. Names are read from the records of the actor's service when an entry is told, and go with them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from time import thread_time
from typing import Any
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.calendar.civil_day import first_instant, instant_after, local_time
from materiel.domain.history.filter import JournalFilter
from materiel.domain.history.sentence import Subject, sentence, short
from materiel.domain.language.folding import fold
from materiel.domain.language.order import LinePlace, Order, few_sorted
from materiel.exchange.tabular import Rows, TableFormat, written
from materiel.store.accounts import token as tokens
from materiel.store.accounts import user as users
from materiel.store.engine.database import write_transaction
from materiel.store.history import journal
from materiel.store.history import search as journal_search
from materiel.store.history.journal import Entry
from materiel.store.history.names import Names, names_of
from materiel.use_cases.history.refusal import STRANGER
from materiel.use_cases.process.turns import rest_since
from materiel.use_cases.search.total import COUNTED_AT_ONCE, Total

PAGE = 100
GONE = "Données éliminées"
COLUMNS = ("Numéro", "Jour", "Heure du service", "Fait", "À propos de", "Par", "Acte")
BY_DATE, BY_ACT, BY_THING, BY_WHO = "date", "fait", "sujet", "auteur"
"""The columns that the journal is sorted by: the first for any length, the others for a short view."""

MOST_SORTED = 2_000
"""Entries that are told whole, to be sorted by what is only made when they are told."""

TOLD_AT_ONCE = 250
"""Entries told between two turns of the event loop: some ten milliseconds."""

_OTHER_SERVICE = "L'autre service"
_OF_BOTH = frozenset(
    {
        *(f"transfer.{act}" for act in ("asked", "accepted", "refused", "withdrawn")),
        *("item.transferred", "item.received"),
    }
)
_WITH_NAMES = frozenset({"pupil", "loan", "need", "document", "incident"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEntry:
    """One entry: its place in the chain, its instant, what happened, about whom or what, and by whom."""

    sequence: int
    at: datetime
    action: str
    sentence: str
    subject_kind: str
    subject_id: str
    thing: str
    who: str


async def tell_journal(
    wanted: JournalFilter | None = None,
    *,
    actor: Actor,
    before: int | None = None,
    limit: int,
    oldest_first: bool = False,
) -> list[ListedEntry]:
    """Entries of the actor's service, newest first before a place in the chain, or oldest first after it."""
    actor.require(Permission.WRITE)
    entries = await journal_search.search(
        actor.service_id,
        **_conditions(wanted or JournalFilter(), actor),
        before=before,
        limit=limit,
        oldest_first=oldest_first,
    )
    names = await names_of(actor.service_id, entries)
    return [_told(entry, names) for entry in entries]


async def journal_page(
    wanted: JournalFilter, order: Order, *, actor: Actor, limit: int, after: int | None = None
) -> list[ListedEntry]:
    """Entries of the actor's service in an order, after the one of a place in the chain.

    What an entry says, of what and by whom, is made when it is told: by these, at most `MOST_SORTED` are sorted.
    """
    if order.column == BY_DATE:
        return await tell_journal(wanted, actor=actor, before=after, limit=limit, oldest_first=not order.descending)
    lines: list[ListedEntry] = []
    while len(lines) < MOST_SORTED:
        began = thread_time()
        last = lines[-1].sequence if lines else None
        some = await tell_journal(wanted, actor=actor, before=last, limit=TOLD_AT_ONCE)
        lines += some
        if len(some) < TOLD_AT_ONCE:
            break
        await rest_since(began)
    places = {line.sequence: _place_of(line, order.column) for line in lines}
    found = few_sorted(
        lines,
        lambda line: places[line.sequence],
        descending=order.descending,
        limit=limit,
        after=None if after is None else places.get(after),
    )
    return [line for line, _ in found]


def _place_of(line: ListedEntry, column: str) -> LinePlace:
    told = {BY_ACT: line.sentence, BY_THING: line.thing, BY_WHO: line.who}[column]
    return LinePlace(fold(told) or None, line.sequence)


async def total_entries(wanted: JournalFilter, *, actor: Actor) -> Total:
    """How many entries a filter keeps; beyond `COUNTED_AT_ONCE`, that there are more: a journal only grows."""
    actor.require(Permission.WRITE)
    found = await journal_search.count(actor.service_id, **_conditions(wanted, actor), at_most=COUNTED_AT_ONCE + 1)
    return Total(min(found, COUNTED_AT_ONCE), more=found > COUNTED_AT_ONCE)


def _conditions(asked: JournalFilter, actor: Actor) -> dict[str, Any]:
    return {
        "subject_kind": asked.subject.value if asked.subject else "",
        "action": asked.action,
        "target": asked.target,
        "since": None if asked.first is None else first_instant(asked.first, actor.zone),
        "until": None if asked.last is None else instant_after(asked.last, actor.zone),
    }


async def acts(*, actor: Actor) -> list[tuple[str, str]]:
    """The acts that the journal of the actor's service holds: code and French name, in the order of the names."""
    actor.require(Permission.WRITE)
    return sorted(
        ((code, short(code)) for code in await journal_search.actions(actor.service_id)), key=lambda act: act[1]
    )


async def export_journal(
    wanted: JournalFilter, *, actor: Actor, now: datetime, form: TableFormat = TableFormat.CSV
) -> AsyncIterator[bytes]:
    """The entries that a filter keeps, newest first, one line each; taking them away is an entry too."""
    actor.require(Permission.WRITE)
    async with write_transaction():
        await journal.by(actor, now).note(
            "journal.exported", actor.service_id, {"form": form.value, **wanted.kept}, of="service"
        )
    async for piece in written(form, COLUMNS, _pages(wanted, actor)):
        yield piece


async def _pages(wanted: JournalFilter, actor: Actor) -> AsyncIterator[Rows]:
    before: int | None = None
    while lines := await tell_journal(wanted, actor=actor, before=before, limit=PAGE):
        began = thread_time()
        yield [_cells(line, actor) for line in lines]
        await rest_since(began)
        before = lines[-1].sequence


def _cells(line: ListedEntry, actor: Actor) -> list[str | int | date | None]:
    hour = local_time(line.at, actor.zone).strftime("%H:%M:%S")
    return [line.sequence, actor.civil_date(line.at), hour, line.sentence, line.thing, line.who, line.action]


def _told(entry: Entry, names: Names) -> ListedEntry:
    thing = names.of(entry.subject_kind, entry.subject_id)
    # What a service's own entry is about is said by its sentence; a name that is gone was eliminated.
    missing = GONE if entry.subject_kind in _WITH_NAMES else ""
    return ListedEntry(
        sequence=entry.sequence,
        at=entry.at,
        action=entry.action,
        sentence=sentence(entry.action, entry.details, _addressed(entry, names)),
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        thing=thing or missing,
        who=_OTHER_SERVICE if _is_another_s(entry, names) else who_acted(entry.actor, names),
    )


def _is_another_s(entry: Entry, names: Names) -> bool:
    """Whether an act of a transfer was that of the other service, whose accounts have no name here."""
    return entry.action in _OF_BOTH and not names.of_actor(entry.actor)


def _addressed(entry: Entry, names: Names) -> Sequence[str]:
    """To whom an act was addressed, as the records of today still say."""
    match entry.action:
        case "document.sent" | "document.acknowledged":
            return names.recipients.get(entry.subject_id, [])
        case "document.sent_for_signature":
            return [names.boxes[box] for box in entry.details.get("signatories", ()) if box in names.boxes]
        case "loan.recalled" if names.of("loan", entry.subject_id):
            return ["l'établissement dépositaire" if entry.subject_id in names.shared else "l'emprunteur"]
        case _:
            return []


async def names_of_actors(service_id: UUID) -> Names:
    """How the accounts and the tokens of a service are called."""
    accounts = {str(user.id): user.name for user in await users.of_service(service_id)}
    labels = {str(token.id): token.label for token in await tokens.of_service(service_id)}
    named = {key: f"Jeton « {label} »" if label else "Jeton d'accès" for key, label in labels.items()}
    return Names({Subject.USER: accounts, Subject.TOKEN: named})


def who_acted(actor_id: str, names: Names) -> str:
    """How whoever acted is called: the name of an account, the label of a token, the holder of a link."""
    if name := names.of_actor(actor_id):
        return name
    return {
        "user": "Un compte",
        "account": "Un compte",
        "token": "Un jeton d'accès",
        "referent": "Un enseignant référent",
        "link": "Le porteur d'un lien effacé depuis",
        STRANGER: "Quelqu'un qui n'a rien prouvé",
        "daily": "La relance automatique",
        "cli": "L'administrateur de l'installation",
    }.get(actor_id.partition(":")[0], "L'installation")
