"""Expecting a refusal by its code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from materiel.errors import MaterielError


@contextmanager
def refused(kind: type[MaterielError], code: str) -> Iterator[pytest.ExceptionInfo[MaterielError]]:
    """The block must raise an error of this kind and this code; gives what `pytest.raises` gives."""
    with pytest.raises(kind) as caught:
        yield caught
    assert caught.value.code == code
