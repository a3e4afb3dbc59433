"""`materiel labels`: a sheet of QR labels."""

from __future__ import annotations

from pathlib import Path

import click

from materiel.cli.french import Command
from materiel.cli.opened import OpenedBase, opened, service_option
from materiel.cli.output import force_option, say, written_path
from materiel.domain.item.label import LabelOrder
from materiel.files import written_whole
from materiel.use_cases.item.item import find_item
from materiel.use_cases.item.label import PrintLabels, make_labels


@click.command(cls=Command, help="Imprime en PDF les étiquettes de ces numéros d'inventaire.")
@click.option("--sheet", required=True, metavar="PLANCHE", help="Planche ou rouleau, par exemple a4_3x8.")
@click.option("--first-cell", default=1, type=click.IntRange(min=1), metavar="N", help="Première case libre.")
@click.option(
    "--order",
    default=LabelOrder.GIVEN.value,
    type=click.Choice([each.value for each in LabelOrder]),
    help="Ordre : celui des numéros, ou par numéro, par établissement, par lieu de rangement.",
)
@click.option("--out", required=True, type=written_path, metavar="FICHIER", help="PDF.")
@force_option
@click.argument("numbers", nargs=-1, required=True, metavar="NUMÉRO…")
@service_option
@opened
async def labels(
    opening: OpenedBase,
    /,
    *,
    sheet: str,
    first_cell: int,
    order: str,
    out: Path,
    force: bool,
    numbers: tuple[str, ...],
    service_code: str | None,
) -> None:
    """Find the items by their numbers and lay their labels."""
    actor = await opening.administrator_of(service_code)
    item_ids = [(await find_item(number, actor=actor)).id for number in numbers]
    command = PrintLabels(item_ids=item_ids, sheet=sheet, first_cell=first_cell, order=LabelOrder(order))
    with written_whole(out, force=force) as stream:
        stream.write(await make_labels(command, actor=actor, now=opening.now, base_url=opening.settings.printed_url))
    say(f"{len(item_ids)} étiquette(s) : {out}.")
