"""What a developer writes first with ReportLab: SimpleDocTemplate, Paragraph, Table, `qrcode` images. Not tagged."""

from __future__ import annotations

import io
from html import escape
from typing import Any

import qrcode
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    ListFlowable,
    ListItem,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)
from reportlab.platypus import Paragraph as FlowParagraph
from reportlab.platypus import Table as FlowTable

from benchmarks.document_peers.fonts import BOLD_FILE, REGULAR_FILE
from materiel.documents.content import (
    Block,
    BulletList,
    Content,
    Details,
    Heading,
    Paragraph,
    Signatures,
    Table,
    Text,
)

pdfmetrics.registerFont(TTFont("Atkinson", str(REGULAR_FILE)))
pdfmetrics.registerFont(TTFont("Atkinson-Bold", str(BOLD_FILE)))
pdfmetrics.registerFontFamily("Atkinson", "Atkinson", "Atkinson-Bold", "Atkinson", "Atkinson-Bold")

BODY = ParagraphStyle("body", fontName="Atkinson", fontSize=10.5, leading=14.2, spaceAfter=6)
TITLE = ParagraphStyle("title", parent=BODY, fontName="Atkinson-Bold", fontSize=19, leading=23)
PART = ParagraphStyle("part", parent=BODY, fontName="Atkinson-Bold", fontSize=13.5, leading=17, keepWithNext=1)
ARTICLE = ParagraphStyle("article", parent=BODY, fontName="Atkinson-Bold", fontSize=11, keepWithNext=1)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=9.2, leading=11.8, spaceAfter=0)
RULES = TableStyle([("LINEBELOW", (0, 0), (-1, -1), 0.5, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")])


def render(content: Content) -> bytes:
    """The PDF of a content that has no letter."""
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=22 * mm, rightMargin=20 * mm, topMargin=24 * mm, bottomMargin=40 * mm
    )

    def foot(canvas: Any, _: object) -> None:
        page = canvas.getPageNumber()
        image = qrcode.make(f"{content.verify_url}/{page}")
        canvas.drawImage(ImageReader(image.get_image()), A4[0] - 34 * mm, 12 * mm, 22 * mm, 22 * mm)
        canvas.setFont("Atkinson", 8.6)
        canvas.drawString(22 * mm, 28 * mm, content.footer)
        canvas.drawRightString(A4[0] - 36 * mm, 28 * mm, f"{content.number} – Page {page}")

    story: list[Flowable] = [FlowParagraph(escape(line), CELL) for line in content.sender]
    story += [FlowParagraph(escape(content.title), TITLE), FlowParagraph(escape(content.subtitle), BODY)]
    for block in content.blocks:
        story += _flowables(block)
    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _flowables(block: Block) -> list[Flowable]:
    match block:
        case Heading():
            return [FlowParagraph(escape(block.text), PART if block.level == 2 else ARTICLE)]
        case Paragraph():
            return [FlowParagraph(_markup(block.text), BODY)]
        case BulletList():
            items = [ListItem(FlowParagraph(_markup(item), BODY)) for item in block.items]
            return [ListFlowable(items, bulletType="bullet", leftIndent=14)]
        case Details():
            rows = [[FlowParagraph(escape(label), CELL), FlowParagraph(_markup(v), CELL)] for label, v in block.rows]
            table = FlowTable(rows, colWidths=[57 * mm, 111 * mm], style=RULES)
            return [FlowParagraph(f"<b>{escape(block.caption)}</b>", CELL), table]
        case Table():
            total = sum(block.widths)
            data = [[FlowParagraph(f"<b>{escape(title)}</b>", CELL) for title in block.header]]
            data += [[FlowParagraph(escape(cell), CELL) for cell in row] for row in block.rows]
            widths = [168 * mm * width / total for width in block.widths]
            table = FlowTable(data, colWidths=widths, repeatRows=1, style=RULES)
            return [FlowParagraph(f"<b>{escape(block.caption)}</b>", CELL), table]
        case Signatures():
            return [KeepTogether(_signatures(block))]
    raise TypeError(block)


def _signatures(block: Signatures) -> list[Flowable]:
    flowables: list[Flowable] = [FlowParagraph(escape(block.made_at), BODY)]
    cells = [
        FlowParagraph(f"<b>{escape(box.party)}</b><br/>{escape(box.name)}<br/>{escape(box.capacity)}", CELL)
        for box in block.boxes
    ]
    cells += [FlowParagraph("", CELL)] * (len(cells) % 2)
    grid = [("GRID", (0, 0), (-1, -1), 0.7, colors.black), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    for start in range(0, len(cells), 2):
        row = FlowTable([cells[start : start + 2]], colWidths=[84 * mm] * 2, rowHeights=[54 * mm], style=grid)
        flowables += [row, Spacer(1, 6 * mm)]
    return flowables


def _markup(text: Text) -> str:
    return "".join([f"<b>{escape(run.text)}</b>" if run.bold else escape(run.text) for run in text])
