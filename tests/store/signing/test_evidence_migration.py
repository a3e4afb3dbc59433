"""Evidence kept before the migration `evidence` is read back by it, and still frozen; a box takes the new channel."""

from __future__ import annotations

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import LOAN, SCHOOL, SERVICE, empty, insert, rows_of_before

from materiel.domain.signing.evidence import Means
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id
from materiel.store.signing import electronic_signature as evidences

__all__ = ["empty"]
ID = "2026-11-30T00:01:00:000000"
FIRST_ROWS = "2026-11-28T00:00:50:000000"
AT = "2026-11-20 10:00:00+00:00"


async def test_what_was_kept_is_by_a_link_and_its_code(empty, capsys):
    every = await migrate.check()
    for until in (FIRST_ROWS, ID):
        assert (await run_forwards("materiel", migration_id=[each for each in every if each < until][-1])).success
        if until == FIRST_ROWS:
            await rows_of_before()
    capsys.readouterr()
    paper, signed, awaited, link = new_id(), new_id(), new_id(), new_id()
    of_loan = {"loan": LOAN, "school": SCHOOL, "service": SERVICE}
    number = {"kind": "loan_agreement", "number": "1", "code": "CODE1", "status": "in_force", "sha256": "0" * 64}
    await insert("document", id=paper, covers="loan", **number, **of_loan)
    box = {"document": paper, "party": "borrower", "name": "Lise Exemple", "capacity": "mère", "recorded_by": ""}
    given = {"status": "signed", "signed_on": "2026-11-20", "channel": "electronic"}
    await insert("signature", id=signed, position=0, **box, **given)
    await insert("signature", id=awaited, position=1, status="pending", **box)
    at = {"created_at": AT, "expires_at": AT}
    await insert("access_link", id=link, service=SERVICE, kind="institution", school=SCHOOL, token_hash="0" * 64, **at)
    times = {name: AT for name in ("shown_at", "consented_at", "code_sent_at", "code_checked_at")}
    told = {"typed_name": "Lise Exemple", "capacity": "mère", "email": "lise@exemple.fr", "sha256": "0" * 64}
    await insert("signature_evidence", signature=signed, document=paper, link=link, **told, **times)
    await migrate.upgrade()
    (kept,) = await evidences.of_document(paper)
    assert (kept.link_id, kept.typed_name, kept.means, kept.remarks) == (link, "Lise Exemple", Means.EMAIL, "")
    assert kept.code_sent_at == kept.code_checked_at
    boxes = await fetch("SELECT channel FROM signature ORDER BY position")
    assert [each["channel"] for each in boxes] == ["electronic", None]
    for refused in ("UPDATE signature_evidence SET typed_name = 'Autre'", "UPDATE signature SET name = 'Autre'"):
        with pytest.raises(Exception, match="frozen"):
            await fetch(f"{refused} WHERE typed_name = 'Lise Exemple'" if "evidence" in refused else refused)
    in_person = "UPDATE signature SET status = 'signed', signed_on = '2026-11-30', channel = '{}' WHERE position = 1"
    with pytest.raises(Exception, match=r"(?i)check constraint"):
        await fetch(in_person.format("elsewhere"))
    await fetch(in_person.format("in_person"))
