"""The level of a school, by the code of its nature."""

from __future__ import annotations

import pytest

from materiel.domain.places.level import SchoolLevel, level_of


@pytest.mark.parametrize(
    ("nature", "level"),
    [
        ("101", SchoolLevel.NURSERY),
        ("151", SchoolLevel.PRIMARY),
        ("340", SchoolLevel.LOWER_SECONDARY),
        ("300", SchoolLevel.UPPER_SECONDARY),
        ("306", SchoolLevel.UPPER_SECONDARY),
        ("320", SchoolLevel.VOCATIONAL),
        ("370", SchoolLevel.ADAPTED),
        ("390", SchoolLevel.ADAPTED),
        ("240", SchoolLevel.ADAPTED),
        ("809", SchoolLevel.OTHER),
        ("", SchoolLevel.OTHER),
        ("abc", SchoolLevel.OTHER),
    ],
)
def test_a_nature_tells_the_level(nature: str, level: SchoolLevel) -> None:
    assert level_of(nature) is level
