"""The menu of each audience and the plan of the site. An entry is shown once its page exists and to whom it serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from materiel.domain.accounts.roles import PERMISSIONS, Permission
from materiel.domain.accounts.session import Person, SubjectKind


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the name of its route, its address, its text, and the permission an account needs.

    `section` is the beginning of the addresses for which the entry is the current one.
    """

    route: str
    path: str
    label: str
    permission: Permission | None = None

    def is_current(self, path: str) -> bool:
        """Whether the page at this address belongs to the entry."""
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))


@dataclass(frozen=True, slots=True)
class Menu:
    """What stays in sight, then what « Plus » unfolds; both may be empty."""

    first: Sequence[Entry] = ()
    more: Sequence[Entry] = ()

    @property
    def entries(self) -> list[Entry]:
        """Every entry, in order."""
        return [*self.first, *self.more]


# Four entries and « Plus » hold on two lines of a phone of 320 pixels.
ACCOUNT = Menu(
    first=(
        Entry("dashboard:show", "/", "Accueil", Permission.READ),
        Entry("item:list", "/materiels", "Parc", Permission.READ),
        Entry("loan:new", "/preter", "Prêter", Permission.WRITE),
        Entry("scan:show", "/scanner", "Scanner", Permission.READ),
    ),
    more=(
        Entry("loan:list", "/prets", "Prêts", Permission.READ),
        Entry("pupil:list", "/eleves", "Élèves", Permission.READ),
        Entry("school:list", "/etablissements", "Établissements", Permission.READ),
        Entry("municipality:list", "/communes", "Communes", Permission.READ),
        Entry("document:list", "/documents", "Documents", Permission.READ),
        Entry("incident:list", "/incidents", "Incidents", Permission.READ),
        Entry("import:new", "/imports", "Imports et exports", Permission.WRITE),
        Entry("label:new", "/etiquettes", "Étiquettes", Permission.WRITE),
        Entry("journal:list", "/journal", "Journal", Permission.WRITE),
        Entry("outbox:list", "/courriels", "Courriels", Permission.WRITE),
        Entry("settings:show", "/reglages", "Réglages", Permission.ADMINISTER),
    ),
)
FAMILY = Menu(first=(Entry("family:home", "/f", "Mes matériels"),))
INSTITUTION = Menu(first=(Entry("institution:home", "/e", "Matériel déposé"),))
MENUS = {SubjectKind.ACCOUNT: ACCOUNT, SubjectKind.FAMILY: FAMILY, SubjectKind.INSTITUTION: INSTITUTION}

FOOTER = (
    Entry("legal:site_map", "/plan-du-site", "Plan du site"),
    Entry("legal:accessibility", "/accessibilite", "Accessibilité"),
    Entry("legal:notice", "/mentions-legales", "Mentions légales"),
    Entry("legal:privacy", "/donnees-personnelles", "Données personnelles"),
    Entry("help:show", "/aide", "Aide et contact"),
)


def home_of(person: Person | None) -> str:
    """Where the name of the site leads: the first page of whoever reads."""
    menu = ACCOUNT if person is None else MENUS.get(person.kind, ACCOUNT)
    return menu.first[0].path


def menu_of(person: Person | None, routes: frozenset[str]) -> Menu:
    """The menu of whoever reads, without the pages that do not exist here or would refuse them."""
    menu = Menu() if person is None else MENUS.get(person.kind, Menu())
    return Menu(_visible(menu.first, person, routes), _visible(menu.more, person, routes))


def _visible(entries: Sequence[Entry], person: Person | None, routes: frozenset[str]) -> list[Entry]:
    return [entry for entry in entries if entry.route in routes and _is_allowed(entry, person)]


def _is_allowed(entry: Entry, person: Person | None) -> bool:
    if entry.permission is None:
        return True
    return person is not None and person.actor is not None and entry.permission in PERMISSIONS[person.actor.role]
