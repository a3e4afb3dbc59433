from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from tests.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.errors import BadInput, NotFound
from materiel.use_cases.import_draft import KEPT, LARGEST_FILE, ImportKind, examine_file, import_file

pytestmark = pytest.mark.usefixtures("db")

ITEMS = "Numéro d'inventaire;Désignation\nMPA-1;Afficheur braille\n".encode()


async def an_examined_file(folder: Path) -> UUID:
    await cast.set_up()
    draft, report = await examine_file(ImportKind.ITEMS, ITEMS, folder, actor=cast.MANAGER, now=cast.NOW)
    assert (report.created, len(report.rejected)) == (1, 0)
    return draft


async def test_a_file_too_large_is_not_even_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        await examine_file(ImportKind.ITEMS, bytes(LARGEST_FILE + 1), tmp_path, actor=cast.MANAGER, now=cast.NOW)
    assert refused.value.code == "import.too_large"
    assert list(tmp_path.glob("imports/*")) == []


async def test_an_examined_file_is_imported_once(tmp_path: Path) -> None:
    draft = await an_examined_file(tmp_path)
    report = await import_file(ImportKind.ITEMS, draft, tmp_path, actor=cast.MANAGER, now=cast.NOW + KEPT)
    assert report.created == 1
    with refused(NotFound, "import.expired"):
        await import_file(ImportKind.ITEMS, draft, tmp_path, actor=cast.MANAGER, now=cast.NOW + KEPT)


async def test_an_examined_file_is_kept_an_hour(tmp_path: Path) -> None:
    draft = await an_examined_file(tmp_path)
    late = cast.NOW + KEPT + timedelta(seconds=1)
    with refused(NotFound, "import.expired"):
        await import_file(ImportKind.ITEMS, draft, tmp_path, actor=cast.MANAGER, now=late)
    assert list(tmp_path.glob("imports/*")) == []


async def test_an_examined_file_is_its_services_alone(tmp_path: Path) -> None:
    draft = await an_examined_file(tmp_path)
    with refused(NotFound, "import.expired"):
        await import_file(ImportKind.ITEMS, draft, tmp_path, actor=cast.STRANGER, now=cast.NOW)
