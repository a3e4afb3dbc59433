"""The keys of the messages written at the former schema are read one last time, and say what each was about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards

from materiel.store.engine import database as engines
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch, is_postgres
from materiel.store.engine.ids import new_id
from materiel.store.engine.statement import Statement

FORMER = "2026-11-28T00:00:10:000000"
NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
SQLITE = """SELECT name AS "column", upper(type) AS type FROM pragma_table_info('{table}') WHERE "notnull" = 1"""
POSTGRES = """SELECT column_name AS "column", upper(data_type) AS type FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = '{table}' AND is_nullable = 'NO' AND is_generated = 'NEVER'"""


@pytest.fixture
async def former(new_database: Any, capsys: pytest.CaptureFixture[str]) -> Any:
    engine = engines.bind(engines.build_engine(await new_database(), synchronous="OFF"))
    await engines.start(engine)
    assert (await run_forwards("materiel", migration_id=FORMER)).success
    capsys.readouterr()
    yield engine
    await engines.stop(engine)


def _blank(kind: str) -> Any:
    if "INT" in kind:
        return 1
    if "BOOL" in kind:
        return False
    if kind.startswith("DATE"):
        return NOW.date()
    if kind.startswith("TIMESTAMP"):
        return NOW
    if "BLOB" in kind or "BYTEA" in kind:
        return b""
    return new_id() if kind == "UUID" else "x"


async def put(table: str, **values: Any) -> UUID:
    """A row with these values, and something harmless in every other column that must have one."""
    required = await fetch((POSTGRES if is_postgres() else SQLITE).format(table=table))
    row = {each["column"]: _blank(each["type"]) for each in required} | values
    marks = ", ".join(["{}"] * len(row))
    await Statement(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})").fetch(*row.values())
    return row.get("id")  # type: ignore[no-any-return]


async def the_cast() -> dict[str, UUID]:
    service = await put("managing_service", code="D", kind="dsden", renewal_policy="yearly", address="{}")
    commune = "35016"
    await put("municipality", insee_code=commune, authority_kind="commune")
    school = await put(
        "school",
        uai="0350001A",
        municipality=commune,
        computed_kind="eple",
        sector="public",
        address="{}",
    )
    item = await put(
        "item",
        service=service,
        family="other",
        ownership="state",
        status="in_stock",
        public_code="A",
        inventory_number="1",
    )
    pupil = await put("pupil", service=service, school=school, protection="none")
    loan = await put(
        "loan",
        service=service,
        usage="individual",
        custody="home",
        school=school,
        pupil=pupil,
        status="issued",
        basis_kind="cdaph",
    )
    document = await put(
        "document",
        service=service,
        loan=loan,
        kind="notice",
        covers="",
        status="in_force",
        number="N1",
        code="C1",
        sha256="0" * 64,
        school=school,
    )
    person = new_id()
    box = await put(
        "signature",
        document=document,
        party="borrower",
        status="pending",
        name="Lise",
        signer="representative",
        signer_id=person,
    )
    mother = await put(
        "access_link", service=service, kind="family", pupil=pupil, representative=person, token_hash="a" * 64
    )
    college = await put("access_link", service=service, kind="institution", school=school, token_hash="b" * 64)
    code = await put("one_time_code", link=mother, purpose=f"sign:{document}", code_hash="0" * 64)
    incident = await put(
        "incident",
        service=service,
        item=item,
        loan=loan,
        kind="breakdown",
        declared_as="family",
        state="open",
        fault="undecided",
    )
    names = "person service document box pupil loan mother college code incident"
    return {name: value for name, value in locals().items() if name in names.split()}


async def a_message(service: UUID, key: str | None, purpose: str, **more: Any) -> UUID:
    values = {"state": "queued", "message_id": f"<{new_id()}@x>", "unique_key": key, "purpose": purpose} | more
    return await put("outbox", service=service, **values)


async def test_each_key_becomes_columns_and_a_notice_that_never_left_is_to_be_sent(former: Any) -> None:
    known = await the_cast()
    service = known["service"]
    written = {
        "sign": await a_message(service, f"sign:{known['box']}:2", "signature_request"),
        "copy": await a_message(service, f"copy:{known['box']}:{known['box']}", "signature_copy"),
        "code": await a_message(service, f"code:{known['code']}", "signature_code"),
        "link": await a_message(service, f"link:{known['mother']}", "new_link"),
        "incident": await a_message(service, f"incident:{known['incident']}", "incident"),
        "answer": await a_message(service, f"incident-answer:{known['incident']}:3", "incident_answer"),
        "none": await a_message(service, None, "disagreement"),
        "gone": await a_message(service, f"sign:{new_id()}:1", "signature_request"),
    }
    at = [NOW + timedelta(days=day) for day in range(1, 5)]
    never = await a_message(service, f"institution:{known['college']}", "institution", created_at=at[0])
    left = await a_message(
        service,
        f"institution:{known['mother']}",
        "institution",
        created_at=at[1],
        sent_at=at[2],
        state="sent",
    )
    rows = {
        "never left": await put("recipient", document=known["document"], party="mayor", sent_at=at[0]),
        "left": await put("recipient", document=known["document"], party="mayor", sent_at=at[1]),
        "by hand": await put("recipient", document=known["document"], party="mayor", sent_at=at[3]),
        "read": await put("recipient", document=known["document"], party="mayor", sent_at=at[0], acknowledged_at=at[3]),
    }
    await migrate.upgrade()

    about = {each["id"]: each for each in await fetch("SELECT * FROM outbox")}
    signed = about[written["sign"]]
    assert (signed["signature"], signed["document"], signed["loan"], signed["pupil"]) == (
        known["box"],
        known["document"],
        known["loan"],
        known["pupil"],
    )
    assert (signed["person"], about[written["link"]]["person"]) == (known["person"], known["person"])
    assert about[written["copy"]]["signature"] == known["box"]
    assert (about[written["code"]]["code"], about[written["code"]]["link"]) == (known["code"], known["mother"])
    assert about[written["code"]]["pupil"] == known["pupil"]
    assert about[written["link"]]["pupil"] == known["pupil"]
    for name in ("incident", "answer"):
        assert (about[written[name]]["incident"], about[written[name]]["loan"]) == (known["incident"], known["loan"])
    assert about[never]["link"] == known["college"]
    for name in ("none", "gone"):
        columns = ("document", "signature", "loan", "pupil", "incident", "person", "link", "code")
        assert [about[written[name]][column] for column in columns] == [None] * 8

    sent = {each["id"]: each for each in await fetch("SELECT * FROM recipient")}
    told = {name: (sent[row]["message"], sent[row]["sent_at"], sent[row]["channel"]) for name, row in rows.items()}
    assert told == {
        "never left": (never, None, "email"),
        "left": (left, at[2], "email"),
        "by hand": (None, at[3], None),
        "read": (never, at[3], "email"),
    }


async def test_what_waited_before_the_pauses_counts_as_sent_by_hand_but_what_the_service_tells_itself(
    new_database: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = engines.bind(engines.build_engine(await new_database(), synchronous="OFF"))
    await engines.start(engine)
    try:
        every = await migrate.check()
        before = [each for each in every if each < "2026-11-30T10:00:00:000000"][-1]
        assert (await run_forwards("materiel", migration_id=before)).success
        capsys.readouterr()
        named = {"code": "D", "kind": "dsden", "renewal_policy": "yearly", "address": "{}", "state_signs": "any"}
        service = await put("managing_service", **named, departement="35")
        own = ("incident", "incident_file", "disagreement", "account", "witness")
        wanted = {await a_message(service, None, purpose, carrier="email"): "own" for purpose in own}
        for purpose in ("signature_request", "signature_reminder", "signed_by_all", "recall"):
            wanted[await a_message(service, None, purpose, carrier="email")] = "hand"

        await migrate.upgrade()

        rows = await fetch("SELECT id, impulse FROM outbox")
        assert {row["id"]: row["impulse"] for row in rows} == wanted
    finally:
        await engines.stop(engine)
