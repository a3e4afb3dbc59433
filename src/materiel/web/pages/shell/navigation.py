"""The menu of each audience and the plan of the site. An entry is shown once its page exists and to whom it serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from materiel.domain.accounts.roles import PERMISSIONS, Permission
from materiel.domain.accounts.session import Person, SubjectKind


@dataclass(frozen=True, slots=True)
class MenuEntry:
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
class MenuSection:
    """Entries that belong together, under a title that may be empty."""

    title: str
    entries: Sequence[MenuEntry]


@dataclass(frozen=True, slots=True)
class Menu:
    """What a reader may go to: its sections, in order, none of them empty."""

    sections: Sequence[MenuSection] = ()

    @property
    def entries(self) -> list[MenuEntry]:
        """Every entry, in order."""
        return [entry for section in self.sections for entry in section.entries]


ACCOUNT = Menu(
    (
        MenuSection("", (MenuEntry("dashboard:show", "/", "Aujourd’hui", Permission.READ),)),
        MenuSection("", (MenuEntry("pool:list", "/dormants", "Ce qui dort dans l’académie", Permission.COORDINATE),)),
        MenuSection(
            "Le quotidien",
            (
                MenuEntry("loan:list", "/prets", "Prêts et dépôts", Permission.READ),
                MenuEntry("pupil:list", "/eleves", "Élèves", Permission.READ),
                MenuEntry("item:list", "/materiels", "Parc", Permission.READ),
                MenuEntry("school:list", "/etablissements", "Établissements", Permission.READ),
                MenuEntry("municipality:list", "/communes", "Communes", Permission.READ),
            ),
        ),
        MenuSection(
            "Le circuit",
            (
                MenuEntry("need:list", "/besoins", "Besoins", Permission.READ),
                MenuEntry("referent:list", "/referents", "Référents", Permission.READ),
                MenuEntry("incident:list", "/incidents", "Incidents", Permission.READ),
                MenuEntry("kit:list", "/kits", "Kits", Permission.READ),
                MenuEntry("repair:list", "/reparations", "Réparations", Permission.READ),
                MenuEntry("licence:list", "/licences", "Licences", Permission.READ),
                MenuEntry("safety:list", "/rappels", "Rappels de sécurité", Permission.READ),
                MenuEntry("stocktake:list", "/recolements", "Récolements", Permission.READ),
                MenuEntry("disposal:list", "/fins-de-vie", "Fins de vie", Permission.READ),
                MenuEntry("transfer:list", "/transferts", "Transferts", Permission.READ),
            ),
        ),
        MenuSection(
            "Papiers",
            (
                MenuEntry("folder:show", "/parapheur", "À signer pour l’État", Permission.READ),
                MenuEntry("awaited:list", "/signatures", "Toutes les signatures", Permission.READ),
                MenuEntry("returned:list", "/numerisations", "Pages numérisées", Permission.READ),
                MenuEntry("notice:list", "/notifications", "Notifications", Permission.WRITE),
                MenuEntry("document:list", "/documents", "Documents", Permission.READ),
                MenuEntry("outbox:list", "/courriels", "Courriels", Permission.WRITE),
            ),
        ),
        MenuSection(
            "Campagnes",
            (
                MenuEntry("campaign:list", "/rentree", "Rentrée", Permission.READ),
                MenuEntry("import:new", "/imports", "Imports et exports", Permission.WRITE),
                MenuEntry("label:new", "/etiquettes", "Étiquettes", Permission.WRITE),
            ),
        ),
        MenuSection(
            "Le service",
            (
                MenuEntry("figures:show", "/chiffres", "Chiffres", Permission.READ),
                MenuEntry("journal:list", "/journal", "Historique", Permission.WRITE),
                MenuEntry("settings:show", "/reglages", "Réglages", Permission.ADMINISTER),
            ),
        ),
    )
)
ACTS = (
    MenuEntry("scan:show", "/scanner", "Scanner", Permission.READ),
    MenuEntry("loan:new", "/preter", "Prêter", Permission.WRITE),
)
"""What an account does from anywhere, at the head of every page; the last one most often."""

FAMILY = Menu((MenuSection("", (MenuEntry("family:home", "/f", "Mes matériels"),)),))
INSTITUTION = Menu((MenuSection("", (MenuEntry("institution:home", "/e", "Matériel déposé"),)),))
REFERENT = Menu((MenuSection("", (MenuEntry("sector:home", "/r", "Mon secteur"),)),))
MENUS = {
    SubjectKind.ACCOUNT: ACCOUNT,
    SubjectKind.FAMILY: FAMILY,
    SubjectKind.INSTITUTION: INSTITUTION,
    SubjectKind.REFERENT: REFERENT,
}

FOOTER = (
    MenuEntry("legal:site_map", "/plan-du-site", "Plan du site"),
    MenuEntry("legal:accessibility", "/accessibilite", "Accessibilité"),
    MenuEntry("legal:notice", "/mentions-legales", "Mentions légales"),
    MenuEntry("legal:privacy", "/donnees-personnelles", "Données personnelles"),
    MenuEntry("help:show", "/aide", "Aide et contact"),
)


def home_of(person: Person | None) -> str:
    """Where the name of the site leads: the first page of whoever reads."""
    menu = ACCOUNT if person is None else MENUS.get(person.kind, ACCOUNT)
    # Who owes a second factor is nobody yet: the first page says so.
    allowed = [each for each in menu.entries if person is None or person.actor is None or _is_allowed(each, person)]
    return (allowed or menu.entries)[0].path


def menu_of(person: Person | None, routes: frozenset[str]) -> Menu:
    """The menu of whoever reads, without the pages that do not exist here or would refuse them."""
    menu = Menu() if person is None else MENUS.get(person.kind, Menu())
    sections = [MenuSection(each.title, _visible(each.entries, person, routes)) for each in menu.sections]
    return Menu([section for section in sections if section.entries])


def acts_of(person: Person | None, routes: frozenset[str]) -> list[MenuEntry]:
    """What whoever reads may do from anywhere."""
    return _visible(ACTS, person, routes) if person is not None and person.kind is SubjectKind.ACCOUNT else []


def _visible(entries: Sequence[MenuEntry], person: Person | None, routes: frozenset[str]) -> list[MenuEntry]:
    return [entry for entry in entries if entry.route in routes and _is_allowed(entry, person)]


def _is_allowed(entry: MenuEntry, person: Person | None) -> bool:
    if entry.permission is None:
        return True
    return person is not None and person.actor is not None and entry.permission in PERMISSIONS[person.actor.role]
