"""The answer of a route is the value that it tells: its fields and their types come from the value.

An answer says what the value does not: its public name, its French description, and which fields are shown, in order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, Self, TypeVar, get_args, get_origin, get_type_hints

from msgspec import Struct, StructMeta

from materiel.web.api.body import type_argument

Value = TypeVar("Value")


class AnswerMeta(StructMeta):
    """Makes the struct of an answer, with the fields that its class argument `shown` names; a tuple is a list there.

    Raises:
        KeyError: a field that the value has not.
    """

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, shown: Iterable[str] = ()
    ) -> AnswerMeta:
        """The struct."""
        of = type_argument(namespace)
        hints = get_type_hints(of) if of is not None else {}
        namespace["__annotations__"] = {field: _listed(hints[field]) for field in shown}
        return super().__new__(mcs, name, bases, namespace)


class ValueOut(Struct, Generic[Value], metaclass=AnswerMeta):
    """An answer whose fields are those of a value."""

    @classmethod
    def of(cls, value: Value) -> Self:
        """The wire form of a value."""
        told = {name: getattr(value, name) for name in cls.__struct_fields__}
        return cls(**{name: list(each) if isinstance(each, tuple) else each for name, each in told.items()})


def _listed(hint: Any) -> Any:
    return list[get_args(hint)[0]] if get_origin(hint) is tuple else hint  # type: ignore[misc]
