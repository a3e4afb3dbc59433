"""The registers of the service, taken away as CSV or as workbooks."""

from __future__ import annotations

from collections.abc import AsyncIterator

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.errors import NotFound
from materiel.exchange.tabular import TableFormat
from materiel.use_cases.imports.exports import export_items, export_register
from materiel.web.audience import account_required

EXPORTS = {"materiels": export_items, "registre": export_register}
"""The inventory, with the columns that the import reads; the register, which says where each item is."""


@get("/exports/{name:str}", name="export:table")
async def table_page(name: FromPath[str], actor: NamedDependency[Actor]) -> Stream:
    """A register of the service, without any pupil's name: `materiels.csv`, `registre.xlsx`…"""
    stem, _, ending = name.partition(".")
    if stem not in EXPORTS or ending not in list(TableFormat):
        raise NotFound("route.not_found", "Rien ne s'exporte à cette adresse. Choisissez dans « Imports et exports ».")
    form = TableFormat(ending)
    return table_file(EXPORTS[stem](actor=actor, form=form), stem, form)


def table_file(pieces: AsyncIterator[bytes], name: str, form: TableFormat) -> Stream:
    """A table to be kept under a name, sent as it is made."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Stream(pieces, media_type=form.media_type, headers=headers)


router = account_required("/", [table_page], Permission.READ)
