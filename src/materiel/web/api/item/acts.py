"""HTTP for what is done to an item out of its loans: prepared, found, its accessories, its label, a state undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from materiel.domain.item.preparation import NOTE_MAX, ChecksDone
from materiel.domain.language.bounds import Version, filled_text
from materiel.use_cases.item import preparation as acts
from materiel.use_cases.item.label import replace_label
from materiel.use_cases.item.preparation import NoteAccessories
from materiel.use_cases.loan.found import FindItem, find_again
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.api.body import Body, CommandBody
from materiel.web.api.item.item import ItemOut
from materiel.web.api.problems import WRITE, problems


class PrepareBody(CommandBody[ChecksDone]):
    """Les vérifications faites d'un matériel revenu.

    `erased` est exigé d'un ordinateur ou d'une tablette, `uninstalled` d'un logiciel. `missing_accessories` sont les
    accessoires trouvés manquants ce jour-là.
    """


class FoundBody(CommandBody[FindItem], given=("item_id",)):
    """Un matériel perdu ou volé qui est là de nouveau."""


class AccessoriesBody(CommandBody[NoteAccessories], given=("item_id",)):
    """Les accessoires retrouvés ou remplacés parmi ceux qui manquent, et ceux qui manquent maintenant."""


class ReplaceLabelBody(Body):
    """La version lue du matériel dont l'étiquette est remplacée."""

    version: Version


class UndoBody(Body):
    """Pourquoi l'état donné était une erreur."""

    reason: Annotated[str, filled_text(NOTE_MAX)]


def _act(path: str, operation: str, summary: str, **examples: tuple[str, str]) -> Callable[[Any], HTTPRouteHandler]:
    """The decorator of an act; `examples` are the refusals of `_409` and `_422`."""
    told = {int(status.removeprefix("_")): example for status, example in examples.items()}
    return post(
        f"/{{item_id:uuid}}/{path}",
        status_code=200,
        operation_id=operation,
        summary=summary,
        tags=["Matériels"],
        responses=problems(*WRITE, examples=told),
    )


@_act(
    "prepare",
    "PrepareItem",
    "Préparer un matériel revenu",
    _409=("item.not_to_prepare", "Le matériel 35-2026-0042 n'est pas à préparer (en réserve)."),
    _422=("item.not_erased", "Le matériel 35-2026-0042 garde des données : effacez-les, puis dites-le."),
)
async def prepare(item_id: FromPath[UUID], data: JSONBody[PrepareBody], issuer: NamedDependency[Issuer]) -> ItemOut:
    """Il entre en réserve, ou en réparation s'il est abîmé ou hors d'usage."""
    return ItemOut.of(await acts.prepare_item(item_id, data.command(), issuer=issuer))


@_act(
    "found",
    "FindItemAgain",
    "Enregistrer un matériel retrouvé",
    _409=("item.not_lost", "Le matériel 35-2026-0042 n'est ni perdu ni volé (en réserve)."),
)
async def found(item_id: FromPath[UUID], data: JSONBody[FoundBody], issuer: NamedDependency[Issuer]) -> ItemOut:
    """Il est à préparer, avec son numéro et son histoire ; ses incidents reçoivent leur réponse.

    Si un prêt le tient encore, il en revient, avec son récépissé.
    """
    return ItemOut.of(await find_again(data.command(item_id=item_id), issuer=issuer))


@_act(
    "accessories",
    "NoteItemAccessories",
    "Noter des accessoires retrouvés, remplacés ou manquants",
    _422=("item.unknown_accessory", "« Souris » n'est pas parmi les accessoires qui manquent."),
)
async def accessories(
    item_id: FromPath[UUID], data: JSONBody[AccessoriesBody], issuer: NamedDependency[Issuer]
) -> ItemOut:
    """Ce qui manque n'est plus remis avec le matériel tant qu'il n'est ni retrouvé ni remplacé."""
    return ItemOut.of(await acts.note_accessories(data.command(item_id=item_id), issuer=issuer))


@_act(
    "undo-status",
    "UndoItemStatus",
    "Annuler un état donné par erreur",
    _409=("item.nothing_to_undo", "Cet état n'a pas été donné à la main."),
)
async def undo_status(item_id: FromPath[UUID], data: JSONBody[UndoBody], issuer: NamedDependency[Issuer]) -> ItemOut:
    """Perdu, volé, réformé ou en réparation par erreur : il redevient ce qu'il était, l'historique garde les deux."""
    return ItemOut.of(await acts.undo_status(item_id, data.reason, issuer=issuer))


@_act(
    "replace-label",
    "ReplaceItemLabel",
    "Remplacer l'étiquette d'un matériel",
)
async def replace(
    item_id: FromPath[UUID],
    data: JSONBody[ReplaceLabelBody],
    issuer: NamedDependency[Issuer],
) -> ItemOut:
    """Un nouveau `public_code`, à imprimer ; l'ancien ne vaut plus, et le dit à qui le lit."""
    return ItemOut.of(await replace_label(item_id, data.version, actor=issuer.actor, now=issuer.now))


router = Router(
    "/items",
    route_handlers=[prepare, found, accessories, undo_status, replace],
    dependencies={"issuer": Provide(provide_issuer)},
)
