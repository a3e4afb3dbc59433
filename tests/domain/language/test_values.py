from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import pytest

from materiel.domain.language.values import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    first: str
    second: tuple[int, ...] = ()
    third: str | None = None


@dataclass(frozen=True, slots=True)
class Alone:
    only: str


@dataclass(frozen=True)
class Open:
    first: str
    second: str = ""


@dataclass(frozen=True, slots=True)
class Worked:
    first: str
    doubled: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "doubled", self.first * 2)


@pytest.mark.parametrize(
    ("value", "changes"),
    [
        (Kept(first="a", second=(1,)), {"third": "c"}),
        (Kept(first="a"), {"first": "b", "second": (2, 3)}),
        (Kept(first="a"), {}),
        (Alone("a"), {"only": "b"}),
        (Open("a"), {"second": "b"}),
        (Worked("a"), {"first": "b"}),
    ],
)
def test_a_value_is_changed_as_the_library_does(value: Kept, changes: dict[str, object]) -> None:
    before = repr(value)
    made = replace(value, **changes)
    assert made == dataclasses.replace(value, **changes)
    assert hash(made) == hash(dataclasses.replace(value, **changes))
    assert (repr(value), type(made)) == (before, type(value))
    assert made is not value


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError):
        replace(Kept(first="a"), fourth="d")


def test_what_is_made_stays_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        replace(Kept(first="a"), first="b").first = "c"  # type: ignore[misc]
