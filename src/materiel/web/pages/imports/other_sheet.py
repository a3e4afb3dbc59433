"""The other worksheets of a workbook that was imported: each is examined without the file being sent again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.use_cases.imports.import_file import examine_sheet
from materiel.web.audience import Audience, page_router
from materiel.web.http.forms import read_form


@post("/imports/fichiers/{file_id:uuid}/autre-feuille", name="import:other_sheet")
async def other_sheet_page(
    request: Request[Any, Any, Any],
    file_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Examine the worksheet of the button, and lead to what its import would do."""
    sheet = (await read_form(request)).typed("sheet")
    file = await examine_sheet(file_id, sheet, actor=actor, now=now)
    return Redirect(request.app.route_reverse("import:show", file_id=file.id), status_code=303)


router = page_router("/", [other_sheet_page], audience=Audience.ACCOUNT, permission=Permission.WRITE)
