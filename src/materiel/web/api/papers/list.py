"""HTTP for the list of documents, such as those that a party has still to sign."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.papers.document import Party
from materiel.use_cases.loan.list import DocumentFilter, list_documents
from materiel.web.api.papers.document import DocumentOut
from materiel.web.api.problems import LIST, problems
from materiel.web.http.paging import Cursor, Limit, cut, read_cursor


class DocumentPage(Struct):
    """Une page de documents, le plus récent d'abord."""

    items: list[DocumentOut]
    next_cursor: str | None


@get(
    "/",
    operation_id="ListDocuments",
    summary="Lister les documents",
    tags=["Documents"],
    responses=problems(*LIST),
)
async def list_all(
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    awaiting: FromQuery[Party | None] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DocumentPage:
    """Le plus récent d'abord. `awaiting` : seulement ceux en vigueur que cette partie doit encore signer."""
    before = read_cursor(cursor, UUID)
    found = await list_documents(DocumentFilter(awaited_of=awaiting), actor=actor, limit=limit + 1, before=before)
    shown, following = cut([line.document for line in found], limit, lambda each: each.id)
    return DocumentPage(items=[DocumentOut.on(each, actor.civil_date(now)) for each in shown], next_cursor=following)


router = Router("/documents", route_handlers=[list_all])
