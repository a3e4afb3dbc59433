"""What a developer writes first with ReportLab: SimpleDocTemplate, Paragraph, Table, BalancedColumns, `qrcode` images.

Not tagged; pages are numbered without their count, which would take a second pass.
"""

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
    BalancedColumns,
    Flowable,
    KeepTogether,
    ListFlowable,
    ListItem,
    SimpleDocTemplate,
    TableStyle,
)
from reportlab.platypus import Paragraph as FlowParagraph
from reportlab.platypus import Table as FlowTable

from benchmarks.document_peers.arrangement import zones
from benchmarks.document_peers.fonts import BOLD_FILE, REGULAR_FILE
from materiel.documents.content import (
    Block,
    BulletList,
    Content,
    Details,
    Heading,
    Paragraph,
    SignatureBox,
    Signatures,
    Table,
    Text,
)

pdfmetrics.registerFont(TTFont("Atkinson", str(REGULAR_FILE)))
pdfmetrics.registerFont(TTFont("Atkinson-Bold", str(BOLD_FILE)))
pdfmetrics.registerFontFamily("Atkinson", "Atkinson", "Atkinson-Bold", "Atkinson", "Atkinson-Bold")

BODY = ParagraphStyle("body", fontName="Atkinson", fontSize=9.5, leading=11.2, spaceAfter=2.4)
TITLE = ParagraphStyle("title", parent=BODY, fontName="Atkinson-Bold", fontSize=14, leading=17)
PART = ParagraphStyle(
    "part", parent=BODY, fontName="Atkinson-Bold", fontSize=11.5, leading=14, spaceBefore=5, keepWithNext=1
)
ARTICLE = ParagraphStyle(
    "article", parent=BODY, fontName="Atkinson-Bold", fontSize=9.8, leading=12, spaceBefore=4.5, keepWithNext=1
)
CELL = ParagraphStyle("cell", parent=BODY, leading=11.4, spaceAfter=0)
RULES = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, colors.grey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2.6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
    ]
)
TOP = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
WIDTH = 179 * mm


def render(content: Content, *, in_columns: bool) -> bytes:
    """The PDF of a content that has no letter; articles in two columns, or across the page, which takes less time."""
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=14 * mm, rightMargin=14 * mm, topMargin=12 * mm, bottomMargin=33 * mm
    )

    def foot(canvas: Any, _: object) -> None:
        page = canvas.getPageNumber()
        image = qrcode.make(f"{content.verify_url}/{page}")
        canvas.drawImage(ImageReader(image.get_image()), A4[0] - 34 * mm, 12 * mm, 22 * mm, 22 * mm)
        canvas.setFont("Atkinson", 8.6)
        canvas.drawString(15.5 * mm, 20 * mm, content.footer)
        canvas.drawRightString(A4[0] - 36 * mm, 20 * mm, f"{content.number} – Page {page}")

    story: list[Flowable] = [FlowParagraph(escape(line), CELL) for line in content.sender]
    story += [FlowParagraph(escape(content.title), TITLE), FlowParagraph(escape(content.subtitle), BODY)]
    for kind, blocks in zones(content):
        if kind == "parties":
            story.append(_side_by_side(blocks))
        elif kind == "articles" and in_columns:
            flowables = [each for block in blocks for each in _flowables(block)]
            story.append(BalancedColumns(flowables, nCols=2, innerPadding=6.5 * mm))
        else:
            story += [each for block in blocks for each in _flowables(block)]
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
            lines = [FlowParagraph(f"{escape(label)} : {_markup(value)}", CELL) for label, value in block.rows]
            return [FlowParagraph(f"<b>{escape(block.caption)}</b>", CELL), *lines]
        case Table():
            total = sum(block.widths)
            data = [[FlowParagraph(f"<b>{escape(title)}</b>", CELL) for title in block.header]]
            data += [[FlowParagraph(escape(cell), CELL) for cell in row] for row in block.rows]
            widths = [WIDTH * width / total for width in block.widths]
            table = FlowTable(data, colWidths=widths, repeatRows=1, style=RULES)
            return [FlowParagraph(f"<b>{escape(block.caption)}</b>", CELL), table]
        case Signatures():
            return [KeepTogether(_signatures(block))]
    raise TypeError(block)


def _side_by_side(blocks: list[Block]) -> Flowable:
    stacks = [_flowables(block) for block in blocks]
    return FlowTable([stacks], colWidths=[WIDTH / len(stacks)] * len(stacks), style=TOP)


def _signatures(block: Signatures) -> list[Flowable]:
    flowables: list[Flowable] = [FlowParagraph(escape(block.made_at), BODY)]
    cells = [
        FlowParagraph("<br/>".join([f"<b>{escape(box.party)}</b>", *map(escape, _words(box))]), CELL)
        for box in block.boxes
    ]
    grid = [("GRID", (0, 0), (-1, -1), 0.7, colors.black), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    widths = [WIDTH / len(cells)] * len(cells)
    return [*flowables, FlowTable([cells], colWidths=widths, rowHeights=[50 * mm], style=grid)]


def _words(box: SignatureBox) -> list[str]:
    optional = ["Signature facultative"] if box.optional else []
    return [box.name, box.capacity, *optional, box.mention]


def _markup(text: Text) -> str:
    return "".join([f"<b>{escape(run.text)}</b>" if run.bold else escape(run.text) for run in text])
