"""Whom or what a reader of the journal means by a name or a number: candidates to choose from."""

from __future__ import annotations

from dataclasses import dataclass

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.history.filter import Target, TargetKind
from materiel.store.accounts import user as users
from materiel.store.engine.search import searchable, words_of
from materiel.store.history import names as journal_names
from materiel.store.item import item as items
from materiel.store.papers import document as documents
from materiel.store.papers import list as document_list
from materiel.store.papers.list import DocumentFilter
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools

EACH = 10
"""Candidates of each kind: more than that asks for a better word."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody or something of the actor's service, and how it is called."""

    target: Target
    name: str


async def find_targets(q: str, *, actor: Actor) -> list[Candidate]:
    """Pupils, representatives, accounts, items, documents and schools that a text may mean; none for an empty text."""
    actor.require(Permission.WRITE)
    words = words_of(q)
    if not words:
        return []
    service_id = actor.service_id
    found = [(TargetKind.PUPIL, each.id, each.full_name) for each in await pupils.page(service_id, q=q, limit=EACH)]
    for person in await journal_names.representatives(service_id):
        if len(found) < 2 * EACH and _holds(words, person.name):
            found.append((TargetKind.REPRESENTATIVE, person.id, f"{person.name}, pour {person.pupil}"))
    for user in await users.of_service(service_id):
        if _holds(words, f"{user.name} {user.email}"):
            found.append((TargetKind.USER, user.id, user.name))
    found += [
        (TargetKind.ITEM, each.id, f"{each.inventory_number}, {each.designation}")
        for each in await items.page(service_id, q=q, limit=EACH)
    ]
    candidates = [Candidate(Target(about, str(key)), name) for about, key, name in found]
    wanted = DocumentFilter(number=q.strip())
    listed = [each.id for each in await document_list.page(service_id, wanted, limit=EACH)]
    for document in await documents.get_many(listed, service_id):
        named = f"{document.kind.label} {document.number}"
        candidates.append(Candidate(Target(TargetKind.DOCUMENT, str(document.id)), named))
    for school in await schools.page(service_id, words=words, limit=EACH):
        candidates.append(Candidate(Target(TargetKind.SCHOOL, school.uai), f"{school.name} ({school.uai})"))
    return candidates


async def name_of(target: Target, *, actor: Actor) -> str:
    """How a target of the actor's service is called; empty when it is gone or another service's."""
    actor.require(Permission.WRITE)
    return await journal_names.name_of(target, actor.service_id)


def _holds(words: tuple[str, ...], text: str) -> bool:
    held = searchable(text)
    return all(word in held for word in words)
