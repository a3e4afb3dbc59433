"""Refuse at input what no document could print, rather than at issue: the person who types can still correct it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from materiel.documents.text import check_drawable, is_plain
from materiel.errors import FieldError, RuleBroken

Value = TypeVar("Value")

NESTED = frozenset({"address"})
"""Parts of a value that the request does not name: a home is its address."""


def printable(value: Value) -> Value:
    """The same value, once every text it holds, however deep, is known to be printable.

    Args:
        value: a frozen value of the domain or a command, with texts, tuples and other values inside.

    Raises:
        RuleBroken: `text.not_printable`, with the pointer of each text at fault and what to type instead.
    """
    texts: list[str] = []
    _gather((value,), texts)
    if is_plain(" ".join(texts)):
        return value
    faults = [
        FieldError(pointer, problem.message) for pointer, text in _texts(value, "") for problem in check_drawable(text)
    ]
    if faults:
        raise RuleBroken("text.not_printable", " ".join(dict.fromkeys(each.detail for each in faults)), errors=faults)
    return value


def _gather(parts: Sequence[Any], texts: list[str]) -> None:
    """Every text of some values, however deep."""
    for each in parts:
        if isinstance(each, str):
            texts.append(each)
        elif isinstance(each, tuple):
            if each:
                _gather(each, texts)
        else:
            kind: Any = type(each)
            if (read := _reader(kind)) is not None:
                _gather(read(each), texts)


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, tuple):
        for rank, each in enumerate(value):
            yield from _texts(each, f"{pointer}/{rank}")
    else:
        kind: Any = type(value)
        for name in _names(kind):
            part = "" if name in NESTED and pointer else f"/{name}"
            yield from _texts(getattr(value, name), pointer + part)


@cache
def _reader(kind: type[Any]) -> Callable[[Any], Sequence[Any]] | None:
    """What reads every field of a kind of value at once; None for what holds no other."""
    of: Any = kind
    names = _names(of)
    if not names:
        return None
    # One attribute alone would not come as a tuple.
    return attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    """The names of the fields of a kind of value; none for what holds no other."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
