"""The bytes of issued documents: shared heads, files of before them, and what is given back."""

import hashlib
from uuid import UUID

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.documents.sample_contents import agreement
from tests.store.cast import DSDEN_35, given_document, given_item, given_loan
from tests.store.migrations.test_item_truth import empty, insert

from materiel.documents.pdf.render import render_pdf, shared_bytes
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch, is_postgres
from materiel.store.engine.ids import new_id
from materiel.store.engine.statement import Statement
from materiel.store.papers import authenticity
from materiel.store.papers import document_file as document_files

__all__ = ["empty"]

DRAWN = [render_pdf(agreement(rank)).data for rank in range(1, 5)]
OTHERS = [b"%PDF-1.4\n" + b"1 0 obj\n" + b"f" * 9_000 + b"endobj\n" + each for each in (b"a", b"b")]
"""Of another release, with other fonts."""

SHORT = b"%PDF-1.4 short"
ADD = Statement("INSERT INTO document_file (document, pdf) VALUES ({}, {})")


async def given_file(rank: int, pdf: bytes, shared: int) -> UUID:
    loan = await given_loan(await given_item(id=new_id(), inventory_number=f"N-{rank}", public_code=f"CODE{rank}"))
    given = await given_document(loan, id=new_id(), number=f"A-{rank}", code=f"PAPER{rank}", pdf=pdf, shared=shared)
    return given.id


async def papers_of_before(count: int) -> list[UUID]:
    """Papers without their files, in a base of the version before."""
    service, school, loan = (new_id() for _ in range(3))
    await insert("managing_service", id=service, code="DSDEN35", kind="dsden", renewal_policy="yearly")
    await insert("municipality", insee_code="35016")
    kind = {"computed_kind": "eple", "sector": "public"}
    await insert("school", id=school, uai="0350122T", municipality="35016", address="{}", **kind)
    state = {"usage": "shared", "custody": "school", "status": "handed_over", "starts_on": "2026-09-01"}
    await insert("loan", id=loan, service=service, school=school, decision="{}", **state)
    ids = sorted((new_id() for _ in range(count)), key=str)
    paper = {"loan": loan, "school": school, "service": service, "kind": "amendment", "covers": "loan"}
    for rank, each in enumerate(ids):
        numbered = {"number": f"A{rank}", "code": f"CODE{rank}", "status": "in_force", "sha256": "0" * 64}
        await insert("document", id=each, **numbered, **paper)
    return ids


def test_what_every_document_begins_with_is_more_than_half_of_it() -> None:
    assert {each[: shared_bytes()] for each in DRAWN} == {DRAWN[0][: shared_bytes()]}
    assert all(shared_bytes() > len(each) / 2 for each in DRAWN)


async def test_a_head_is_kept_once_and_files_come_back_to_the_byte(settled) -> None:
    ids = [await given_file(rank, pdf, shared_bytes()) for rank, pdf in enumerate(DRAWN)]
    ids.append(await given_file(9, SHORT, 0))
    assert [await document_files.find(each) for each in ids] == [*DRAWN, SHORT]
    assert await document_files.find(new_id()) is None
    (head,) = await fetch("SELECT sha256, length(content) AS size FROM document_head")
    digest = hashlib.sha256(DRAWN[0][: shared_bytes()]).hexdigest()
    assert (head["sha256"], head["size"]) == (digest, shared_bytes())
    assert (await authenticity.verify(DSDEN_35)).fault is None
    for refused in ("UPDATE document_head SET content = content", "DELETE FROM document_head"):
        with pytest.raises(Exception, match=r"(?i)frozen|foreign key"):
            await fetch(refused)


async def test_files_of_before_are_cut_where_they_differ(empty, capsys) -> None:
    version = "2026-11-30T02:00:00:000000"
    before = [each for each in await migrate.check() if each < version][-1]
    assert (await run_forwards("materiel", migration_id=before)).success
    capsys.readouterr()
    files = [DRAWN[0], SHORT, *DRAWN[1:3], OTHERS[0], OTHERS[1], DRAWN[3]]
    ids = await papers_of_before(len(files))
    for each, pdf in zip(ids, files, strict=True):
        await ADD.fetch(each, pdf)
    assert version in await migrate.upgrade()
    assert [await document_files.find(each) for each in ids] == files
    (kept,) = await fetch("SELECT SUM(length(pdf)) AS size, COUNT(head) AS cut FROM document_file")
    assert kept["cut"] >= 5
    assert kept["size"] < sum(map(len, files)) / 2
    with pytest.raises(Exception, match=r"frozen"):
        await fetch("UPDATE document_file SET pdf = pdf")


async def test_an_altered_head_alters_every_file_that_begins_with_it(settled) -> None:
    paper = await given_file(0, DRAWN[0], shared_bytes())
    if is_postgres():
        await fetch("ALTER TABLE document_head DISABLE TRIGGER ALL")
    else:
        await fetch("DROP TRIGGER document_head_frozen")
    await Statement("UPDATE document_head SET content = {}").fetch(DRAWN[0][: shared_bytes() - 1] + b"!")
    assert await document_files.find(paper) != DRAWN[0]
    fault = (await authenticity.verify(DSDEN_35)).fault
    assert fault is not None
    assert fault.document_id == paper
