"""Files already drawn put into one: the same pages, one structure tree, bounded memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from tests.documents.cast import CASES
from tests.documents.gate import faults, reading_text
from tests.documents.reading import composed
from tests.documents.sample_contents import agreement, content, notice, plain

from materiel.documents.content import Content, Paragraph
from materiel.documents.pdf import render_pdf
from materiel.documents.pdf.writing.metadata import Metadata
from materiel.documents.run.gathering import Gathering

ROOT = Path(__file__).parents[3]
ISSUED = Path(__file__).parent / "issued"
"""Files drawn by each layout that the product has had, as they are kept; never drawn again."""

METADATA = Metadata("Documents à imprimer", "Service", "", date(2026, 11, 30), "fr-FR")
ODD = "Ольга Nguyễn, 100 %, (12 0 R) /StructParents 4 \\ é"
MEASURE = """
import json, sys
from datetime import date
from pathlib import Path
from materiel.documents.pdf import render_pdf
from materiel.documents.pdf.writing.metadata import Metadata
from materiel.documents.run.gathering import Gathering
from tests.documents.sample_contents import agreement
with open(sys.argv[1], "wb") as out:
    gathering = Gathering(out)
    for rank in range(int(sys.argv[2])):
        gathering.add(render_pdf(agreement(rank)).data, title="Convention", copies=2)
    gathering.finish(Metadata("x", "", "", date(2026, 11, 30), "fr-FR"))
status = Path("/proc/self/status").read_text()
peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
print(json.dumps({"pages": gathering.pages, "peak_kb": peak}))
"""


def drawn(*contents: Content) -> list[bytes]:
    return [render_pdf(each).data for each in contents]


def gathered(files: Sequence[bytes], copies: int = 1) -> bytes:
    out = BytesIO()
    gathering = Gathering(out)
    for rank, data in enumerate(files, start=1):
        gathering.add(data, title=f"Document n° {rank}", copies=copies)
    gathering.finish(METADATA)
    return out.getvalue()


def pictures(data: bytes) -> Iterator[bytes]:
    for page in pypdfium2.PdfDocument(data):
        yield page.render(scale=0.6).to_pil().tobytes()


def printed_pictures(files: Sequence[bytes], copies: int) -> Iterator[bytes]:
    """What must come out of the printer: each copy on its own sheets."""
    for data in files:
        own = list(pictures(data))
        blank = [b"\xff" * len(own[0])] if len(own) % 2 else []
        yield from (own + blank) * copies


@pytest.mark.parametrize("name", {case.kind: name for name, case in CASES.items()}.values())
def test_what_is_printed_is_what_was_issued(name: str) -> None:
    files = drawn(composed(CASES[name]), notice())
    run = gathered(files, copies=2)
    assert list(pictures(run)) == list(printed_pictures(files, 2))
    assert reading_text(run) == [text for data in files for _ in range(2) for text in reading_text(data)]


@pytest.mark.parametrize("path", sorted(ISSUED.glob("*.pdf")), ids=lambda path: path.stem)
def test_what_a_former_layout_drew_is_printed_as_it_was(path: Path) -> None:
    # Beside papers of the present layout: each keeps its own pages and its own fonts.
    files = [path.read_bytes(), *drawn(agreement(1))]
    run = gathered(files, copies=2)
    assert faults(run) == []
    assert list(pictures(run)) == list(printed_pictures(files, 2))
    assert reading_text(run) == [text for data in files for _ in range(2) for text in reading_text(data)]


def test_sixty_documents_make_one_accessible_archivable_file() -> None:
    files = drawn(*[agreement(rank) for rank in range(1, 50)], *[notice()] * 10, content(Paragraph(text=plain(ODD))))
    run = gathered(files)
    assert faults(run) == []
    with pikepdf.open(BytesIO(run)) as pdf:
        parts = pdf.Root.StructTreeRoot.K.K
        assert [(str(part.S), str(part.T)) for part in parts] == [
            ("/Part", f"Document n° {rank}") for rank in range(1, 61)
        ]
        own = sum(len(pypdfium2.PdfDocument(data)) + len(pypdfium2.PdfDocument(data)) % 2 for data in files)
        assert len(pdf.pages) == own
        with pdf.open_outline() as outline:
            assert [entry.title for entry in outline.root] == [f"Document n° {rank}" for rank in range(1, 61)]


def test_what_is_typed_looks_like_no_reference() -> None:
    (data,) = drawn(content(Paragraph(text=plain(ODD))))
    run = gathered([*drawn(agreement(1)), data])
    assert reading_text(run)[-len(reading_text(data)) :] == reading_text(data)
    assert any(ODD in text for text in reading_text(data))


def test_each_document_begins_on_a_recto_and_keeps_its_codes() -> None:
    run = gathered(drawn(agreement(1), notice(), agreement(2)))
    found = []
    for page in pypdfium2.PdfDocument(run):
        read = zxingcpp.read_barcodes(page.render(scale=2).to_pil().convert("L"))
        found.append(read[0].text if read else "")
    one, other = (
        [f"{agreement(rank).verify_url}/{number}" for number in range(1, len(pypdfium2.PdfDocument(data)) + 1)]
        for rank, data in enumerate(drawn(agreement(1), agreement(2)), start=1)
    )
    blank = [""] if len(one) % 2 else []
    assert found == [*one, *blank, f"{notice().verify_url}/1", "", *other, *blank]


def test_fonts_and_the_pages_of_copies_are_written_once() -> None:
    files = drawn(agreement(1), agreement(2))
    once, thrice = gathered(files), gathered(files, copies=3)
    with pikepdf.open(BytesIO(thrice)) as pdf:
        programs = [each for each in pdf.objects if isinstance(each, pikepdf.Stream) and "/Length1" in each]
        assert len(programs) == 2
        shown = [page.Contents.objgen for page in pdf.pages]
        assert len(shown) == 3 * len(set(shown))
    assert len(thrice) < 2 * len(once)


def test_the_same_run_makes_the_same_bytes() -> None:
    files = drawn(agreement(1), notice())
    assert gathered(files) == gathered(files)


def test_an_empty_run_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to print"):
        Gathering(BytesIO()).finish(METADATA)


def test_memory_hardly_grows_with_the_run(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        command = [sys.executable, "-c", MEASURE, str(tmp_path / "run.pdf"), str(count)]
        paths = {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=paths)
        return int(json.loads(done.stdout)["peak_kb"])

    few, many = peak(20), peak(140)
    # 5,000 agreements must stay under 200 MB: what the program weighs, and what each adds, measured on 120.
    assert few * 1024 + (many - few) * 1024 / 120 * 4_980 < 200e6
