"""The page behind the QR code of a label, for whoever finds an item: whom to call, and nothing else.

That an item exists, what it is and who has it tell of a child's disability. The page is therefore the same for every
code, known or not, and is made without looking the code up: neither its text nor its time tells them apart.
"""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.params import FromPath

from materiel.domain.label import name_for_strangers
from materiel.use_cases.service import list_services
from materiel.web.pages.rendering import render


@get(["/q/{code:str}", "/Q/{code:str}"], media_type=MediaType.HTML, name="label:show")
async def label_page(request: Request[Any, Any, Any], code: FromPath[str]) -> Response[str]:
    """Whom to call about a found item; `code` is deliberately not read."""
    contacts = [
        {
            "name": name_for_strangers(service),
            "phone": service.phone,
            "email": service.email,
            "hours": service.opening_hours,
        }
        for service in await list_services()
    ]
    return render(request, "label.html", {"contacts": contacts})
