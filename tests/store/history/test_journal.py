import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.cast import DSDEN_35, NOW, given_document, given_item, given_loan

from materiel.store.engine.database import fetch, is_postgres, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.history.journal import SYSTEM_CHAIN, AlteredEntry
from materiel.store.history.search import search
from materiel.store.papers import authenticity

CHAIN = str(DSDEN_35)


async def append(number: int, chain=DSDEN_35) -> None:
    async with write_transaction():
        await journal.By(chain, "token:1", NOW).note(
            "item.created", f"item-{number}", {"number": number, "état": "créé"}
        )


async def tamper(*statements: str) -> None:
    """What someone with the rights of the database's owner could do."""
    if is_postgres():
        await fetch("ALTER TABLE journal DISABLE TRIGGER ALL")
        await fetch("ALTER TABLE document DISABLE TRIGGER ALL")
        await fetch("ALTER TABLE document_file DISABLE TRIGGER ALL")
    else:
        for trigger in ("journal_frozen", "journal_kept", "document_frozen", "document_kept"):
            await fetch(f"DROP TRIGGER {trigger}")
        await fetch("DROP TRIGGER document_file_frozen")
        await fetch("DROP TRIGGER document_file_kept")
    for statement in statements:
        await fetch(statement)


@pytest.fixture
async def five_entries(db):
    for number in range(1, 6):
        await append(number)


async def fault() -> AlteredEntry | None:
    return (await journal.verify()).fault


@given(
    texts=st.lists(st.text(), min_size=8, max_size=8),
    sequence=st.integers(min_value=1),
    seconds=st.floats(min_value=0, max_value=4e9),
)
def test_the_hash_of_an_entry_is_that_of_its_canonical_json_whatever_it_says(texts, sequence, seconds):
    at = datetime.fromtimestamp(seconds, timezone(timedelta(hours=2)))
    names = ("id", "chain", "actor", "action", "subject_kind", "subject_id", "details", "previous_hash")
    row = dict(zip(names, texts, strict=True)) | {"sequence": sequence, "at": at}
    told = at.astimezone(UTC).isoformat(timespec="microseconds")
    columns = [row["id"], row["chain"], sequence, told, *(row[name] for name in names[2:])]
    canonical = json.dumps(columns, ensure_ascii=False, separators=(",", ":"))
    assert journal._hash(row) == hashlib.sha256(canonical.encode()).hexdigest()


async def test_an_untouched_journal_is_whole(five_entries):
    await append(1, SYSTEM_CHAIN)
    verification = await journal.verify()
    assert (verification.checked, verification.fault) == (6, None)


async def test_a_journal_longer_than_a_batch_is_whole(five_entries, monkeypatch):
    monkeypatch.setattr(journal, "BATCH", 2)
    assert (await journal.verify()).checked == 5
    monkeypatch.setattr(journal, "BATCH", 5)
    assert (await journal.verify()).fault is None
    assert [each.sequence for each in await search(DSDEN_35, limit=9)] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("statements", "sequence", "reason"),
    [
        (["UPDATE journal SET details = '{}' WHERE sequence = 3"], 3, "modifiée"),
        (["UPDATE journal SET actor = 'token:2' WHERE sequence = 3"], 3, "modifiée"),
        (["UPDATE journal SET at = '2026-09-10 08:30:01+00:00' WHERE sequence = 3"], 3, "modifiée"),
        (["UPDATE journal SET subject_id = 'item-9' WHERE sequence = 1"], 1, "modifiée"),
        (["DELETE FROM journal WHERE sequence = 2"], 2, "manque"),
        (["DELETE FROM journal WHERE sequence = 5"], 5, "manque"),
        (["DELETE FROM journal WHERE sequence >= 4"], 4, "manque"),
        (["DELETE FROM journal"], 1, "manque"),
        (["DELETE FROM journal_head"], 6, "effacé"),
        (["UPDATE journal_head SET sequence = 4"], 6, "ajoutées"),
        (
            [
                "UPDATE journal SET sequence = 99 WHERE sequence = 2",
                "UPDATE journal SET sequence = 2 WHERE sequence = 3",
                "UPDATE journal SET sequence = 3 WHERE sequence = 99",
            ],
            2,
            "ne suit pas",
        ),
    ],
)
async def test_the_first_altered_entry_is_named(five_entries, statements, sequence, reason):
    await tamper(*statements)
    found = await fault()
    assert (found.chain, found.sequence) == (CHAIN, sequence)
    assert reason in found.reason


