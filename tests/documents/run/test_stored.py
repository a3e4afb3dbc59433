"""Only files of our own writer are read back: any other is refused, never printed wrong."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pikepdf
import pytest
from tests.documents.sample_contents import agreement, notice

from materiel.documents.pdf import render_pdf
from materiel.documents.pdf.writing.metadata import Metadata
from materiel.documents.run.gathering import Gathering
from materiel.documents.run.stored import StoredFile, UnknownFormError

DATA = render_pdf(agreement(1)).data


def saved_by_another(data: bytes) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(data)) as pdf:
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def changed(at: int) -> bytes:
    return DATA[:at] + bytes([DATA[at] ^ 1]) + DATA[at + 1 :]


@pytest.mark.parametrize(
    "data",
    [b"", b"%PDF-1.7\n", DATA[:-1], DATA[:-2000], DATA[100:], DATA + b"\n", saved_by_another(DATA), DATA + DATA],
    ids=["nothing", "a header", "no end", "no index", "no beginning", "more", "of another writer", "twice"],
)
def test_what_is_no_file_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(UnknownFormError, match="not a file of our own writer"):
        StoredFile(data)


@pytest.mark.parametrize("at", [4, 200, len(DATA) // 2, DATA.rindex(b"/Root") - 1, DATA.rindex(b"startxref") - 12])
def test_a_byte_that_changed_is_seen(at: int) -> None:
    with pytest.raises(UnknownFormError):
        StoredFile(changed(at))


def test_a_run_of_several_is_no_document() -> None:
    out = BytesIO()
    gathering = Gathering(out)
    for data in (DATA, render_pdf(notice()).data):
        gathering.add(data, title="x")
    gathering.finish(Metadata("x", "", "", date(2026, 11, 30), "fr-FR"))
    with pytest.raises(UnknownFormError, match="several parts"):
        StoredFile(out.getvalue())


def test_an_object_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownFormError, match="no object 99999"):
        StoredFile(DATA).read(99999)
