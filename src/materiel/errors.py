"""Business errors: what went wrong, as a stable code for programs and a French sentence for people.

The layers below raise them; `web/http/errors.py` alone knows their HTTP statuses and `cli/` their exit codes.
A code reads `thing.reason` and never changes once released. A sentence says what is wrong and what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from traceback import extract_tb


def trace_of(error: BaseException) -> str:
    """Where an unexpected error comes from, for a log: the kinds of the errors and the lines of code, nothing else.

    Its message is left out: a database quotes there the name or the address that it could not write.
    """
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        frames = reversed(extract_tb(cause.__traceback__))
        lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        cause = cause.__cause__ or cause.__context__
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of one field. `pointer` is a JSON pointer into the request body, such as `/items/0`."""

    pointer: str
    detail: str


class MaterielError(Exception):
    """A refusal that a person can understand and act upon.

    Args:
        code: stable `thing.reason`.
        message: French, what is wrong and what to do next.
        errors: the fields at fault, in the order of the form; may be empty.
        facts: extra members of the problem document, JSON values only, no personal data.
    """

    def __init__(self, code: str, message: str, *, errors: Sequence[FieldError] = (), **facts: object) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.errors = tuple(errors)
        self.facts = facts


class BadInput(MaterielError):
    """The request cannot be read: malformed file, unreadable date."""


class PermissionDenied(MaterielError):
    """The person is known but has no right to this."""


class NotFound(MaterielError):
    """Nothing of that name in the actor's scope, whether it exists elsewhere or not."""


class Conflict(MaterielError):
    """The state of things forbids it now: taken, already lent, changed meanwhile."""


class RuleBroken(MaterielError):
    """A rule of the texts or of the product refuses it."""


class TooManyRequests(MaterielError):
    """Too fast, or too often; the fact `retry_after` holds whole seconds (HTTP 429)."""


class Unavailable(MaterielError):
    """The database cannot answer now; the same request may be sent again a little later (HTTP 503)."""


class NeedsRepair(Unavailable):
    """The database cannot answer until the administrator repairs it; the message is for the log and the commands."""
