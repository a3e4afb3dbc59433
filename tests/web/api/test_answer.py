from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
import pytest

from materiel.domain.language.bounds import line
from materiel.web.api.answer import ValueOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    name: Annotated[str, line(10)]
    parts: tuple[str, ...] = ()
    secret: str = ""


class ThingOut(ValueOut[Thing], shown=("parts", "name")):
    """Une chose."""


def test_an_answer_has_the_fields_that_it_shows_in_order() -> None:
    thing = Thing(name="Loupe", parts=("Étui",), secret="x")
    assert msgspec.json.encode(ThingOut.of(thing)).decode() == '{"parts":["Étui"],"name":"Loupe"}'


def test_an_answer_has_no_bounds() -> None:
    told = {each.name: each.type for each in msgspec.structs.fields(ThingOut)}
    assert told == {"parts": list[str], "name": str}


def test_a_field_that_the_value_has_not_is_refused() -> None:
    with pytest.raises(KeyError, match="color"):

        class Wrong(ValueOut[Thing], shown=("color",)):
            """Rien."""
