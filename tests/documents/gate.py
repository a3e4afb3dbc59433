"""The gate every PDF passes: page-validation (UA-1 and A-2a) and our own structural check.

`page-validation` agrees with the veraPDF corpus but stops reading a page at an inline image; the structural check
reads every operator, refuses inline images, and so covers that blind spot.
"""

from __future__ import annotations

from io import BytesIO

import page
import pikepdf

SHOWING = {"Tj", "TJ", "'", '"'}
PAINTING = {"S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do"}


def faults(data: bytes) -> list[str]:
    """Everything the gate finds wrong with a PDF; empty when it passes."""
    limits = page.SafetyLimits.unlimited()
    found = []
    for profile in ("ua1", "2a"):
        report = page.validate_pdf_bytes(data, profile=profile, limits=limits)
        found += [f"{profile} {failure.rule_id}: {failure.message}" for failure in report.failures]
        if not report.is_compliant and not report.failures:
            found.append(f"{profile}: not compliant")
    return found + structural_faults(data)


def structural_faults(data: bytes) -> list[str]:
    """Untagged marks, broken ties between content and structure, fonts not embedded, figures without text."""
    with pikepdf.open(BytesIO(data)) as pdf:
        root = pdf.Root
        found = []
        if not root.get("/MarkInfo", {}).get("/Marked", False):
            found.append("not marked")
        if "/Lang" not in root:
            found.append("no language")
        if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False):
            found.append("title not displayed")
        parents = _number_tree(root.StructTreeRoot.ParentTree)
        for rank, sheet in enumerate(pdf.pages, 1):
            found += [f"page {rank}: {fault}" for fault in _page_faults(sheet, parents)]
        kids = root.StructTreeRoot.K
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            found += _element_faults(kid)
        return found + _heading_faults(root.StructTreeRoot)


def reading_text(data: bytes) -> list[str]:
    """Text of each structure element that owns content, in the order of the structure tree."""
    with pikepdf.open(BytesIO(data)) as pdf:
        shown = {(sheet.objgen, mcid): text for sheet in pdf.pages for mcid, text in _marked_text(sheet).items()}
        found: list[str] = []

        def walk(element: pikepdf.Object, sheet: pikepdf.Object | None) -> None:
            own = element.get("/Pg", sheet)
            text = ""
            for kid in _kids(element):
                if isinstance(kid, int):
                    text += shown[own.objgen, kid]
                elif kid.get("/Type") == "/MCR":
                    text += shown[kid.Pg.objgen, int(kid.MCID)]
                elif "/S" in kid:
                    if text:
                        found.append(text)
                        text = ""
                    walk(kid, own)
            if text:
                found.append(text)

        walk(pdf.Root.StructTreeRoot.K, None)
        return found


def _kids(element: pikepdf.Object) -> list[pikepdf.Object | int]:
    kids = element.get("/K")
    if kids is None:
        return []
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _number_tree(node: pikepdf.Object) -> dict[int, pikepdf.Object]:
    entries = node.get("/Nums", [])
    found = {int(entries[i]): entries[i + 1] for i in range(0, len(entries), 2)}
    for kid in node.get("/Kids", []):
        found |= _number_tree(kid)
    return found


def _page_faults(sheet: pikepdf.Page, parents: dict[int, pikepdf.Object]) -> list[str]:
    found = []
    if sheet.get("/Tabs") != "/S":
        found.append("tabs do not follow the structure")
    for font in sheet.Resources.get("/Font", {}).values():
        descriptor = font.get("/FontDescriptor", {})
        if not any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")):
            found.append(f"font {font.get('/BaseFont')} not embedded")
        if "/ToUnicode" not in font:
            found.append(f"font {font.get('/BaseFont')} without ToUnicode")
    used: list[int] = []
    marks: list[tuple[str, int | None]] = []
    for operands, operator in pikepdf.parse_content_stream(sheet):
        name = str(operator)
        if name in ("BDC", "BMC"):
            properties = operands[1] if name == "BDC" else {}
            mcid = properties.get("/MCID") if isinstance(properties, pikepdf.Dictionary) else None
            marks.append((str(operands[0]), None if mcid is None else int(mcid)))
            used += [] if mcid is None else [int(mcid)]
        elif name == "EMC":
            marks.pop()
        elif name == "INLINE IMAGE":
            found.append("inline image")
        elif name in SHOWING | PAINTING and not any(tag == "/Artifact" or mcid is not None for tag, mcid in marks):
            found.append(f"{name} outside of a tag or an artifact")
    if marks:
        found.append("marked content left open")
    owners = parents.get(int(sheet.get("/StructParents", -1)))
    if owners is None or sorted(used) != list(range(len(owners))):
        found.append("marked content does not match the parent tree")
    for annotation in sheet.get("/Annots", []):
        owner = parents.get(int(annotation.get("/StructParent", -1)))
        if owner is None or owner.S != "/Link":
            found.append("link without its element")
        if not str(annotation.get("/Contents", "")):
            found.append("link without description")
    return found


def _element_faults(element: pikepdf.Object) -> list[str]:
    found = []
    if element.S == "/Figure" and not str(element.get("/Alt", "")).strip():
        found.append("figure without alternative text")
    if element.S == "/TH" and "/Scope" not in element.get("/A", {}):
        found.append("header cell without scope")
    for kid in _kids(element):
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            if kid.P.objgen != element.objgen:
                found.append("element with another parent")
            found += _element_faults(kid)
    return found


def _heading_faults(tree: pikepdf.Object) -> list[str]:
    found: list[str] = []
    level = 0

    def walk(element: pikepdf.Object) -> None:
        nonlocal level
        kind = str(element.get("/S", ""))
        if kind[:2] == "/H" and kind[2:].isdigit():
            if int(kind[2:]) > level + 1:
                found.append(f"heading level {kind[2:]} after {level}")
            level = int(kind[2:])
        for kid in _kids(element):
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                walk(kid)

    walk(tree.K)
    return found


def _marked_text(sheet: pikepdf.Page) -> dict[int, str]:
    """Text shown by each marked-content id of a page, through the ToUnicode maps of its fonts."""
    maps = {name: _to_unicode(font) for name, font in sheet.Resources.get("/Font", {}).items()}
    found: dict[int, str] = {}
    current: int | None = None
    codes: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(sheet):
        name = str(operator)
        if name == "BDC":
            mcid = operands[1].get("/MCID")
            current = None if mcid is None else int(mcid)
            if current is not None:
                found[current] = ""
        elif name == "EMC":
            current = None
        elif name == "Tf":
            codes = maps[str(operands[0])]
        elif name == "Tj" and current is not None:
            found[current] += "".join([codes[code] for code in bytes(operands[0])])
    return found


def _to_unicode(font: pikepdf.Object) -> dict[int, str]:
    found = {}
    for line in font.ToUnicode.read_bytes().decode("ascii").splitlines():
        parts = line.split()
        if len(parts) == 2 and parts[0].startswith("<") and parts[1].startswith("<"):
            found[int(parts[0][1:-1], 16)] = bytes.fromhex(parts[1][1:-1]).decode("utf-16-be")
    return found
