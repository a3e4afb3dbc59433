"""The agreement by typst, from a template that reads the content as JSON; the compiler is kept between documents.

Its columns fill the page one after the other: it balances none, which spares it time.
"""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path

import typst
from msgspec import to_builtins

from benchmarks.document_peers.arrangement import zones
from benchmarks.document_peers.fonts import FOLDER, qr_svg
from materiel.documents.content import Block, Content

TEMPLATE = r"""
#let d = json(bytes(sys.inputs.d))
#set document(title: d.title, author: d.sender.at(0), date: datetime(year: 2026, month: 9, day: 1))
#set text(font: "Atkinson Hyperlegible", size: 9.5pt, lang: "fr")
#set page(paper: "a4", margin: (x: 15.5mm, top: 12mm, bottom: 35.5mm), footer-descent: 1.5mm, footer: context [
  #let rank = counter(page).get().first()
  #grid(columns: (1fr, auto, 22mm), text(size: 8pt, d.footer),
    text(size: 8.6pt)[#d.number \ Page #rank sur #counter(page).final().first()],
    image(bytes(d.codes.at(calc.min(rank, d.codes.len()) - 1)), width: 22mm, alt: "Code QR"))])
#set par(leading: 4.6pt, spacing: 7pt)
#set list(marker: [•], body-indent: 5pt)
#set table(inset: (x: 4.5pt, y: 2.6pt))
#show heading: set block(above: 9pt, below: 6pt)
#show heading.where(level: 1): set text(size: 14pt)
#show heading.where(level: 2): set text(size: 11.5pt)
#show heading.where(level: 3): set text(size: 9.8pt)
#let runs(text) = text.map(run => if run.bold { strong(run.text) } else { run.text }).join()
#let details(b) = [#strong(b.caption) #for row in b.rows { par[#row.at(0)~: #runs(row.at(1))] }]
#let shown(b) = {
  if b.type == "Heading" { heading(level: b.level, b.text) }
  else if b.type == "Paragraph" { par(runs(b.text)) }
  else if b.type == "BulletList" { list(..b.items.map(runs)) }
  else if b.type == "Table" {
    strong(b.caption)
    table(columns: b.widths.map(w => w * 1fr), stroke: (bottom: .5pt),
      table.header(..b.header.map(strong)), ..b.rows.flatten())
  }
  else if b.type == "Signatures" { block(breakable: false)[
    #b.made_at
    #grid(columns: b.boxes.len() * (1fr,), gutter: 4mm, ..b.boxes.map(x => rect(width: 100%, height: 50mm)[
      #strong(x.party) \ #x.name \ #x.capacity \ #if x.optional [Signature facultative \ ] #x.mention]))
  ] }
}
#for line in d.sender { par(text(size: 9pt, line)) }
= #d.title
#d.subtitle
#for zone in d.zones {
  if zone.kind == "parties" {
    grid(columns: zone.blocks.len() * (1fr,), gutter: 14pt, ..zone.blocks.map(details))
  }
  else if zone.kind == "articles" { columns(2, gutter: 6.5mm, for b in zone.blocks { shown(b) }) }
  else { for b in zone.blocks { shown(b) } }
}
"""


def render(content: Content, *, standards: list[str]) -> bytes:
    """The PDF of a content that has no letter; `standards` such as `["ua-1", "a-2a"]`."""
    value = {
        "title": content.title,
        "subtitle": content.subtitle,
        "number": content.number,
        "sender": content.sender,
        "footer": content.footer,
        "codes": [qr_svg(f"{content.verify_url}/{page}") for page in (1, 2)],
        "zones": [{"kind": kind, "blocks": [_block(block) for block in blocks]} for kind, blocks in zones(content)],
    }
    # It tags its files unless told not to.
    options = {"pdf_standards": standards} if standards else {"pdf_tags": False}
    made: bytes = _compiler().compile(format="pdf", sys_inputs={"d": json.dumps(value)}, **options)
    return made


def _block(block: Block) -> dict[str, object]:
    return {"type": type(block).__name__, **to_builtins(block)}


@cache
def _compiler() -> typst.Compiler:
    folder = Path(tempfile.mkdtemp(prefix="typst-"))
    template = folder / "agreement.typ"
    template.write_text(TEMPLATE)
    empty = json.dumps({})
    return typst.Compiler(str(template), font_paths=[str(FOLDER)], ignore_system_fonts=True, sys_inputs={"d": empty})
