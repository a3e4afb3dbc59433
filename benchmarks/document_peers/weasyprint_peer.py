"""The agreement as HTML and CSS by WeasyPrint. The code is the same on each page: CSS cannot number an address."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from benchmarks.document_peers.arrangement import zones
from benchmarks.document_peers.fonts import BOLD_FILE, REGULAR_FILE, qr_svg
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

STYLE = f"""
@font-face {{ font-family: Atkinson; font-weight: 400; src: url(file://{REGULAR_FILE}) }}
@font-face {{ font-family: Atkinson; font-weight: 700; src: url(file://{BOLD_FILE}) }}
@page {{ size: A4; margin: 12mm 15.5mm 35.5mm 15.5mm;
  @bottom-left {{ content: "DSDEN d’Ille-et-Vilaine – exemplaire à conserver"; font: 8pt Atkinson }}
  @bottom-center {{ content: string(number) " – Page " counter(page) " sur " counter(pages); font: 8.6pt Atkinson }} }}
body {{ font: 9.5pt/11.2pt Atkinson; margin: 0 }}
h1 {{ font-size: 14pt; line-height: 17pt; margin: 0 0 1pt }}
h2 {{ font-size: 11.5pt; line-height: 14pt; margin: 5pt 0 2pt; break-after: avoid }}
h3 {{ font-size: 9.8pt; line-height: 12pt; margin: 4.5pt 0 1pt; break-after: avoid }}
p {{ margin: 0 0 2.4pt }}
ul {{ margin: 0 0 2.4pt; padding-left: 9pt }}
table {{ border-collapse: collapse; width: 100%; line-height: 11.4pt; margin-bottom: 4pt }}
caption {{ font-weight: bold; text-align: left }}
td, th {{ border-bottom: .5pt solid #888; padding: 2.6pt 4.5pt; text-align: left; vertical-align: top }}
.parties {{ display: flex; gap: 14pt }}
.parties div {{ flex: 1 }}
.articles {{ columns: 2; column-gap: 6.5mm }}
.signatures {{ break-inside: avoid }}
.box {{ float: left; width: 30%; height: 50mm; border: .8pt solid #888; margin: 0 2% 3mm 0 }}
.number {{ string-set: number content(); position: absolute; visibility: hidden }}
.code {{ position: fixed; right: -3.5mm; bottom: -23.5mm; width: 22mm; height: 22mm }}
"""

_FONTS = FontConfiguration()
_SHEET = CSS(string=STYLE, font_config=_FONTS)


def render(content: Content, variant: str | None = None) -> bytes:
    """The PDF of a content that has no letter; `variant` is `pdf/ua-1` or None."""
    code = b64encode(qr_svg(f"{content.verify_url}/1").encode()).decode()
    sender = "".join(f"<p>{escape(line)}</p>" for line in content.sender)
    page = (
        f'<html lang="fr"><head><meta charset="utf-8"><title>{escape(content.title)}</title></head><body>'
        f'<p class="number">{escape(content.number)}</p>'
        f'<img class="code" alt="Code QR" src="data:image/svg+xml;base64,{code}">{sender}'
        f"<h1>{escape(content.title)}</h1><p>{escape(content.subtitle)}</p>"
        + "".join([_zone(kind, blocks) for kind, blocks in zones(content)])
        + "</body></html>"
    )
    options = {"pdf_variant": variant, "pdf_tags": True} if variant else {}
    made: bytes = HTML(string=page).write_pdf(stylesheets=[_SHEET], font_config=_FONTS, **options)
    return made


def _zone(kind: str, blocks: list[Block]) -> str:
    """The blocks that stand together."""
    return f'<div class="{kind}">{"".join([_html(block) for block in blocks])}</div>'


def _html(block: Block) -> str:
    match block:
        case Heading():
            return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case Paragraph():
            return f"<p>{_runs(block.text)}</p>"
        case BulletList():
            return "<ul>" + "".join([f"<li>{_runs(item)}</li>" for item in block.items]) + "</ul>"
        case Details():
            lines = "".join([f"<p>{escape(label)}\u00a0: {_runs(text)}</p>" for label, text in block.rows])
            return f"<div><p><b>{escape(block.caption)}</b></p>{lines}</div>"
        case Table():
            head = "".join([f'<th scope="col">{escape(title)}</th>' for title in block.header])
            rows = [
                f'<tr><th scope="row">{escape(row[0])}</th>'
                + "".join([f"<td>{escape(cell)}</td>" for cell in row[1:]])
                + "</tr>"
                for row in block.rows
            ]
            return (
                f"<table><caption>{escape(block.caption)}</caption><thead><tr>{head}</tr></thead>"
                f"<tbody>{''.join(rows)}</tbody></table>"
            )
        case Signatures():
            boxes = "".join(
                [
                    f'<div class="box"><p><b>{escape(box.party)}</b></p><p>{escape(box.name)}</p>'
                    f"<p>{escape(box.capacity)}</p>{'<p>Signature facultative</p>' if box.optional else ''}"
                    f"<p>{escape(box.mention)}</p></div>"
                    for box in block.boxes
                ]
            )
            return f'<div class="signatures"><p>{escape(block.made_at)}</p>{boxes}</div>'
    raise TypeError(block)


def _runs(text: Text) -> str:
    return "".join([f"<b>{escape(run.text)}</b>" if run.bold else escape(run.text) for run in text])
