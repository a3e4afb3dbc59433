"""The dashboard: what the database lists is what the rules alert about, scoped, bounded, by index."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from tests.conftest import SERVER, copy_base, drop, run_on_server, url_of

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.calendar.civil_day import MAINLAND, civil_date
from materiel.domain.desk.dashboard import ALERTS_OF, Concern, Horizon, months_shown
from materiel.domain.item.item import ItemStatus
from materiel.domain.loan.alerts import alerts
from materiel.domain.people.death import is_silenced
from materiel.domain.usage import Custody, Usage
from materiel.store.accounts import service as services
from materiel.store.desk import dashboard as store
from materiel.store.engine import database as engines
from materiel.store.engine.database import fetch
from materiel.store.item import item as items
from materiel.store.loan.split import formers
from materiel.store.papers import document as documents
from materiel.store.papers.awaited import COUNT_OTHERS, COUNT_OWN, LISTED
from materiel.store.people import pupil as pupils
from materiel.use_cases.accounts.service import list_services
from materiel.use_cases.accounts.token import authenticate
from materiel.use_cases.demo.fill import INSTALLED_FOR, fill_demo
from materiel.use_cases.desk import dashboard
from materiel.use_cases.item.item import find_item, list_items
from materiel.use_cases.loan.loan import list_loans

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
EMPTY = {concern: 0 for concern in Concern}


@pytest.fixture(scope="module")
async def database(template_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The URL of a database that every test here reads and none writes."""
    if not SERVER:
        path = tmp_path_factory.mktemp("dashboard") / "materiel.sqlite3"
        copy_base(template_database, path)
        yield f"sqlite:///{path}"
    else:
        name = f"dashboard_{uuid4().hex}"
        await run_on_server(f"CREATE DATABASE {name} TEMPLATE {template_database}")
        yield url_of(name)
        await drop(name)


@pytest.fixture(scope="module")
async def reader(database: str) -> AsyncIterator[Actor]:
    """A reader of the demonstration, made once."""
    engine = engines.bind(engines.build_engine(database, synchronous="OFF"))
    await engines.start(engine)
    demo = await fill_demo(
        base_url="http://127.0.0.1:8000",
        secret_key="k" * 32,
        actor_id="cli",
        now=NOW,
        progress=lambda done, total: None,
    )
    actor = await authenticate(demo.tokens["reader"], NOW)
    assert actor is not None
    yield actor
    await engines.stop(engine)


async def ruled(concern: Concern, actor: Actor, now: datetime) -> set:
    """The loans that the rules alert about, read one by one."""
    found = set()
    for loan in await list_loans(actor=actor, limit=200):
        papers, held = await documents.of_loan(loan.id), [line.item_id for line in loan.open_items]
        found_today = alerts(
            loan,
            papers,
            civil_date(now, MAINLAND),
            pupil_died=bool(loan.pupil_id) and is_silenced(await pupils.get(loan.pupil_id, actor.service_id)),
            former=(await formers([loan], actor.service_id)).get(loan.id),
            items=await items.get_many(held, actor.service_id),
            policy=(await services.get(actor.service_id)).renewal_policy,
        )
        codes = {alert.code for alert in found_today}
        if codes & set(ALERTS_OF[concern]) and (concern is not Concern.RETURN or loan.lines_out):
            found.add(loan.id)
    return found


@pytest.mark.parametrize("days", [0, 200, 260, 400, 1200], ids=lambda days: f"{days}_days_later")
async def test_each_concern_lists_the_loans_of_its_alerts(reader: Actor, days: int) -> None:
    now = NOW + timedelta(days=days)
    counts = {tally.concern: tally.count for tally in await dashboard.tallies(actor=reader, now=now)}
    for concern in ALERTS_OF:
        listed = await dashboard.concerned_loans(concern, actor=reader, now=now, limit=200)
        assert {each.loan.id for each in listed} == await ruled(concern, reader, now), concern
        assert counts[concern] == len(listed)
        assert all(each.reasons for each in listed)
        assert [each.day for each in listed] == sorted(each.day for each in listed)


async def test_the_demonstration_has_something_to_settle(reader: Actor) -> None:
    counts = {tally.concern: tally.count for tally in await dashboard.tallies(actor=reader, now=NOW)}
    assert counts[Concern.UNSIGNED] > 0
    assert counts[Concern.SIGNATURE] > 0
    assert counts[Concern.OWN_SIGNATURE] > 0


async def test_a_list_continues_where_its_page_ended(reader: Actor) -> None:
    later = NOW + timedelta(days=260)
    whole = await dashboard.concerned_loans(Concern.ENDING, actor=reader, now=later, limit=200)
    first = await dashboard.concerned_loans(Concern.ENDING, actor=reader, now=later, limit=1)
    last = first[-1]
    rest = await dashboard.concerned_loans(
        Concern.ENDING, actor=reader, now=later, limit=200, after=(last.day, last.loan.id)
    )
    assert [each.loan.id for each in [*first, *rest]] == [each.loan.id for each in whole]


