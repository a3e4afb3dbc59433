"""Refuse at input what no document could print, rather than at issue: the person who types can still correct it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
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
    _gather(value, texts)
    if is_plain(" ".join(texts)):
        return value
    faults = [
        FieldError(pointer, problem.message) for pointer, text in _texts(value, "") for problem in check_drawable(text)
    ]
    if faults:
        raise RuleBroken("text.not_printable", " ".join(dict.fromkeys(each.detail for each in faults)), errors=faults)
    return value


def _gather(value: Any, texts: list[str]) -> None:
    """Every text of a value, however deep."""
    kind: Any = type(value)
    for each in value if isinstance(value, tuple) else [getattr(value, name) for name in _names(kind)]:
        if isinstance(each, str):
            texts.append(each)
        elif each is not None:
            _gather(each, texts)


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
def _names(kind: type[Any]) -> tuple[str, ...]:
    """The names of the fields of a kind of value; none for what holds no other."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
