"""What cannot be sealed says why, whatever the reason."""

from __future__ import annotations

import zlib
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import page
import pikepdf
import pypdfium2 as pdfium
import pytest
from tests.documents.letterheads import WORDS, a_letterhead
from tests.stage.refusals import refused
from tests.stage.seal_cast import PASSWORD, Authority

from materiel.documents.content import Content, Paragraph, Run
from materiel.documents.pdf.render import render_pdf
from materiel.domain.papers.letterhead import Letterhead
from materiel.errors import BadInput, Unavailable
from materiel.seal import sealing
from materiel.seal.certificate import load_certificate
from materiel.seal.checking import fault_of_seal
from materiel.seal.revision import Proof
from materiel.seal.sealing import seal

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)


def a_pdf(title: str, letterhead: Letterhead | None = None) -> bytes:
    content = Content(
        kind="essai",
        number="1",
        title=title,
        subtitle="",
        issued_on=date(2026, 9, 7),
        wording=date(2026, 9, 1),
        sender=("DSDEN",),
        verify_url="https://pret.example.fr/v/ABCDEFGH23",
        blocks=(Paragraph(text=(Run("Un texte, et un signe rare : ∆."),)),),
    )
    return render_pdf(content, letterhead).data


def a_proof(letterhead: Letterhead | None = None) -> Proof:
    return Proof(pages=a_pdf("Page de preuve", letterhead), record=b"{}", made_at=NOW, title="Page de preuve")


def test_a_copy_under_a_letterhead_holds_its_picture_once(tmp_path: Path) -> None:
    certificate = load_certificate(Authority(NOW).seal_file(tmp_path), PASSWORD, NOW)
    issued = a_pdf("Convention", a_letterhead())
    copy = issued + seal(issued, a_proof(a_letterhead()), certificate).tail
    with pikepdf.open(BytesIO(copy)) as pdf:
        pictures = [each for each in pdf.objects if isinstance(each, pikepdf.Stream) and "/Width" in each]
        elements = [each for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and "/Alt" in each]
        assert len(pdf.pages) == 2
        assert len(pictures) == 1
        assert [str(each.Alt) for each in elements].count(WORDS) == 2
    for profile in ("ua1", "3a"):
        assert page.validate_pdf_bytes(copy, profile=profile, limits=page.SafetyLimits.unlimited()).is_compliant
    shown = pdfium.PdfDocument(copy)[1].render(scale=2).to_pil().convert("RGB")
    assert (47, 111, 79) in {shown.getpixel((95 + x, 62)) for x in range(10)}


def test_another_file_is_not_completed(tmp_path: Path) -> None:
    certificate = load_certificate(Authority(NOW).seal_file(tmp_path), PASSWORD, NOW)
    other, out = pdfium.PdfDocument.new(), BytesIO()
    other.new_page(200, 200)
    other.save(out)
    with refused(BadInput, "seal.not_ours"):
        seal(out.getvalue(), a_proof(), certificate)


def test_a_signature_that_does_not_fit_is_a_failure_of_the_seal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = load_certificate(Authority(NOW).seal_file(tmp_path), PASSWORD, NOW)
    monkeypatch.setattr(sealing, "_ROOM", -1_000)
    with refused(Unavailable, "seal.failed"):
        seal(a_pdf("Convention"), a_proof(), certificate)


def test_an_authority_that_is_away_is_told(tmp_path: Path) -> None:
    certificate = load_certificate(Authority(NOW).seal_file(tmp_path), PASSWORD, NOW)
    with refused(Unavailable, "seal.no_time_stamp"):
        seal(a_pdf("Convention"), a_proof(), certificate, tsa_url="http://127.0.0.1:9/")


@pytest.mark.parametrize("said", ["cachet est rompu", "exactement un cachet", "du certificat", "ne se lit plus"])
def test_a_seal_that_does_not_hold_is_told(tmp_path: Path, said: str) -> None:
    certificate = load_certificate(Authority(NOW).seal_file(tmp_path), PASSWORD, NOW)
    issued = a_pdf("Convention")
    whole = issued + seal(issued, a_proof(), certificate).tail
    assert fault_of_seal(whole, certificate.fingerprint, NOW) == ""
    files = {
        "cachet est rompu": whole[:600] + bytes([whole[600] ^ 1]) + whole[601:],
        "exactement un cachet": issued,
        "du certificat": whole,
        "ne se lit plus": b"%PDF-1.7 tout autre chose",
    }
    fingerprint = "0" * 64 if said == "du certificat" else certificate.fingerprint
    assert said in fault_of_seal(files[said], fingerprint, NOW)


def test_a_record_that_ends_in_a_carriage_return_leaves_the_copy_a_pdf_a(tmp_path: Path) -> None:
    """One compressed stream in two hundred and fifty ends so: before a bare line feed, it is read one byte shorter."""
    record = next(
        each for each in (b'{"n":"' + b"~" * n + b'"}' for n in range(300)) if zlib.compress(each).endswith(b"\r")
    )
    certificate = load_certificate(Authority(NOW).seal_file(tmp_path), PASSWORD, NOW)
    issued = a_pdf("Convention")
    proof = Proof(pages=a_pdf("Page de preuve"), record=record, made_at=NOW, title="Page de preuve")
    copy = issued + seal(issued, proof, certificate).tail
    found = page.validate_pdf_bytes(copy, profile="3a", limits=page.SafetyLimits.unlimited())
    assert found.is_compliant, [(each.rule_id, each.message) for each in found.failures]