async def test_an_item_never_lent_for_months_is_idle(reader: Actor) -> None:
    sooner = NOW - INSTALLED_FOR + timedelta(days=150)
    assert await dashboard.idle_items(actor=reader, now=sooner, limit=200) == []
    idle = await dashboard.idle_items(actor=reader, now=NOW, limit=200)
    assert idle
    assert {each.item.status for each in idle} == {ItemStatus.IN_STOCK}
    held = set()
    for loan in await list_loans(actor=reader, limit=200):
        held |= {line.item_id for line in loan.items if line.handed_over_on}
    in_stock = await list_items(actor=reader, status=ItemStatus.IN_STOCK, limit=200)
    # What another service lends us came lately.
    assert {each.item.id for each in idle} == {item.id for item in in_stock if item.lent_until is None} - held


async def test_an_item_that_came_back_sleeps_too_once_months_have_passed(reader: Actor) -> None:
    later = NOW + timedelta(days=400)
    idle = {each.item.id: each.last_held for each in await dashboard.idle_items(actor=reader, now=later, limit=200)}
    back = await find_item("DEMO-EMT-002", actor=reader)
    assert (back.status, idle[back.id]) == (ItemStatus.IN_STOCK, reader.civil_date(NOW) - timedelta(days=27))
    assert None in idle.values()


async def test_what_came_back_is_listed_until_it_is_prepared(reader: Actor) -> None:
    found = await dashboard.items_to_prepare(actor=reader, limit=200)
    assert {each.item.status for each in found} == {ItemStatus.TO_PREPARE}
    told = {each.concern: each.count for each in await dashboard.tallies(actor=reader, now=NOW)}
    assert told[Concern.TO_PREPARE] == len(found) > 0


async def test_the_charts_count_everything(reader: Actor) -> None:
    figures = await dashboard.figures(actor=reader, now=NOW)
    assert sum(figures.items.values()) == len(await list_items(actor=reader, limit=200))
    assert set(figures.items) == set(ItemStatus)
    active = [loan for loan in await list_loans(actor=reader, limit=200) if loan.is_open and loan.issued_on]
    assert sum(figures.loans.values()) == len(active)
    assert figures.loans[Usage.INDIVIDUAL, Custody.HOME] > 0
    assert len(figures.months) == 12
    assert sum(figures.months.values()) > 0


async def test_another_service_sees_nothing_of_it(reader: Actor) -> None:
    other = next(service for service in await list_services() if service.id != reader.service_id)
    stranger = Actor("user:stranger", Role.MANAGER, other.id)
    found = await dashboard.tallies(actor=stranger, now=NOW + timedelta(days=1200))
    # Its own stock sleeps, what it lends us is late, and nothing of ours is told.
    assert {tally.concern: tally.count for tally in found} == EMPTY | {Concern.IDLE: 4, Concern.SERVICE_LOAN: 1}
    assert await store.places(stranger.service_id, [loan.id for loan in await list_loans(actor=reader)]) == {}


async def test_a_count_stops_at_a_hundred(reader: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "COUNTED", 2)
    monkeypatch.setattr(dashboard, "COUNTED", 2)
    counted = await dashboard.tallies(actor=reader, now=NOW + timedelta(days=1))
    tally = next(each for each in counted if each.concern is Concern.OWN_SIGNATURE)
    assert (tally.concern, tally.count, tally.more) == (Concern.OWN_SIGNATURE, 2, True)


async def test_no_list_reads_a_whole_table(reader: Actor, database: str) -> None:
    statements = [*store._COUNTS.values(), *store._PAGES.values(), store._COUNT_IDLE, store._IDLE, store._MORE_IDLE]
    statements += [COUNT_OWN, COUNT_OTHERS, *LISTED.values()]
    statements += [store._BY_KIND, store._STARTED_BY_MONTH, store._COUNT_INCIDENTS, store._INCIDENTS]
    for statement in statements:
        if SERVER:
            assert not await tables_read_by_postgres(database, statement._postgres)
        else:
            assert not await tables_read_by_sqlite(statement._sqlite)


async def tables_read_by_sqlite(text: str) -> list[str]:
    """The steps of a plan that read a table from end to end."""
    steps = [row["detail"] for row in await fetch(f"EXPLAIN QUERY PLAN {text}", (None,) * text.count("?"))]
    large = ("item", "loan", "loan_item", "document", "place", "pupil")
    scans = [step for step in steps if step.startswith("SCAN ") and step.split()[1] in large]
    # This index holds the lines that wait for their hand-over, and nothing else.
    return [step for step in scans if not step.endswith("USING INDEX ix_loan_item_reserved")]


async def tables_read_by_postgres(database: str, text: str) -> list[str]:
    """The same; of a few rows PostgreSQL reads whole tables with reason, so it is told not to if it can."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE listed AS {text}")
        values = ", ".join(["NULL"] * len(re.findall(r"\$[0-9]+", text)))
        rows = await connection.fetch(f"EXPLAIN EXECUTE listed ({values})")
        return [row["QUERY PLAN"] for row in rows if "Seq Scan" in row["QUERY PLAN"]]
    finally:
        await connection.close()


def test_the_horizon_of_a_concern_is_the_eve_of_nothing() -> None:
    horizon = Horizon.of(date(2026, 11, 30))
    assert horizon.ended_by == date(2026, 11, 29)
    # The alert of 31 January begins on 30 November, like that of the 30th: November has no 31st.
    assert horizon.ending_by == date(2027, 1, 31)
    assert horizon.basis_by == date(2027, 5, 31)


def test_the_chart_ends_with_this_month() -> None:
    shown = months_shown(date(2026, 11, 21))
    assert (shown[0], shown[-1], len(shown)) == (date(2025, 12, 1), date(2026, 11, 1), 12)
