"""What the link of a family shows after the pupil's death, even while a session is open: whom to call, and no more.

It names nobody and tells of no death: a child's may have been noted on another's record.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response

from materiel.domain.accounts.service import ManagingService
from materiel.web.pages.shell.rendering import render

TEMPLATE = "visitors/family/mourning.html"


class Mourning(Exception):
    """The page asked for is that of a pupil who has died; `service` is whom to call."""

    def __init__(self, service: ManagingService) -> None:
        super().__init__("the pupil has died")
        self.service = service


def show_mourning(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """The sober page, for any address of a family."""
    assert isinstance(error, Mourning)
    return render(request, TEMPLATE, {"service": error.service})
