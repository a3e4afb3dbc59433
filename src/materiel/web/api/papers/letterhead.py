"""HTTP for the bloc-marque of the service: what is kept, put in its place, or removed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import Router, delete, get, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import MultipartBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.language.bounds import line
from materiel.domain.papers.letterhead import LONGEST_ALT
from materiel.use_cases.papers.letterhead import (
    KeptLetterhead,
    ProposeLetterhead,
    put_letterhead,
    read_kept,
    remove_letterhead,
)
from materiel.web.api.body import bounded
from materiel.web.api.problems import READ, WRITE, problems

WORDS = "Académie d'Exemple. Direction des services départementaux d'Exemple"
TAGS = ["Service"]
EXAMPLES = {
    400: ("letterhead.unreadable", "Ce fichier n'est pas une image PNG ou JPEG lisible."),
    404: ("letterhead.not_found", "Aucun bloc-marque n'est là : envoyez-en un."),
    422: ("letterhead.invalid", "Indiquez les mots du bloc-marque."),
}


class LetterheadUpload(Struct):
    """Le bloc-marque du service : PNG ou JPEG, au moins 300 points par pouce une fois imprimé.

    `alt` : ses mots, pour qui ne voit pas l'image.
    """

    file: UploadFile
    alt: Annotated[str, bounded(line(LONGEST_ALT), WORDS)] = ""


class LetterheadOut(Struct):
    """Le bloc-marque que portent les papiers à venir. `sha256` nomme l'image et ses mots, pour toujours.

    `kept_at` : depuis quand il est gardé ; nul si l'historique ne le dit pas.
    """

    sha256: str
    alt: str
    kept_at: datetime | None

    @classmethod
    def of(cls, kept: KeptLetterhead) -> LetterheadOut:
        """The wire form of what is kept."""
        return cls(sha256=kept.letterhead.sha256, alt=kept.letterhead.alt, kept_at=kept.kept_at)


@get(
    "/",
    operation_id="ReadLetterhead",
    summary="Lire le bloc-marque de son service",
    tags=TAGS,
    responses=problems(*READ, examples=EXAMPLES),
)
async def show(actor: NamedDependency[Actor]) -> LetterheadOut:
    """Ses mots, son empreinte et sa date ; 404 quand les papiers nomment le service en toutes lettres."""
    return LetterheadOut.of(await read_kept(actor=actor))


@put(
    "/",
    operation_id="PutLetterhead",
    summary="Donner un bloc-marque à son service",
    tags=TAGS,
    responses=problems(*(status for status in WRITE if status not in (404, 409)), examples=EXAMPLES),
)
async def give(
    data: MultipartBody[LetterheadUpload], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> LetterheadOut:
    """Réservé à l'administrateur. L'image est vérifiée, puis portée par ce qui sera émis ; le reste ne change pas."""
    command = ProposeLetterhead(picture=await data.file.read(), alt=data.alt)
    return LetterheadOut.of(await put_letterhead(command, actor=actor, now=now))


@delete(
    "/",
    operation_id="RemoveLetterhead",
    summary="Retirer le bloc-marque de son service",
    tags=TAGS,
    responses=problems(401, 403),
)
async def remove(actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> None:
    """Les papiers à venir nommeront le service en toutes lettres ; sans bloc-marque, rien ne change."""
    await remove_letterhead(actor=actor, now=now)


router = Router("/service/letterhead", route_handlers=[show, remove])
uploads = Router("/service/letterhead", route_handlers=[give])
