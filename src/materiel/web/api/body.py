"""The body of a route is the command that it gives: its fields, their types, defaults and bounds come from the command.

A body says what the command does not: its public name, its French description, and the fields that somebody else
gives, such as the identifiers of the path. A field of the class itself stands for that of the command, or beside it.
An identifier loses its `_id`, as elsewhere on the wire: `item_id` is `item`. A value in the command has its own body.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import MISSING, asdict, fields, is_dataclass
from types import SimpleNamespace, UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec import UNSET, Meta, Struct, StructMeta, UnsetType

from materiel.domain.language.bounds import ACADEMIE, CENTS, UAI, VERSION, Bounds
from materiel.domain.language.labelled import Called
from materiel.web.api.examples import named_example

Command = TypeVar("Command")

DESCRIPTIONS = {
    VERSION: "Version lue ; périmée, la réponse est 409.",
    UAI: "Code UAI de l'établissement.",
    CENTS: "Prix d'achat, en centimes.",
    ACADEMIE: "Code de l'académie.",
}
_BODIES: dict[type, BodyMeta] = {}


def bounded(bounds: Bounds, example: Any) -> Meta:
    """What msgspec checks of a bound, and what the description of the API says of it."""
    said = {name: value for name, value in asdict(bounds).items() if value is not None}
    examples = [example] if example is not None else None
    return Meta(**said, description=DESCRIPTIONS.get(bounds), examples=examples)


def type_argument(namespace: dict[str, Any]) -> type | None:
    """The class that a base is of: `RegisterItem` for `class ItemBody(CommandBody[RegisterItem])`."""
    for base in namespace.get("__orig_bases__", ()):
        for argument in get_args(base):
            if isinstance(argument, type):
                return argument
    return None


def _resolved(namespace: dict[str, Any]) -> dict[str, Any]:
    """The fields that the class itself has, with their types."""
    written = SimpleNamespace(__annotations__=namespace.get("__annotations__", {}))
    return get_type_hints(written, vars(sys.modules[namespace["__module__"]]), include_extras=True)


def _public_names(names: Iterable[str], renamed: dict[str, str]) -> dict[str, str]:
    return {name: renamed.get(name) or re.sub(r"_id(s?)$", r"\1", name) for name in names}


def _on_the_wire(hint: Any, name: str) -> Any:
    """The type of a field as msgspec and the description read it: lists, bodies of values, checked bounds."""
    arguments = get_args(hint)
    origin = get_origin(hint)
    if origin is Annotated:
        of, *said = arguments
        told = [_told(each, of, name) for each in said if not isinstance(each, Called)]
        return Annotated[(_on_the_wire(of, name), *told)] if told else _on_the_wire(of, name)
    if origin in (tuple, list):
        return list[_on_the_wire(arguments[0], name)]  # type: ignore[misc]
    if origin in (Union, UnionType):
        return Union[tuple(_on_the_wire(each, name) for each in arguments)]  # noqa: UP007
    if is_dataclass(hint):
        return _BODIES[hint]  # type: ignore[index]
    return hint


def _told(said: Any, of: Any, name: str) -> Any:
    if not isinstance(said, Bounds):
        return said
    return bounded(said, named_example(name) if of in (str, int) else None)


class BodyMeta(StructMeta):
    """Makes the struct of a body. What can be wrong is wrong at once, when its module is imported.

    Args of the class:
        given: the fields of the command that the body does not have.
        rename: the public names that are not those of the fields less `_id`.
        partial: any field of the command may be absent; those of the class come first.

    Raises:
        LookupError: a given field that the command has not, a value without a body, a text without an example.
    """

    of: type[Any]
    taken: tuple[str, ...]

    def __new__(
        mcs,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        given: Iterable[str] = (),
        rename: dict[str, str] | None = None,
        partial: bool = False,
    ) -> BodyMeta:
        """The struct; the fields of the command come first, unless they may be absent."""
        of = type_argument(namespace)
        own = _resolved(namespace)
        taken: dict[str, Any] = {}
        if of is not None:
            hints = get_type_hints(of, include_extras=True)
            if unknown := set(given) - hints.keys():
                raise LookupError(f"{of.__name__} has no field {sorted(unknown)}")
            for each in fields(of):
                if each.name in given:
                    continue
                if partial:
                    taken[each.name] = Union[own.pop(each.name, hints[each.name]), UnsetType]  # noqa: UP007
                    namespace[each.name] = UNSET
                    continue
                if each.name not in own and each.default is not MISSING:
                    namespace[each.name] = each.default
                taken[each.name] = own.pop(each.name, hints[each.name])
        public = _public_names(taken | own, rename or {})
        namespace["__annotations__"] = {
            field: _on_the_wire(hint, f"{name}.{public[field]}")
            for field, hint in (own | taken if partial else taken | own).items()
        }
        namespace |= {field: [] for field in public if namespace.get(field) == ()}
        made = super().__new__(mcs, name, bases, namespace, kw_only=True, forbid_unknown_fields=True, rename=public)
        if of is not None:
            made.of, made.taken = of, tuple(taken)
            if not partial:
                _BODIES[of] = made
        return made


class Body(Struct, metaclass=BodyMeta):
    """What a route reads, strictly: an unknown field is refused."""


class CommandBody(Body, Generic[Command]):
    """A body whose fields are those of a command, or of a value."""

    def command(self, **given: Any) -> Command:
        """The command, with what the body does not have."""
        kind = type(self)
        made: Command = kind.of(**{name: _value(getattr(self, name)) for name in kind.taken}, **given)
        return made


class PatchBody(Body, Generic[Command]):
    """A body of corrections: any field of a command or of a value, made `partial`."""

    def changes(self) -> dict[str, Any]:
        """What was sent, by the name of its field."""
        sent = {name: getattr(self, name) for name in type(self).taken}
        return {name: _value(each) for name, each in sent.items() if each is not UNSET}


def _value(sent: Any) -> Any:
    if isinstance(sent, list):
        return tuple([_value(each) for each in sent])
    return sent.command() if isinstance(sent, CommandBody) else sent
