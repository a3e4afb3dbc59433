"""The revision that makes an issued document its signed copy: pages of proof, their record, an empty field to seal.

The issued bytes stay as they are and the revision follows them: whoever cuts the file there has the document as issued.
pyHanko's own way of adding to a file would rewrite its metadata and leave the field untagged, which breaks PDF/A and
PDF/UA: what is added here is added to the tree of structure too, and the metadata say PDF/A-3a for the attached record.

Written for the files of `documents.pdf`, which it is given: one page tree, one `Document` element, one parent tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import BinaryIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, NumberObject, pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from materiel.errors import BadInput

FIELD = "Cachet"
RECORD_FILE = "preuve.json"
_KEPT = frozenset({"/Type", "/PageList", "/Proof", "/Tree", "/Next"})
_BARE_END = b"\nendstream"
_PRINTED_AND_LOCKED = 132
_SIGNED_AND_ONLY_APPENDED = 3


class _Ended(generic.StreamObject):  # type: ignore[misc]
    """A stream with CRLF before `endstream`, for the reason that `documents.pdf.writing.syntax.stream` tells."""

    def write_to_stream(self, stream: BinaryIO, handler: object = None, container_ref: object = None) -> None:
        """Write it as pyHanko does, but for the end of line."""
        written = BytesIO()
        super().write_to_stream(written, handler, container_ref)
        stream.write(written.getvalue().removesuffix(_BARE_END) + b"\r" + _BARE_END)


class UntouchedMetadata(IncrementalPdfFileWriter):  # type: ignore[misc]
    """pyHanko's writer, which leaves the description of the file to us."""

    def _write_objects(self, stream: BinaryIO, object_position_dict: dict[tuple[int, int], object]) -> None:
        """Those that it writes, none of whose streams loses its last octet to the end of line that follows."""
        for place, each in list(self.objects.items()):
            if isinstance(each, generic.StreamObject) and each.encoded_data.endswith(b"\r"):
                self.objects[place] = _Ended(dict_data=each, encoded_data=each.encoded_data)
        super()._write_objects(stream, object_position_dict)

    def _update_meta(self) -> None:
        """Nothing: rewritten by pyHanko, the description would no longer be that of a PDF/A."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the revision adds: pages as a PDF of their own, the record as JSON, and when both were made (UTC)."""

    pages: bytes
    record: bytes
    made_at: datetime
    title: str


def begin_revision(issued: bytes, proof: Proof) -> IncrementalPdfFileWriter:
    """The issued file with the revision to come, whose field waits for its seal.

    Raises:
        BadInput: `seal.not_ours`, the file was not drawn by this program.
    """
    try:
        writer = UntouchedMetadata(BytesIO(issued))
        added = _Addition(writer, PdfFileReader(BytesIO(proof.pages)))
        added.pages()
        added.structure(proof.title)
        added.field(proof.title)
        _attach(writer, proof)
        _describe_as_a3(writer)
    except (KeyError, IndexError, TypeError) as error:
        raise BadInput("seal.not_ours", "Ce PDF n'a pas été fait par ce logiciel : il ne se complète pas.") from error
    return writer


