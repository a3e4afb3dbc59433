"""The evidence of a signature: read back as written, and frozen by the database."""

from __future__ import annotations

import pytest
from tests.stage import family_cast as family
from tests.use_cases import loan_cast as cast

from materiel.domain.signing.evidence import Evidence
from materiel.store.engine.database import DatabaseEngine, fetch, write_transaction
from materiel.store.links import access_link as links
from materiel.store.signing import electronic_signature as evidences


async def some_evidence() -> Evidence:
    await family.set_up()
    agreement = await family.an_agreement()
    await family.send(agreement)
    (link, _) = await links.of_pupil(cast.TWO_HOMES)
    box = next(each for each in agreement.signatures if each.name == "Lise Exemple")
    evidence = Evidence(
        signature_id=box.id,
        document_id=agreement.id,
        link_id=link.id,
        sha256=agreement.sha256,
        typed_name="Lise Exemple",
        capacity=box.capacity,
        email=family.LISE,
        shown_at=cast.NOW,
        consented_at=cast.NOW,
        code_sent_at=cast.NOW,
        code_checked_at=cast.NOW,
        strokes="[[[1,2]]]",
    )
    async with write_transaction():
        await evidences.insert(evidence)
    return evidence


async def test_the_evidence_is_read_back_as_written(db: DatabaseEngine) -> None:
    evidence = await some_evidence()
    assert await evidences.of_document(evidence.document_id) == [evidence]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE signature_evidence SET typed_name = 'Autre'", "DELETE FROM signature_evidence"],
    ids=["changed", "deleted"],
)
async def test_the_database_refuses_any_change(db: DatabaseEngine, statement: str) -> None:
    evidence = await some_evidence()
    with pytest.raises(Exception, match="signature_evidence"):
        await fetch(statement)
    assert await evidences.of_document(evidence.document_id) == [evidence]
