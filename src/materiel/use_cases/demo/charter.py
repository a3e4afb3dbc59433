"""The annex of the demonstration: a short charter of use, in force before its first agreement."""

from __future__ import annotations

from datetime import datetime

from materiel.domain.accounts.roles import Actor
from materiel.domain.item.family import ItemFamily
from materiel.domain.papers.annex import AnnexSection
from materiel.use_cases.accounts.annex import WriteAnnex, write_annex

TITLE = "Charte d'usage du matériel"
SECTIONS = (
    AnnexSection(
        text="""Ce matériel est là pour servir.

- Transportez-le dans sa housse, et gardez ses accessoires ensemble.
- Laissez son étiquette en place.
- S'il tombe en panne, ne l'ouvrez pas : prévenez le service.
- Avant de le rendre, copiez ailleurs le travail à garder.""",
    ),
    AnnexSection(
        text="Éteignez l'appareil avant de le ranger, et mettez-le à jour quand il le demande. "
        "Gardez son mot de passe pour vous.",
        family=ItemFamily.COMPUTER,
    ),
)


async def write_charter(*, actor: Actor, now: datetime) -> None:
    """Write it, from the civil day of `now` on."""
    command = WriteAnnex(known=0, starts_on=actor.civil_date(now), title=TITLE, sections=SECTIONS)
    await write_annex(command, actor=actor, now=now)