async def test_a_chain_rewritten_from_an_entry_on_does_not_fit_its_head(five_entries):
    await tamper("DELETE FROM journal WHERE sequence = 5")
    await fetch("UPDATE journal_head SET sequence = 4")
    assert "dernière connue" in (await fault()).reason


async def test_simultaneous_writers_make_one_chain(db):
    await asyncio.gather(*(append(number) for number in range(20)))
    verification = await journal.verify()
    assert (verification.checked, verification.fault) == (20, None)


async def test_a_journal_read_while_others_write_is_whole(five_entries):
    _, *verifications = await asyncio.gather(
        asyncio.gather(*(append(number) for number in range(20))), *(journal.verify() for _ in range(5))
    )
    assert [verification.fault for verification in verifications] == [None] * 5


async def test_the_entries_of_a_transaction_are_written_together_at_its_end(statements):
    async with write_transaction():
        by = journal.By(DSDEN_35, "a", NOW)
        for number in range(3):
            await by.note("item.updated", str(number))
        assert statements == []
        told = await journal.of_subjects(DSDEN_35, ("0", "1", "2"), ["item.updated"])
        assert [each.subject_id for each in told] == ["0", "1", "2"]
        await by.note("item.updated", "3")
        statements.clear()
    assert len(statements) == 3
    assert (await journal.verify()).checked == 4


async def test_an_entry_keeps_what_was_told_even_if_it_changes_before_the_end(db):
    details = {"fields": ["name"]}
    async with write_transaction():
        await journal.By(DSDEN_35, "a", NOW).note("item.updated", "1", details)
        details["fields"].append("model")
    assert [each.details for each in await search(DSDEN_35, limit=1)] == [{"fields": ["name"]}]


async def test_a_rollback_leaves_no_entry(db):
    async def append_then_fail() -> None:
        async with write_transaction():
            await journal.By(CHAIN, "a", NOW).note("b", "d", of="c")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await append_then_fail()
    assert (await journal.verify()).checked == 0


async def test_entries_are_paged_newest_first(five_entries):
    newest = await search(DSDEN_35, limit=2)
    assert [entry.sequence for entry in newest] == [5, 4]
    assert [entry.sequence for entry in await search(CHAIN, limit=9, before=4)] == [3, 2, 1]
    assert newest[0].details == {"number": 5, "état": "créé"}
    assert newest[0].at == NOW


async def test_the_entries_of_one_thing_are_found(five_entries):
    assert [entry.sequence for entry in await journal.of_subject(DSDEN_35, "item-4")] == [4]


@pytest.fixture
async def document(settled):
    return await given_document(await given_loan(await given_item()))


async def test_untouched_documents_are_what_was_issued(document):
    verification = await authenticity.verify()
    assert (verification.checked, verification.fault) == (1, None)


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        (["UPDATE document_file SET pdf = CAST('autre' AS {bytes})"], "PDF"),
        (["UPDATE document SET content = 'autre'"], "contenu"),
        (["UPDATE document SET number = 'autre'"], "numéro"),
        (["UPDATE document SET sha256 = '{digest}'"], "PDF"),
        (["DELETE FROM document_file"], "disparu"),
        (["DELETE FROM journal"], "journal"),
        (
            [
                *("DELETE FROM document_file", "DELETE FROM signature", "DELETE FROM recipient"),
                "DELETE FROM document",
            ],
            "disparu",
        ),
    ],
)
async def test_the_first_altered_document_is_named(document, statements, reason):
    values = {
        "bytes": "BYTEA" if is_postgres() else "BLOB",
        "digest": hashlib.sha256(b"autre").hexdigest(),
    }
    for kept in ("signature_kept", "recipient_kept"):
        await fetch(f"DROP TRIGGER {kept}" + (f" ON {kept.removesuffix('_kept')}" if is_postgres() else ""))
    await tamper(*(statement.format(**values) for statement in statements))
    found = (await authenticity.verify()).fault
    assert found.document_id == document.id
    assert reason in found.reason


async def test_a_document_that_was_never_issued_is_named(document):
    other = await given_document(document_loan := await given_loan(), number="X-2")
    assert other.loan_id == document_loan.id
    await tamper(f"DELETE FROM journal WHERE subject_id = '{other.id}'")
    assert (await authenticity.verify()).fault.number == "X-2"


async def test_ids_are_ordered_by_time():
    ids = [new_id() for _ in range(100)]
    assert ids == sorted(ids)
