"""Lists: `?limit=&cursor=` in, `{"items": […], "next_cursor": …}` out.

A cursor is the sort key of the last row shown, so that a list stays stable while others write. It is opaque to
the client and checked on the way back: one that this server would not have made is refused.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from litestar.params import QueryParameter

from materiel.errors import BadInput, FieldError

T = TypeVar("T")

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="Nombre d'éléments par page, 200 au plus.")]
Cursor = Annotated[
    str | None,
    QueryParameter(max_length=400, description="`next_cursor` de la page précédente ; absent pour la première."),
]
Search = Annotated[
    str | None,
    QueryParameter(max_length=200, description="Recherche, sans tenir compte des accents ni des majuscules."),
]


def write_cursor(key: object) -> str | None:
    """The opaque text of a sort key; None when there is no next page."""
    if key is None:
        return None
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def read_cursor(cursor: str | None, wanted: type[T]) -> T | None:
    """The sort key inside a cursor.

    Raises:
        BadInput: `request.invalid_cursor`, a cursor that this list never gave.
    """
    if cursor is None:
        return None
    try:
        key: Any = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(key, type=wanted)
    except (binascii.Error, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise BadInput(
            "request.invalid_cursor",
            "Le curseur n'est pas reconnu. Reprenez la liste depuis sa première page.",
            errors=[FieldError("/cursor", "Curseur inconnu.")],
        ) from error


def cut(rows: Sequence[T], limit: int, key: Callable[[T], object]) -> tuple[list[T], str | None]:
    """A page of `limit` rows and its next cursor, from the `limit` + 1 rows that were asked for.

    Args:
        key: the sort key of a row, as `read_cursor` gives it back.
    """
    shown = list(rows[:limit])
    return shown, write_cursor(key(shown[-1])) if len(rows) > limit else None
