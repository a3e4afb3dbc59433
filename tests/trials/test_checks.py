"""The checks of the soak: a sound base passes, and each loss is told."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from trials.soak.checks import faults, mail_faults, unfinished
from trials.soak.facts import Base, Facts

PDF = b"%PDF-1.7 agreement"
DIGEST = hashlib.sha256(PDF).hexdigest()


def agreement(rank: int, **changes: object) -> dict[str, Any]:
    row = {"id": f"d{rank}", "service": "DSDEN35", "kind": "loan_agreement", "number": f"DSDEN35-2026-{rank:05}"}
    return {**row, "sha256": DIGEST, "bytes": len(PDF), **changes}


def base(**changes: list[dict[str, Any]]) -> Base:
    rows: dict[str, list[dict[str, Any]]] = {
        "items": [{"id": "i1", "inventory_number": "S-1"}],
        "pupils": [{"id": "p1", "last_name": "Essai-A"}, {"id": "p2", "last_name": "Essai-B"}],
        "loans": [{"id": "l1", "status": "signed"}],
        "documents": [
            agreement(1, loan="l1"),
            agreement(2),
            agreement(1, id="n1", kind="notice", number="DSDEN35-2026-00001-N1"),
        ],
        "signatures": [
            {"id": "b1", "document": "d1", "status": "signed"},
            {"id": "b2", "document": "d2", "status": "pending"},
        ],
        "counters": [{"service": "DSDEN35", "school_year": 2026, "last": 2}],
        "jobs": [
            {"id": "j1", "kind": "scan", "state": "done", "attempts": 1, "result": "{}"},
            {"id": "j2", "kind": "import", "state": "done", "attempts": 2, "result": "{}"},
            {"id": "j3", "kind": "lot", "state": "done", "attempts": 2, "result": "{}"},
            {"id": "j4", "kind": "lot", "state": "done", "attempts": 1, "result": "{}"},
            {"id": "j5", "kind": "labels", "state": "done", "attempts": 3, "result": "{}"},
        ],
        "lines": [
            {"job": "j3", "subject": "l1", "state": "done"},
            {"job": "j4", "subject": "i1", "state": "done"},
        ],
        "entries": [
            {"action": "item.prepared", "subject": "i1"},
            {"action": "label.printed", "subject": "s1"},
        ],
        "scans": [{"document": "d1"}],
        "messages": [{"message_id": "<m1@x>", "state": "sent", "document": "d2"}],
        "recipients": [{"document": "n1", "message": "m1"}],
    }
    return Base({**rows, **changes}, {"d1": PDF, "d2": PDF, "n1": PDF})


TOLD = Facts(
    items={"i1": "S-1"},
    pupils={"p1": "Essai-A"},
    loans={"l1": "issued"},
    documents={"d1": ("DSDEN35-2026-00001", DIGEST)},
    signed={"b1"},
    piles={"j1": "d1"},
    imports={"j2": ("Essai-B",)},
    lots={"j3": ("l1",)},
    acts={"j4": ("item.prepared", ("i1",))},
    prints={"j5"},
    notices={"n1"},
    asked={"d2"},
)


def test_a_base_that_holds_what_was_told_is_sound() -> None:
    assert faults(TOLD, base()) == []
    assert unfinished(TOLD, base()) == []
    assert TOLD.count() == 12


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"items": []}, "items: i1 (S-1) was acknowledged and is not there"),
        ({"items": [{"id": "i1", "inventory_number": "S-2"}]}, "items: i1 (S-1)"),
        ({"pupils": [{"id": "p2", "last_name": "Essai-B"}]}, "pupils: p1"),
        ({"loans": [{"id": "l1", "status": "draft"}]}, "loans: l1 was told issued and is draft"),
        ({"loans": []}, "loans: l1 was told issued and is None"),
        (
            {"documents": [agreement(1, sha256="0"), agreement(2)]},
            "documents: d1 (DSDEN35-2026-00001) was",
        ),
        ({"signatures": [{"id": "b1", "document": "d1", "status": "pending"}]}, "signatures: b1 was acknowledged"),
        ({"jobs": []}, "jobs: j1 was acknowledged"),
    ],
)
def test_what_was_acknowledged_and_is_gone_is_a_loss(changes: dict[str, list[dict[str, Any]]], told: str) -> None:
    assert any(each.startswith(told) for each in faults(TOLD, base(**changes)))


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (agreement(2, bytes=None), "has no PDF"),
        (agreement(2, sha256="0"), "has another PDF than its digest says"),
        (agreement(2, number=""), "has no number"),
        (agreement(2, id="d9"), "has nobody to sign it"),
        (agreement(2, id="n9", kind="notice"), "is for nobody"),
    ],
)
def test_a_half_made_document_is_told(document: dict[str, Any], told: str) -> None:
    assert any(told in each for each in faults(Facts(), base(documents=[agreement(1), document])))


def test_a_gap_a_double_and_a_number_beyond_its_counter_are_told() -> None:
    (gap,) = faults(Facts(), base(documents=[agreement(2)]))
    assert gap == "numbers: DSDEN35-2026 goes to 2, 1 are used, missing [1]"
    two = [agreement(1), agreement(1, id="d2")]
    assert "numbers: DSDEN35-2026 goes to 2, 2 are used, missing [2]" in faults(Facts(), base(documents=two))
    assert "numbers: DSDEN35-2026 goes to 0, 2 are used, missing []" in faults(Facts(), base(counters=[]))


def test_an_effect_without_its_job_or_twice_is_told() -> None:
    twice = base().rows["pupils"] + [{"id": "p3", "last_name": "Essai-B"}]
    assert "pupils: Essai-B is there 2 times" in faults(TOLD, base(pupils=twice))
    filed_twice = base(scans=[{"document": "d1"}] * 2)
    assert faults(TOLD, filed_twice) == ["scans: job j1 is done, 2 scan(s) filed to d1"]
    running = [each if each["id"] > "j3" else {**each, "state": "running"} for each in base().rows["jobs"]]
    assert faults(TOLD, base(jobs=running)) == ["scans: job j1 is running, 1 scan(s) filed to d1"]
    unwritten = base(pupils=[{"id": "p1", "last_name": "Essai-A"}])
    assert faults(TOLD, unwritten) == ["imports: job j2 is done without 1 of its 1 lines"]


def test_a_lot_that_is_not_what_its_lines_say_is_told() -> None:
    told = Facts(lots={"j3": ("l1",)})
    left = [{"job": "j3", "subject": "l1", "state": "left"}]
    assert faults(told, base(lines=left)) == ["lots: line l1 of j3 is left, 1 agreement(s) issued"]
    refused = [{"job": "j3", "subject": "l1", "state": "refused"}]
    drafts = [agreement(1), agreement(2)]
    assert faults(told, base(lines=refused, documents=drafts)) == [
        "lots: line l1 of j3 is refused, 0 agreement(s) issued"
    ]
    running = [{"id": "j3", "kind": "lot", "state": "running"}]
    assert faults(told, base(lines=left, documents=drafts, jobs=running)) == []
    assert faults(told, base(lines=[], documents=drafts)) == ["lots: line l1 of j3 is None, 0 agreement(s) issued"]


def test_an_act_in_number_that_the_journal_does_not_say_once_is_told() -> None:
    told = Facts(acts={"j4": ("item.prepared", ("i1",))})
    printed = {"action": "label.printed", "subject": "s1"}
    twice = [{"action": "item.prepared", "subject": "i1"}] * 2
    assert faults(told, base(entries=[*twice, printed])) == ["lots: line i1 of j4 is done, 2 entries item.prepared"]
    assert faults(told, base(entries=[printed])) == ["lots: line i1 of j4 is done, 0 entries item.prepared"]
    left = [{"job": "j4", "subject": "i1", "state": "left"}]
    assert faults(told, base(lines=left, entries=[printed])) == ["lots: line i1 of j4 is left, 0 entries item.prepared"]
    drawn = Facts(prints={"j5"})
    assert faults(drawn, base(entries=[])) == ["labels: 1 job(s) drew some, noted 0 time(s)"]
    assert faults(drawn, base(entries=[printed, printed])) == ["labels: 1 job(s) drew some, noted 2 time(s)"]


def test_a_message_promised_received_or_sent_alone_is_told() -> None:
    assert faults(TOLD, base(messages=[])) == ["messages: the signature of d2 was asked for and no message is about it"]
    nobody = base(recipients=[{"document": "n1", "message": None}])
    assert faults(TOLD, nobody) == ["messages: the notice n1 was to be sent and no message carries it"]
    assert mail_faults(base(), set(), {"<m1@x>"}) == []
    assert mail_faults(base(), {"<m2@x>"}, {"<m1@x>", "<m2@x>"}) == ["messages: <m2@x> was received and has no row"]
    assert mail_faults(base(), set(), set()) == ["messages: <m1@x> is told sent and was not received"]


def test_what_never_ends_is_told_at_the_end() -> None:
    waiting = base(messages=[{"message_id": "<m1@x>", "state": "queued", "document": "d2"}])
    assert unfinished(TOLD, waiting) == ["messages: 1 of them are queued"]
    cancelled = base(messages=[{"message_id": "<m1@x>", "state": "cancelled", "document": "d2"}])
    assert unfinished(TOLD, cancelled) == []
    failed = {"id": "j1", "kind": "scan", "state": "failed", "result": "abandoned"}
    assert unfinished(TOLD, base(jobs=[failed, *base().rows["jobs"][1:]])) == ["jobs: j1 is failed: abandoned"]


def test_facts_that_are_kept_do_not_follow_what_comes_later() -> None:
    facts = replace(TOLD, items=dict(TOLD.items))
    kept = facts.copy()
    facts.items["i2"] = "S-2"
    assert list(kept.items) == ["i1"]
