"""Which answers hold pupils' data: each is noted as a reading once it leaves, without making anybody wait.

What a family or an institution reads of its own is not noted: only accounts and tokens of the service are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from litestar.types import Message, Scope

from materiel.domain.accounts.roles import Actor
from materiel.domain.history.reading import ReadingKind
from materiel.use_cases.history.reading import ReadingBuffer
from materiel.web.http.headers import Hook
from materiel.web.http.session import session_in

# The first that matches the address of a route tells; a parameter names what was read, none a list.
READ: tuple[tuple[str, ReadingKind, str], ...] = (
    (r"/eleves/\{pupil_id\}/donnees.*|/api/pupils/\{pupil_id\}/export", ReadingKind.PERSON, "pupil_id"),
    (r"(/eleves|/api/pupils)/\{pupil_id\}.*", ReadingKind.PUPIL, "pupil_id"),
    (r"(/prets|/api/loans)/\{loan_id\}.*", ReadingKind.LOAN, "loan_id"),
    (r"(/documents|/parapheur|/api/documents)/\{document_id\}.*", ReadingKind.DOCUMENT, "document_id"),
    (r"(/incidents|/api/incidents)/\{incident_id\}.*", ReadingKind.INCIDENT, "incident_id"),
    (r"(/materiels|/api/items)/\{item_id\}.*", ReadingKind.ITEM, "item_id"),
    (r"/eleves(/vue.*)?|/api/pupils|/imports/fichiers/\{file_id\}/changements", ReadingKind.PUPILS, ""),
    (r"/recherche|/api/search", ReadingKind.SEARCH, ""),
    (r"/prets/(export|vue|feuille-de-route).*", ReadingKind.LOANS_EXPORT, ""),
    (r"/prets|/api/loans(/unused)?", ReadingKind.LOANS, ""),
    (r"/documents.*|/api/documents|/signatures(/relances)?|/parapheur(/exemples)?", ReadingKind.DOCUMENTS, ""),
    (r"/taches/\{job_id\}(/fichier)?|/api/jobs/\{job_id\}/file", ReadingKind.DOCUMENTS, ""),
    (r"/incidents(/vue.*)?|/api/incidents", ReadingKind.INCIDENTS, ""),
    (r"/journal", ReadingKind.JOURNAL, ""),
    (r"/reglages/lectures", ReadingKind.READINGS, ""),
    (r"/courriels.*", ReadingKind.MAIL, ""),
    (r"/preter.*", ReadingKind.LENDING, ""),
    (
        r"/|/a-faire.*|/materiels(/vue.*)?|/etablissements/.*|/reglages/conservation.*",
        ReadingKind.OTHER,
        "",
    ),
    (r"/chiffres/registres/.*", ReadingKind.LOANS_EXPORT, ""),
    (r"/besoins.*|/api/needs.*", ReadingKind.OTHER, ""),
    (r"/rappels/\{recall_id\}.*", ReadingKind.OTHER, ""),
    (r"/scanner.*|/api/scan/.*|/rentree/\{.*|/api/campaigns/\{.*", ReadingKind.OTHER, ""),
)


def kind_of(path_template: str) -> tuple[ReadingKind, str] | None:
    """What the answers of a route hold of pupils, and the parameter that names it; None when they hold nothing."""
    found = ((kind, name) for pattern, kind, name in READ if re.fullmatch(pattern, path_template))
    return next(found, None)


def noting(buffer: ReadingBuffer, clock: Callable[[], datetime]) -> Hook:
    """A Litestar `before_send` hook: notes an answer that holds pupils' data."""
    known: dict[str, tuple[ReadingKind, str] | None] = {}

    async def note(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start" or message["status"] != 200 or scope.get("method") != "GET":
            return
        template = scope.get("path_template", "")
        if template not in known:
            known[template] = kind_of(template)
        read = known[template]
        actor = actor_in(scope)
        if read is None or actor is None:
            return
        kind, parameter = read
        subject = UUID(str(scope["path_params"][parameter])) if parameter else None
        buffer.note(actor, kind, subject, at=clock())

    return note


def actor_in(scope: Scope) -> Actor | None:
    """The account or the token that reads; None for anybody else."""
    user = scope.get("user")
    if isinstance(user, Actor):
        return user
    session = session_in(scope)
    return None if session is None or session.person is None else session.person.actor
