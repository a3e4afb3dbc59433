"""A print run: one file, one structure tree, bounded memory."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from tests.documents.gate import faults, reading_text
from tests.documents.sample_contents import agreement, content, notice, plain

from materiel.documents.content import Paragraph
from materiel.documents.pdf import merge, render_pdf

ROOT = Path(__file__).parents[3]
MEASURE = """
import json, sys
from pathlib import Path
from materiel.documents.pdf import merge
from tests.documents.sample_contents import agreement
with open(sys.argv[1], "wb") as out:
    pages = merge((agreement(rank) for rank in range(int(sys.argv[2]))), out)
status = Path("/proc/self/status").read_text()
peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
print(json.dumps({"pages": pages, "peak_kb": peak}))
"""


def test_sixty_documents_make_one_accessible_archivable_file() -> None:
    contents = [agreement(rank) for rank in range(1, 50)] + [notice()] * 10
    contents.append(content(Paragraph(text=plain("Ольга Nguyễn"))))
    out = BytesIO()
    pages = merge(iter(contents), out)
    assert pages == 49 * render_pdf(agreement(1)).pages + 11
    assert faults(out.getvalue()) == []
    with pikepdf.open(BytesIO(out.getvalue())) as pdf:
        parts = pdf.Root.StructTreeRoot.K.K
        assert [str(part.S) for part in parts] == ["/Part"] * 60
        assert len(pdf.pages) == pages
        with pdf.open_outline() as outline:
            assert len(outline.root) == 50


def test_each_document_keeps_its_pages_numbers_and_codes() -> None:
    out = BytesIO()
    merge([agreement(1), notice(), agreement(2)], out)
    document = pypdfium2.PdfDocument(out.getvalue())
    pages = render_pdf(agreement(1)).pages
    assert pages > 1
    wanted = [f"{agreement(1).verify_url}/{n}" for n in range(1, pages + 1)]
    wanted += [f"{notice().verify_url}/1"] + [f"{agreement(2).verify_url}/{n}" for n in range(1, pages + 1)]
    found = []
    for sheet in document:
        (code,) = zxingcpp.read_barcodes(sheet.render(scale=2).to_pil().convert("L"))
        found.append(code.text)
    assert found == wanted
    assert "Page 1 sur 1" in " ".join(document[pages].get_textpage().get_text_range().split())


def test_a_merged_document_reads_as_it_does_alone() -> None:
    out = BytesIO()
    merge([notice(), agreement(3)], out)
    alone = reading_text(render_pdf(notice()).data) + reading_text(render_pdf(agreement(3)).data)
    assert reading_text(out.getvalue()) == alone


def test_the_same_run_makes_the_same_bytes() -> None:
    first, second = BytesIO(), BytesIO()
    merge([agreement(1), notice()], first)
    merge([agreement(1), notice()], second)
    assert first.getvalue() == second.getvalue()


def test_an_empty_run_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to merge"):
        merge([], BytesIO())


def test_memory_hardly_grows_with_the_run(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        command = [sys.executable, "-c", MEASURE, str(tmp_path / "run.pdf"), str(count)]
        paths = {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=paths)
        answer = json.loads(done.stdout)
        assert answer["pages"] == render_pdf(agreement(1)).pages * count
        return int(answer["peak_kb"])

    few, many = peak(20), peak(140)
    # 5,000 agreements must stay under 200 MB: what the program weighs, and what each adds, measured on 120.
    assert few * 1024 + (many - few) * 1024 / 120 * 4_980 < 200e6
