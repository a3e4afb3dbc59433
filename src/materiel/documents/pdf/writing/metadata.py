"""What a file says of itself: XMP, information dictionary, colour profile.

No clock is read: the date is that of issue.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.sax import saxutils

from materiel.documents.pdf.writing.syntax import stream, text_string

PRODUCER = "materiel"

PROFILE_STREAM = stream(Path(__file__).with_name("srgb.icc").read_bytes(), b"/N 3 ")
"""sRGB, made once by Pillow's ImageCms and frozen: making it stamps the time of day."""

_UA_SCHEMA = (
    '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
    ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>'
    '<rdf:li rdf:parseType="Resource">'
    "<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>"
    "<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>"
    '<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">'
    "<pdfaProperty:category>internal</pdfaProperty:category>"
    "<pdfaProperty:description>PDF/UA version identifier</pdfaProperty:description>"
    "<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>"
    "</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"
)
"""PDF/A-2 admits a foreign schema, here that of PDF/UA, if the file describes it."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Title, author, identifier (the number), date of issue and language of a file."""

    title: str
    author: str
    identifier: str
    issued_on: date
    lang: str


def xmp(metadata: Metadata) -> bytes:
    """The XMP stream, uncompressed as PDF/A asks."""
    instant = f"{metadata.issued_on.isoformat()}T00:00:00Z"
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"'
        ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">'
        "<dc:format>application/pdf</dc:format>"
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">'
        f"{_escape(metadata.title)}</rdf:li></rdf:Alt></dc:title>"
        f"<dc:creator><rdf:Seq><rdf:li>{_escape(metadata.author)}</rdf:li></rdf:Seq></dc:creator>"
        f"<dc:language><rdf:Bag><rdf:li>{_escape(metadata.lang)}</rdf:li></rdf:Bag></dc:language>"
        f"<dc:identifier>{_escape(metadata.identifier)}</dc:identifier>"
        f"<xmp:CreateDate>{instant}</xmp:CreateDate><xmp:ModifyDate>{instant}</xmp:ModifyDate>"
        f"<xmp:MetadataDate>{instant}</xmp:MetadataDate><xmp:CreatorTool>{PRODUCER}</xmp:CreatorTool>"
        f"<pdf:Producer>{PRODUCER}</pdf:Producer>"
        "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>"
        f"<pdfuaid:part>1</pdfuaid:part></rdf:Description>{_UA_SCHEMA}</rdf:RDF></x:xmpmeta>"
        '<?xpacket end="r"?>'
    )
    return stream(packet.encode(), b"/Type /Metadata /Subtype /XML ", compress=False)


def information(metadata: Metadata) -> bytes:
    """The information dictionary, saying the same as the XMP."""
    instant = b"(" + metadata.issued_on.strftime("D:%Y%m%d000000Z").encode("ascii") + b")"
    entries = (
        (b"Title", text_string(metadata.title)),
        (b"Author", text_string(metadata.author)),
        (b"Creator", text_string(PRODUCER)),
        (b"Producer", text_string(PRODUCER)),
        (b"CreationDate", instant),
        (b"ModDate", instant),
    )
    return b"<<" + b" ".join([b"/" + key + b" " + value for key, value in entries]) + b">>"


def output_intent(profile: int) -> bytes:
    """The output intent, whose profile is object `profile`."""
    return (
        b"<</Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /Info (sRGB IEC61966-2.1)"
        b" /DestOutputProfile %d 0 R>>" % profile
    )


def _escape(text: str) -> str:
    """Text for XMP. The stream is not compressed: a name holding `endstream` would end it for lenient readers."""
    return saxutils.escape(text).replace("endstream", "&#101;ndstream").replace("endobj", "&#101;ndobj")
