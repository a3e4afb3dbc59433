from __future__ import annotations

from pathlib import Path

import pytest
from tests.use_cases import loan_cast as cast

from materiel.errors import BadInput
from materiel.use_cases.import_draft import LARGEST_FILE, ImportKind, examine_file

pytestmark = pytest.mark.usefixtures("db")


async def test_a_file_too_large_is_not_even_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        await examine_file(ImportKind.ITEMS, bytes(LARGEST_FILE + 1), tmp_path, actor=cast.MANAGER, now=cast.NOW)
    assert refused.value.code == "import.too_large"
    assert list(tmp_path.glob("imports/*")) == []
