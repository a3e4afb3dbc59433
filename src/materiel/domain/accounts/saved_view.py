"""A view of a list that somebody keeps under a name: the query of an address, for one account of one service.

Where a list names pupils, the words looked for and the pupil asked for are not kept: a name would outlive the record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from materiel.domain.language.fields import Fields, clean_text
from materiel.domain.language.labelled import LabelledEnum

NAME_MAX = 60
QUERY_MAX = 1_000
MOST = 20
"""Views that one account keeps of one list."""


class KeptList(LabelledEnum):
    """The lists of which views are kept, by the first part of their addresses."""

    PARK = "materiels", "Parc"
    LOANS = "prets", "Prêts et dépôts"
    PUPILS = "eleves", "Élèves"
    DOCUMENTS = "documents", "Documents"
    SCHOOLS = "etablissements", "Établissements"
    MUNICIPALITIES = "communes", "Communes"
    INCIDENTS = "incidents", "Incidents"
    MAIL = "courriels", "Courriels"
    NEEDS = "besoins", "Besoins"
    REPAIRS = "reparations", "Réparations"
    LICENCES = "licences", "Licences"
    KITS = "kits", "Kits"


_NAMING = frozenset({KeptList.LOANS, KeptList.PUPILS, KeptList.MAIL, KeptList.NEEDS})
_NEVER_KEPT = frozenset({"apres", "avant"})
_OF_PEOPLE = frozenset({"q", "eleve"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """One view: its list, its name, and the query of its address, without « ? »."""

    id: UUID
    service_id: UUID
    account_id: UUID
    list: KeptList
    name: str
    query: str
    created_at: datetime


def kept_query(kept: KeptList, query: str) -> str:
    """What is kept of the query of an address: neither its page nor, where the list names pupils, whom it looks for."""
    left_out = _NEVER_KEPT | (_OF_PEOPLE if kept in _NAMING else frozenset())
    pairs = parse_qsl(query.removeprefix("?"))
    return urlencode([(name, value) for name, value in pairs if name not in left_out])


def checked_view(view: SavedView) -> SavedView:
    """The view, its name cleaned.

    Raises:
        RuleBroken: `saved_view.invalid`, no name or a longer one; nothing to keep, or too much.
    """
    fields = Fields("saved_view.invalid")
    name = clean_text(view.name)
    if not name:
        fields.add("/name", "Nommez cette vue.")
    if len(name) > NAME_MAX:
        fields.add("/name", f"Ce nom compte {len(name)} caractères ; {NAME_MAX} au plus.")
    if not view.query:
        fields.add("/query", "Cette vue ne filtre et ne trie rien : il n'y a rien à garder.")
    if len(view.query) > QUERY_MAX:
        fields.add("/query", "Cette vue a trop de filtres pour être gardée.")
    fields.check()
    return replace(view, name=name)
