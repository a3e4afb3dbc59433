"""Ten thousand labels on A4 sheets of 65, by this engine and by what a developer writes first.

The naive sheet asks `qrcode` for an image of each code and gives it to ReportLab's `drawImage`, with the same three
lines of text in the same embedded face. It is measured on two sheets and its time for ten thousand labels is
extrapolated, which flatters it: its file grows by five kilobytes a label. The floor is 100 times its rate.
"""

from __future__ import annotations

import io
import json
import sys
import time

import qrcode
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from benchmarks.harness import Row, own_process, peak_megabytes, rates
from materiel.documents.fonts import __file__ as fonts_module
from materiel.documents.labels.formats import PT_PER_MM, LabelFormat, load_formats
from materiel.documents.labels.labels import Label, labels_pdf
from materiel.domain.item.label import label_address
from materiel.settings import resource_dir

RUN = 10_000
NAIVE_RUN = 130
FORMAT = "a4_5x13"

OURS = "materiel"
NAIVE = "qrcode + drawImage, naive"
FIXED_MASK = "qrcode + drawImage, one mask"


def measure() -> list[Row]:
    """Rates, the time of ten thousand labels, size and memory; under a minute."""
    label_format = load_formats(resource_dir("templates") / "labels")[FORMAT]
    pdfmetrics.registerFont(TTFont("naive", fonts_module.replace("__init__.py", "AtkinsonHyperlegible-Regular.ttf")))
    runs = {OURS: RUN, NAIVE: NAIVE_RUN, FIXED_MASK: NAIVE_RUN}
    calls = rates(
        {
            OURS: lambda serial: labels_pdf(some_labels(RUN, serial), label_format),
            NAIVE: lambda serial: naive_pdf(some_labels(NAIVE_RUN, serial), label_format, mask=None),
            FIXED_MASK: lambda serial: naive_pdf(some_labels(NAIVE_RUN, serial), label_format, mask=3),
        }
    )
    speeds = {name: rate * runs[name] for name, rate in calls.items()}
    rows = [Row(what=name, value=round(speed, 1), unit="labels/s") for name, speed in speeds.items()]
    for name in (NAIVE, FIXED_MASK):
        rows.append(
            Row(
                what=f"{OURS} / {name}",
                value=round(speeds[OURS], 1),
                unit="labels/s",
                against=name,
                ratio=round(speeds[OURS] / speeds[name], 1),
            )
        )
    rows.append(Row(what=f"{RUN:,} labels, {OURS}", value=round(RUN / speeds[OURS], 2), unit="s"))
    rows.append(Row(what=f"{RUN:,} labels, {NAIVE}, from {NAIVE_RUN}", value=round(RUN / speeds[NAIVE], 1), unit="s"))
    rows.append(
        Row(what=f"size, {OURS}", value=round(len(labels_pdf(some_labels(RUN, 0), label_format)) / RUN), unit="B/label")
    )
    size = len(naive_pdf(some_labels(NAIVE_RUN, 0), label_format, mask=None))
    rows.append(Row(what=f"size, {NAIVE}", value=round(size / NAIVE_RUN), unit="B/label"))
    for count in (RUN, 10 * RUN):
        alone = own_process("benchmarks.labels", str(count))
        rows.append(Row(what=f"{count:,} labels, alone, from start", value=round(alone["seconds"], 2), unit="s"))
        rows.append(Row(what=f"{count:,} labels, peak memory", value=round(alone["peak"], 1), unit="MB"))
    return rows


def some_labels(count: int, serial: int) -> list[Label]:
    """Labels of as many items; another serial gives other codes and numbers."""
    first = serial * count
    return [
        Label(
            address=label_address("https://materiel.ac-exemple.fr", f"{rank * 2654435761 % 10**13:013}"),
            inventory_number=f"35-2026-{rank:07}",
            service_name="DSDEN d'Ille-et-Vilaine",
            phone="02 99 25 10 20",
        )
        for rank in range(first, first + count)
    ]


def naive_pdf(labels: list[Label], label_format: LabelFormat, *, mask: int | None) -> bytes:
    """The sheet that a developer writes first: an image file for each code, the general text calls."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(label_format.page_width_mm * PT_PER_MM, label_format.page_height_mm * PT_PER_MM))
    side = label_format.code_mm * PT_PER_MM
    for rank, label in enumerate(labels):
        if rank and rank % label_format.cells == 0:
            canvas.showPage()
        left_mm, top_mm = label_format.cell(rank % label_format.cells + 1)
        x = left_mm * PT_PER_MM
        y = (label_format.page_height_mm - top_mm - label_format.label_height_mm) * PT_PER_MM
        code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=4, mask_pattern=mask)
        code.add_data(label.address)
        code.make(fit=True)
        canvas.drawImage(ImageReader(code.make_image().get_image()), x, y, side, side)
        for line, text in enumerate((label.inventory_number, label.service_name, label.phone)):
            canvas.setFont("naive", 7 if line else 9)
            canvas.drawString(x + side, y + side * (0.7 - 0.2 * line), text)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def alone(count: int) -> dict[str, float]:
    """One print run in a process that does nothing else, its tables built and its fonts read within."""
    start = time.process_time()
    labels_pdf(some_labels(count, 1), load_formats(resource_dir("templates") / "labels")[FORMAT])
    return {"seconds": time.process_time() - start, "peak": peak_megabytes()}


if __name__ == "__main__":
    print(json.dumps(alone(int(sys.argv[1]))))
