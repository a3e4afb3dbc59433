"""The fast QR coder against the `qrcode` package, its reference, and against an independent reader."""

from __future__ import annotations

import hashlib

import pypdfium2
import pytest
import qrcode
import zxingcpp
from qrcode import util
from reportlab.pdfgen.canvas import Canvas

from materiel.documents.labels import qr

LEVELS = {"L": 1, "M": 0, "Q": 3, "H": 2}


def codes(count, alphabet, lengths):
    """Texts that look random and never change: digests of their rank, spelled in an alphabet."""
    for rank in range(count):
        digest = hashlib.sha512(f"{alphabet}{rank}".encode()).digest() * 3
        length = lengths[rank % len(lengths)]
        yield "".join(alphabet[byte % len(alphabet)] for byte in digest[:length])


def reference(text, ecc):
    mode = util.MODE_ALPHA_NUM if qr.is_alphanumeric(text) else util.MODE_8BIT_BYTE
    code = qrcode.QRCode(error_correction=LEVELS[ecc], border=0, mask_pattern=qr.MASK)
    code.add_data(util.QRData(text.encode(), mode=mode))
    code.make(fit=True)
    return tuple(tuple(bool(module) for module in row) for row in code.modules)


def drawn(operators, dpi=300):
    canvas = Canvas(None, pagesize=(100, 100), invariant=1)
    canvas._code.append(operators)
    canvas.showPage()
    document = pypdfium2.PdfDocument(canvas.getpdfdata())
    image = document[0].render(scale=dpi / 72, grayscale=True).to_pil()
    document.close()
    return image


@pytest.mark.parametrize("ecc", "LMQH")
def test_label_codes_are_bit_identical_to_qrcode(ecc):
    for text in codes(100, qr.ALPHANUMERIC, lengths=range(1, 48)):
        assert qr.matrix(text, ecc) == reference(text, ecc), text


@pytest.mark.parametrize("ecc", "LMQH")
def test_document_codes_are_bit_identical_to_qrcode(ecc):
    for text in codes(75, "abcdefghijklmnopqrstuvwxyz0123456789/.:é", lengths=range(1, 61, 2)):
        assert qr.matrix("https://" + text, ecc) == reference("https://" + text, ecc), text


def test_a_full_code_has_no_room_for_a_terminator():
    for length in (16, 29, 47, 67):
        text = "A" * length
        assert qr.matrix(text, "Q") == reference(text, "Q")


@pytest.mark.parametrize(("length", "version"), [(29, 2), (30, 3), (47, 3), (48, 4)])
def test_the_smallest_version_is_taken(length, version):
    assert qr.coder_for("A" * length, "Q").version == version


def test_a_text_too_long_for_a_label_is_refused():
    with pytest.raises(ValueError, match="above version 10-Q"):
        qr.coder_for("a" * 500, "Q")


def test_a_coder_refuses_a_text_too_long_for_its_version():
    with pytest.raises(ValueError, match="do not fit version 2-Q"):
        qr.coder_for("A" * 29, "Q").bits("A" * 30)


@pytest.mark.parametrize("operators", [qr.Coder.path_operators, qr.Coder.image_mask_operators])
@pytest.mark.parametrize("text", ["HTTPS://PRET.EXEMPLE.FR/Q/0123456789ABC", "https://prêt.exemple.fr/v/ab/1"])
def test_a_drawn_code_reads_back(operators, text):
    image = drawn(operators(qr.coder_for(text, "Q"), text, 10, 10, 80))
    assert [found.text for found in zxingcpp.read_barcodes(image)] == [text]


@pytest.mark.parametrize("operators", [qr.Coder.path_operators, qr.Coder.image_mask_operators])
def test_a_code_stays_in_its_square_with_its_quiet_zone(operators):
    text = "HTTPS://PRET.EXEMPLE.FR/Q/0123456789ABC"
    module = 80 / (qr.coder_for(text).modules + 2 * qr.QUIET_ZONE)
    dpi = 720
    left, top, right, bottom = (
        drawn(operators(qr.coder_for(text), text, 10, 10, 80), dpi).point(lambda grey: 255 - grey).getbbox()
    )
    quiet = qr.QUIET_ZONE * module
    expected = [10 + quiet, 10 + quiet, 90 - quiet, 90 - quiet]
    assert [edge * 72 / dpi for edge in (left, top, right, bottom)] == pytest.approx(expected, abs=0.15)


def test_one_code_costs_no_table_and_is_the_same_as_among_many():
    coder = qr.Coder(3, "Q")
    alone = coder.matrix("HTTPS://EXEMPLE.FR/Q/ABCDEFGHJKMNP")
    assert "_linear" not in vars(coder)
    coder.bits("HTTPS://EXEMPLE.FR/Q/0123456789ABC")
    assert "_linear" in vars(coder)
    among_many = coder.bits("HTTPS://EXEMPLE.FR/Q/ABCDEFGHJKMNP")
    drawn = "".join("".join("01"[module] for module in row).ljust(coder.row_bits, "0") for row in alone)
    assert int(drawn, 2) == among_many
