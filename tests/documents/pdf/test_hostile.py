"""Hostile text in every field: it is printed as typed or refused, and never read, fetched or executed."""

from __future__ import annotations

import builtins
import socket
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from tests.documents.gate import faults, reading_text
from tests.documents.sample_contents import LETTER, content, notice, plain

from materiel.documents.content import (
    BulletList,
    Content,
    Details,
    Heading,
    Paragraph,
    SignatureBox,
    Signatures,
    Table,
)
from materiel.documents.pdf import render_pdf
from materiel.errors import RuleBroken

PRINTED = {
    "image over the network": '<img src="http://127.0.0.1:9/x.png"/>',
    "image from a file": '<img src="/etc/passwd"/>',
    "tags": "<b>x</b> & </para> <font size=99>",
    "unclosed tag": "Jean <b Dupont",
    "script link": '<a href="javascript:app.alert(1)">clic</a>',
    "evaluated colour": "<font color=\"[[[__import__('os').system('true')]]]\">x</font>",
    "bold marker": "**gras**",
    "ten thousand letters without a blank": "A" * 10_000,
    "many words": "mot " * 1_500,
    "controls": "a\x00b\x1b[31m\x7f",
    "direction override": "Dupont\u202e)gpj.exe",
    "cyrillic": "Ольга",
    "vietnamese": "Nguyễn Thị Hường",
    "turkish and polish": "İĞŞ Łódź Čapek",
    "combining accents": "E\u0301lodie Ame\u0301lie",
    "stacked marks": "Z" + "\u0335\u0321" * 40,
    "pdf syntax": ") Tj ET Q (\\) <</S /JavaScript>> endstream endobj",
    "line breaks": "a\r\nb\tc\u2028d",
    "lone surrogate": "x\ud800y",
    "narrow spaces": "1\u202f250,00\u202f€ « oui »",
    "empty": "",
    "format placeholders": "{dpo} {0.__class__} %s %(x)s ${x}",
    "xml entities": "&lol; &#0; ]]> <!DOCTYPE x>",
}
REFUSED = {"arabic": "محمد علي", "hebrew": "שלום", "emoji": "Zoë 😀👩‍👧", "chinese": "山田太郎"}


def _everywhere(text: str) -> Content:
    """The text in every field that a person may fill."""
    made = content(
        Heading(level=2, text=text),
        Paragraph(text=plain(text)),
        Paragraph(text=plain(text, bold=True), role="note"),
        BulletList(items=(plain(text),)),
        Details(caption=text[:500], rows=((text[:500], plain(text[:500])),)),
        Table(caption="", header=(text[:50], "État"), rows=((text[:500], text[:500]),), widths=(1, 3)),
        Signatures(
            made_at=text,
            boxes=(SignatureBox(party=text[:200], name=text[:200], capacity="Mère", mention=text[:200]),),
        ),
    )
    return replace(made, title=text[:400], subtitle=text[:400], number=text[:100], sender=(text[:200],), footer=text)


@pytest.fixture
def _no_network_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **_: object) -> None:
        raise AssertionError(f"reached outside: {arguments}")

    render_pdf(content())  # What is read once a process (tables of codes) is read before.
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(builtins, "open", refuse)


@pytest.mark.usefixtures("_no_network_no_file")
@pytest.mark.parametrize("text", PRINTED.values(), ids=PRINTED.keys())
def test_hostile_text_is_printed_and_does_nothing(text: str) -> None:
    data = render_pdf(_everywhere(text)).data
    assert faults(data) == []
    with pikepdf.open(BytesIO(data)) as pdf:
        assert "/OpenAction" not in pdf.Root
        assert "/AA" not in pdf.Root
        found = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary | pikepdf.Stream)]
        assert not [item for item in found if item.get("/S") in ("/JavaScript", "/Launch", "/SubmitForm")]
        assert not [item for item in found if item.get("/Subtype") == "/Image"]


@pytest.mark.usefixtures("_no_network_no_file")
@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_what_the_fonts_lack_is_refused(text: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        render_pdf(_everywhere(text))
    assert refusal.value.code in ("text.right_to_left", "text.not_drawable")


def test_markup_is_printed_as_typed() -> None:
    typed = '<img src="http://x/y.png"/> & <b>Dupont</b> {0} %s'
    assert typed in reading_text(render_pdf(content(Paragraph(text=plain(typed)))).data)


def test_a_hostile_address_of_a_letter_is_refused_or_printed() -> None:
    letter = replace(LETTER, recipient=("<b>Maire</b>", ") Tj ET", "35000 RENNES"))
    texts = reading_text(render_pdf(notice(letter=letter)).data)
    assert "<b>Maire</b>" in texts
    assert ") Tj ET" in texts