class _Addition:
    """The pages and the structure of one file, hung into another."""

    def __init__(self, writer: IncrementalPdfFileWriter, proof: PdfFileReader) -> None:
        self.writer = writer
        tree = writer.root["/StructTreeRoot"]
        self.tree = tree
        self.first_key = int(tree["/ParentTreeNextKey"])
        self.document_ref = tree.raw_get("/K")
        self.document = self.document_ref.get_object()
        self._import(proof)

    def _import(self, proof: PdfFileReader) -> None:
        """Bring over what is needed, once: fonts and picture, which both files share, stay those of the issued one."""
        root = proof.root
        structure = root["/StructTreeRoot"]
        part = structure.raw_get("/K")
        del part.get_object()["/P"]
        leaves = _leaves(root["/Pages"])
        fonts = _fonts(leaves[0].get_object())
        shared = _fonts(_leaves(self.writer.root["/Pages"])[0].get_object())
        issued_picture = _picture(_leaves(self.writer.root["/Pages"])[0].get_object())
        under_letterhead = issued_picture is not None and _picture(leaves[0].get_object()) is not None
        if under_letterhead:
            # A proof is drawn under the letterhead of its document.
            del leaves[0].get_object()["/Resources"]["/XObject"]
        both = [name for name in fonts if name in shared and _is_fixed(fonts[name])]
        for name in both:
            del fonts[name]
        for leaf in leaves:
            del leaf.get_object()["/Parent"]
        root[pdf_name("/PageList")] = ArrayObject(leaves)
        root[pdf_name("/Proof")] = part
        root[pdf_name("/Tree")] = structure.raw_get("/ParentTree")
        root[pdf_name("/Next")] = structure["/ParentTreeNextKey"]
        for name in [each for each in root if each not in _KEPT]:
            del root[name]
        here = self.writer.import_object(root)
        self.leaves: list[IndirectObject] = list(here.raw_get("/PageList"))
        self.part_ref: IndirectObject = here.raw_get("/Proof")
        self.proof_tree: DictionaryObject = here["/Tree"]
        self.next_key = self.first_key + int(here["/Next"])
        kept = _fonts(self.leaves[0].get_object())
        for name in both:
            kept[name] = shared.raw_get(name)
        if under_letterhead:
            self.leaves[0].get_object()["/Resources"][pdf_name("/XObject")] = issued_picture

    def pages(self) -> None:
        """The pages after the last one."""
        tree_ref = self.writer.root.raw_get("/Pages")
        tree = tree_ref.get_object()
        for leaf in self.leaves:
            page = leaf.get_object()
            page[pdf_name("/Parent")] = tree_ref
            page[pdf_name("/StructParents")] = NumberObject(int(page["/StructParents"]) + self.first_key)
            for link in _followed(page.get("/Annots", ArrayObject())):
                link[pdf_name("/StructParent")] = NumberObject(int(link["/StructParent"]) + self.first_key)
            tree["/Kids"].append(leaf)
        tree[pdf_name("/Count")] = NumberObject(int(tree["/Count"]) + len(self.leaves))
        self.writer.mark_update(tree_ref)

    def structure(self, title: str) -> None:
        """The proof as the last part of the document, and where each of its pages finds its elements."""
        part = self.part_ref.get_object()
        part[pdf_name("/S")] = pdf_name("/Part")
        part[pdf_name("/T")] = pdf_string(title)
        part[pdf_name("/P")] = self.document_ref
        self._hang(self.part_ref)
        tree_ref = self.tree.raw_get("/ParentTree")
        for node in _followed(self.proof_tree["/Kids"]):
            node[pdf_name("/Nums")] = ArrayObject(
                NumberObject(int(each) + self.first_key) if rank % 2 == 0 else each
                for rank, each in enumerate(_raw(node["/Nums"]))
            )
            node[pdf_name("/Limits")] = _object([int(each) + self.first_key for each in node["/Limits"]])
        tree = tree_ref.get_object()
        tree["/Kids"].extend(_raw(self.proof_tree["/Kids"]))
        self.writer.mark_update(tree_ref)

    def _hang(self, element: IndirectObject) -> None:
        kids = self.document.raw_get("/K")
        if isinstance(kids, ArrayObject):
            kids.append(element)
        else:
            self.document[pdf_name("/K")] = ArrayObject([kids, element])
        self.writer.mark_update(self.document_ref)

    def field(self, title: str) -> None:
        """An invisible field for the seal, which a screen reader can name."""
        key = self.next_key
        page_ref = self.leaves[-1]
        widget_ref = self.writer.add_object(
            _dictionary(
                Type="/Annot",
                Subtype="/Widget",
                FT="/Sig",
                T=pdf_string(FIELD),
                TU=pdf_string(f"Cachet électronique de la {title.lower()}"),
                F=_PRINTED_AND_LOCKED,
                Rect=[0, 0, 0, 0],
                P=page_ref,
                StructParent=key,
            )
        )
        page = page_ref.get_object()
        page.setdefault(pdf_name("/Annots"), ArrayObject()).append(widget_ref)
        owned = _dictionary(Type="/OBJR", Pg=page_ref, Obj=widget_ref)
        form_ref = self.writer.add_object(_dictionary(S="/Form", P=self.part_ref, Pg=page_ref, K=owned))
        self.part_ref.get_object()["/K"].append(form_ref)
        node = _dictionary(Limits=[key, key], Nums=[key, form_ref])
        self.tree["/ParentTree"]["/Kids"].append(self.writer.add_object(node))
        self.tree[pdf_name("/ParentTreeNextKey")] = NumberObject(key + 1)
        self.writer.update_container(self.tree)
        form_fields = _dictionary(Fields=[widget_ref], SigFlags=_SIGNED_AND_ONLY_APPENDED)
        self.writer.root[pdf_name("/AcroForm")] = self.writer.add_object(form_fields)
        self.writer.update_root()


