"""How the pages look: the product's own neutral theme, or the State's design system (« DSFR ») by configuration.

The DSFR's conditions of use bind it to sites of the State in `.gouv.fr` that the government's information service has
approved: it is therefore neither the default nor among our files. Its files come from the optional package
`django-dsfr`, whose static folder is served as it is; Django itself is never imported.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib.metadata import version

from materiel.errors import BadInput
from materiel.web.assets import Assets, packaged_folder

NEUTRAL = "neutral"
DSFR = "dsfr"

logger = logging.getLogger("materiel.web")


@dataclass(frozen=True, slots=True)
class Theme:
    """The style sheets and scripts of every page, in order, and its icon, as addresses."""

    name: str
    assets: tuple[Assets, ...]
    stylesheets: tuple[str, ...]
    scripts: tuple[str, ...]
    icon: str


def theme_named(name: str, own: Assets) -> Theme:
    """The theme of the settings.

    Raises:
        BadInput: `settings.invalid`, the DSFR is asked for and not installed.
    """
    shared = (own.url("css/shared.css"),)
    scripts = (own.url("js/shell.js"),)
    if name != DSFR:
        return Theme(NEUTRAL, (own,), (own.url("css/neutral.css"), *shared), scripts, own.url("img/favicon.svg"))
    folder = packaged_folder("dsfr", "static", "dsfr", "dist")
    if folder is None:
        raise BadInput(
            "settings.invalid",
            "MATERIEL_THEME vaut « dsfr », mais le système de design n'est pas installé : "
            "installez le paquet django-dsfr, ou retirez ce réglage.",
        )
    logger.warning(
        "Thème DSFR : son usage est réservé aux sites de l'État en .gouv.fr agréés par le "
        "service d'information du Gouvernement (conditions générales d'utilisation du DSFR)."
    )
    dsfr = Assets("dsfr", folder, version("django-dsfr"))
    return Theme(
        DSFR,
        (own, dsfr),
        (
            dsfr.url("dsfr.main.min.css"),
            dsfr.url("utility/icons/icons-system/icons-system.main.min.css"),
            own.url("css/dsfr.css"),
            *shared,
        ),
        (dsfr.url("dsfr.module.min.js"), *scripts),
        dsfr.url("favicon/favicon.svg"),
    )
