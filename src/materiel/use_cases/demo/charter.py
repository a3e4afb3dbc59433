"""The annex of the demonstration: what its service asks for some families, in force before its first agreement."""

from __future__ import annotations

from datetime import datetime

from materiel.domain.accounts.roles import Actor
from materiel.domain.item.family import ItemFamily
from materiel.domain.papers.annex import AnnexSection
from materiel.use_cases.accounts.annex import WriteAnnex, write_annex

TITLE = "Tablettes et logiciels : ce que le service demande"
SECTIONS = (
    AnnexSection(
        text="""- Transportez la tablette dans sa housse, et gardez ses accessoires ensemble.
- Éteignez-la avant de la ranger, et gardez son mot de passe pour vous.
- Avant de la rendre, copiez ailleurs le travail à garder.""",
        family=ItemFamily.TABLET,
    ),
    AnnexSection(
        text="Le logiciel s'installe sur un seul appareil. S'il ne marche plus, prévenez le service : il l'installe de "
        "nouveau.",
        family=ItemFamily.SOFTWARE,
    ),
)
"""For some families alone: an agreement for a computer holds on a sheet, one for a tablet says more."""


async def write_charter(*, actor: Actor, now: datetime) -> None:
    """Write it, from the civil day of `now` on."""
    command = WriteAnnex(known=0, starts_on=actor.civil_date(now), title=TITLE, sections=SECTIONS)
    await write_annex(command, actor=actor, now=now)