def _attach(writer: IncrementalPdfFileWriter, proof: Proof) -> None:
    """The record, as a file that belongs to the document."""
    instant = proof.made_at.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
    described = _dictionary(ModDate=pdf_string(instant), Size=len(proof.record))
    embedded = generic.StreamObject(
        dict_data=_dictionary(Type="/EmbeddedFile", Subtype="/application/json", Params=described),
        stream_data=proof.record,
    )
    embedded.compress()
    stream_ref = writer.add_object(embedded)
    name = pdf_string(RECORD_FILE)
    file_ref = writer.add_object(
        _dictionary(
            Type="/Filespec",
            F=name,
            UF=name,
            Desc=pdf_string("Les preuves de signature, pour être relues par un programme"),
            AFRelationship="/Data",
            EF=_dictionary(F=stream_ref, UF=stream_ref),
        )
    )
    writer.root[pdf_name("/Names")] = _dictionary(EmbeddedFiles=_dictionary(Names=[name, file_ref]))
    writer.root[pdf_name("/AF")] = ArrayObject([file_ref])
    writer.update_root()


def _describe_as_a3(writer: IncrementalPdfFileWriter) -> None:
    """The same description of the file, but for the part of the norm that allows attached files."""
    said = writer.root["/Metadata"].data.replace(b"<pdfaid:part>2<", b"<pdfaid:part>3<")
    stream = generic.StreamObject(dict_data=_dictionary(Type="/Metadata", Subtype="/XML"), stream_data=said)
    writer.root[pdf_name("/Metadata")] = writer.add_object(stream)
    writer.update_root()


def _dictionary(**entries: object) -> DictionaryObject:
    """A dictionary of names (a text that begins with « / »), whole numbers, arrays and objects."""
    return DictionaryObject({pdf_name(f"/{key}"): _object(value) for key, value in entries.items()})


def _object(value: object) -> object:
    if isinstance(value, list):
        return ArrayObject(_object(each) for each in value)
    if type(value) is int:
        return NumberObject(value)
    return pdf_name(value) if type(value) is str else value


def _leaves(tree: DictionaryObject) -> list[IndirectObject]:
    """The pages of a tree, in order."""
    found: list[IndirectObject] = []
    for kid in _raw(tree["/Kids"]):
        below = kid.get_object()
        found += _leaves(below) if below["/Type"] == "/Pages" else [kid]
    return found


def _followed(array: ArrayObject) -> list[DictionaryObject]:
    """The dictionaries that an array holds or refers to."""
    return [array[rank] for rank in range(len(array))]


def _raw(array: ArrayObject) -> list[generic.PdfObject]:
    """The entries of an array as they are, references unfollowed."""
    return [array.raw_get(rank) for rank in range(len(array))]


def _fonts(page: DictionaryObject) -> DictionaryObject:
    return page["/Resources"]["/Font"]


def _picture(page: DictionaryObject) -> DictionaryObject | None:
    """The pictures of a document of ours, which has one or none: a dictionary of references."""
    return page["/Resources"].get("/XObject")


def _is_fixed(font: DictionaryObject) -> bool:
    """Whether a font is one of those that every document of ours embeds whole, under the same name."""
    return str(font["/BaseFont"]).split("+")[0] in ("/MATERA", "/MATERB")
