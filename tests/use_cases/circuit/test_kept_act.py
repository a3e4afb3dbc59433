"""An act that was decided is kept: whatever changes afterwards, both services read the same bytes for ever."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.documents.gate import faults
from tests.documents.printing import pages, words
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.circuit.disposal.disposal_cast import decided, make_computing, proposed
from tests.use_cases.circuit.test_transfer import THEM, accepted, asked
from tests.use_cases.signing.test_signed_copy import behind_the_triggers

from materiel.documents.content_json import content_from_json
from materiel.documents.lists import disposal_act as wording
from materiel.documents.pdf.layout import LAYOUT
from materiel.documents.pdf.render import render_pdf
from materiel.domain.circuit.transfer import TransferState
from materiel.domain.papers.act import KEPT_AS, ActKind
from materiel.errors import Conflict
from materiel.store.accounts import service as services
from materiel.store.circuit import transfer as transfers
from materiel.store.engine.database import fetch, is_postgres, write_transaction
from materiel.store.history import journal
from materiel.store.history.search import search
from materiel.use_cases.circuit.disposal_paper import disposal_act, disposal_commitment
from materiel.use_cases.circuit.transfer import transfer_act
from materiel.use_cases.history.journal import verify_history

LATER = cast.NOW + timedelta(days=400)


@pytest.fixture
async def _cast(db: object) -> None:
    await cast.set_up()


pytestmark = pytest.mark.usefixtures("_cast")


async def rename_services() -> None:
    """Both services get another name, another address and another signatory."""
    async with write_transaction():
        for service_id in (cast.SERVICE, cast.OTHER_SERVICE):
            known = await services.get(service_id)
            await services.save(replace(known, name="Direction refondue", signatory_name="Une autre personne"))


async def test_the_act_of_a_transfer_never_changes_and_is_one_for_both_services() -> None:
    line = await asked()
    await accepted(line, after=0)
    act = await transfer_act(line.transfer.id, actor=cast.READER, now=cast.NOW)
    await rename_services()
    for actor in (cast.READER, THEM):
        assert await transfer_act(line.transfer.id, actor=actor, now=LATER) == act
    text = " ".join(words(act, page) for page in range(pages(act)))
    assert "Direction refondue" not in text
    assert faults(act) == []


async def test_the_papers_of_an_end_of_life_never_change(monkeypatch: pytest.MonkeyPatch) -> None:
    await make_computing()
    gift = await proposed()
    commitment = await disposal_commitment(gift.id, actor=cast.READER, now=cast.NOW)
    await rename_services()
    monkeypatch.setattr(wording, "EFFECTS", dict.fromkeys(wording.EFFECTS, "D'autres mots."))
    await decided(gift)
    act = await disposal_act(gift.id, actor=cast.READER, now=cast.NOW)
    assert "Direction refondue" in words(act, 0)
    async with write_transaction():
        known = await services.get(cast.SERVICE)
        await services.save(replace(known, name="Direction refondue encore"))
    monkeypatch.setattr(wording, "EFFECTS", dict.fromkeys(wording.EFFECTS, "Encore d'autres mots."))
    assert await disposal_act(gift.id, actor=cast.READER, now=LATER) == act
    assert await disposal_commitment(gift.id, actor=cast.READER, now=LATER) == commitment


async def test_what_is_kept_says_it_again_and_the_journals_of_both_tell_its_digest() -> None:
    line = await asked()
    await accepted(line, after=0)
    act = await transfer_act(line.transfer.id, actor=THEM, now=LATER)
    (row,) = await fetch("SELECT * FROM kept_act")
    assert (row["sha256"], row["layout"], row["made_at"]) == (hashlib.sha256(act).hexdigest(), LAYOUT, cast.NOW)
    assert render_pdf(content_from_json(row["content"])).data == act
    for service_id in (cast.SERVICE, cast.OTHER_SERVICE):
        (told,) = [each for each in await search(service_id, limit=20) if each.action == KEPT_AS[ActKind.TRANSFER]]
        assert (told.subject_id, told.details["sha256"]) == (str(line.transfer.id), row["sha256"])


async def test_an_act_decided_before_it_was_kept_is_kept_when_it_is_first_opened() -> None:
    line = await asked()
    with refused(Conflict, "transfer.not_accepted"):
        await transfer_act(line.transfer.id, actor=cast.READER, now=cast.NOW)
    async with write_transaction():
        # What the release before wrote: the acceptance, and nothing of the act.
        done = replace(line.transfer, state=TransferState.ACCEPTED, answered_at=cast.NOW, done_on=cast.TODAY)
        await transfers.save(done)
    assert (await verify_history()).acts == 0
    act = await transfer_act(line.transfer.id, actor=THEM, now=LATER)
    await rename_services()
    assert await transfer_act(line.transfer.id, actor=cast.READER, now=LATER + timedelta(days=9)) == act
    found = await verify_history()
    assert (found.acts, found.fault) == (1, None)


FORGED = [
    ("UPDATE kept_act SET content = replace(content, 'Transfer', 'Tranfer') || ' '", "son contenu n’est pas"),
    ("DELETE FROM kept_act", "il a disparu"),
]
ONE_BYTE = {
    True: "UPDATE kept_act SET pdf = set_byte(pdf, 900, get_byte(pdf, 900) # 1)",
    False: "UPDATE kept_act SET pdf = CAST(substr(pdf, 1, 900) || x'00' || substr(pdf, 902) AS BLOB)",
}


@pytest.mark.parametrize(("statement", "said"), [*FORGED, ("", "son fichier PDF n’est pas")])
async def test_verify_sees_an_act_changed_or_taken_away_behind_the_triggers(statement: str, said: str) -> None:
    await accepted(await asked())
    found = await verify_history()
    assert (found.acts, found.fault) == (1, None)
    for change in ("UPDATE kept_act SET layout = 9", "DELETE FROM kept_act"):
        with pytest.raises(Exception, match=r"kept_act_(frozen|kept)"):
            await fetch(change)
    await behind_the_triggers("kept_act", statement or ONE_BYTE[is_postgres()])
    fault = (await verify_history()).fault
    assert fault is not None
    assert said in fault


async def test_an_act_that_the_journal_does_not_tell_is_seen() -> None:
    await accepted(await asked())
    other = UUID("0193a000-0000-7000-8000-0000000000fe")
    await fetch(
        "INSERT INTO kept_act (id, service, kind, subject, made_at, layout, content, sha256, head, pdf)"
        f" SELECT '{other}', service, kind, '{other}', made_at, layout, content, sha256, head, pdf FROM kept_act"
    )
    fault = (await verify_history()).fault
    assert fault is not None
    assert "le journal ne dit pas" in fault
    assert (await journal.verify()).fault is None
