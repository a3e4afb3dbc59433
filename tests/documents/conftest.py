"""Golden texts, written by `MATERIEL_TEST_UPDATE_GOLDEN=1 pytest tests/documents` only; a missing one fails."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "golden"
UPDATE = os.environ.get("MATERIEL_TEST_UPDATE_GOLDEN") == "1"


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with the approved one of that name."""

    def compare(name: str, text: str) -> None:
        path = FOLDER / name
        if UPDATE:
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{name} has no approved text"
        assert text == path.read_text(encoding="utf-8")

    return compare
