"""The checks: each takes what was acknowledged and what a base holds, and names what is wrong."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from trials.soak.facts import Base, Facts

AGREEMENT = re.compile(r"(.+)-(\d{4})-(\d{5,})")
PROGRESS = ("draft", "issued", "partially_signed", "signed", "handed_over", "returned", "closed")
"""A loan never goes back in what the clients of the soak do."""


def lost(facts: Facts, base: Base) -> Iterator[str]:
    """What was acknowledged and is not there."""
    for name, column, told in (
        ("items", "inventory_number", facts.items),
        ("pupils", "last_name", facts.pupils),
    ):
        held = base.by_id(name)
        for identifier, value in told.items():
            if held.get(identifier, {}).get(column) != value:
                yield f"{name}: {identifier} ({value}) was acknowledged and is not there"
    loans = base.by_id("loans")
    for identifier, status in facts.loans.items():
        now = loans.get(identifier, {}).get("status")
        if now is None or _rank(now) < _rank(status):
            yield f"loans: {identifier} was told {status} and is {now}"
    documents = base.by_id("documents")
    for identifier, (number, sha256) in facts.documents.items():
        row = documents.get(identifier, {})
        if (row.get("number"), row.get("sha256")) != (number, sha256):
            yield f"documents: {identifier} ({number}) was acknowledged and is not there as told"
    boxes = base.by_id("signatures")
    for identifier in facts.signed:
        if boxes.get(identifier, {}).get("status") != "signed":
            yield f"signatures: {identifier} was acknowledged and is not there"
    jobs = base.by_id("jobs")
    for identifier in (*facts.piles, *facts.imports, *facts.lots, *facts.acts, *facts.prints):
        if identifier not in jobs:
            yield f"jobs: {identifier} was acknowledged and is not there"


def half_made(_: Facts, base: Base) -> Iterator[str]:
    """Documents without their file, with another one than their digest says, without a number or nobody to sign."""
    boxes = Counter(row["document"] for row in base.rows["signatures"])
    told = {row["document"] for row in base.rows["recipients"]}
    for row in base.rows["documents"]:
        name = f"documents: {row['id']} ({row['number']})"
        if not row["number"]:
            yield f"{name} has no number"
        if not row["bytes"]:
            yield f"{name} has no PDF"
        elif (pdf := base.pdfs.get(row["id"])) is not None and hashlib.sha256(pdf).hexdigest() != row["sha256"]:
            yield f"{name} has another PDF than its digest says"
        if row["kind"] == "notice" and row["id"] not in told:
            yield f"{name} is for nobody"
        if row["kind"] != "notice" and not boxes[row["id"]]:
            yield f"{name} has nobody to sign it"


def gaps(_: Facts, base: Base) -> Iterator[str]:
    """Numbers of agreements that are missing, doubled, or beyond their counter, by service and school year."""
    ranks: dict[tuple[str, int], list[int]] = defaultdict(list)
    for row in base.rows["documents"]:
        if found := AGREEMENT.fullmatch(row["number"] or ""):
            ranks[found[1], int(found[2])].append(int(found[3]))
    last = {(row["service"], row["school_year"]): row["last"] for row in base.rows["counters"]}
    for key in ranks.keys() | last.keys():
        end = last.get(key, 0)
        wanted = list(range(1, end + 1))
        if sorted(ranks[key]) != wanted:
            missing = sorted(set(wanted) - set(ranks[key]))
            yield f"numbers: {key[0]}-{key[1]} goes to {end}, {len(ranks[key])} are used, missing {missing}"


def doubled(facts: Facts, base: Base) -> Iterator[str]:
    """Effects that happened twice, or without the end of their job."""
    names = Counter(row["last_name"] for row in base.rows["pupils"])
    for name, times in names.items():
        if times > 1:
            yield f"pupils: {name} is there {times} times"
    jobs = base.by_id("jobs")
    scans = Counter(row["document"] for row in base.rows["scans"])
    for job, document in facts.piles.items():
        state = jobs.get(job, {}).get("state")
        if scans[document] != (state == "done"):
            yield f"scans: job {job} is {state}, {scans[document]} scan(s) filed to {document}"
    for job, lines in facts.imports.items():
        state = jobs.get(job, {}).get("state")
        missing = [line for line in lines if not names[line]]
        if state == "done" and missing:
            yield f"imports: job {job} is done without {len(missing)} of its {len(lines)} lines"


def apart(facts: Facts, base: Base) -> Iterator[str]:
    """Lines of a lot that say otherwise than what is there: a draft issued and not settled, settled and not issued."""
    jobs = base.by_id("jobs")
    issued = Counter(row.get("loan") for row in base.rows["documents"] if row["kind"] == "loan_agreement")
    lines = {(row["job"], row["subject"]): row["state"] for row in base.rows["lines"]}
    for job, loans in facts.lots.items():
        is_over = jobs.get(job, {}).get("state") == "done"
        for loan in loans:
            state = lines.get((job, loan))
            if issued[loan] != (state == "done") or (is_over and state != "done"):
                yield f"lots: line {loan} of {job} is {state}, {issued[loan]} agreement(s) issued"


def uneven(facts: Facts, base: Base) -> Iterator[str]:
    """Items of a lot done and not noted, noted and not done, or twice; labels drawn and not noted once."""
    jobs = base.by_id("jobs")
    noted = Counter((row["action"], row["subject"]) for row in base.rows["entries"])
    lines = {(row["job"], row["subject"]): row["state"] for row in base.rows["lines"]}
    for job, (action, items) in facts.acts.items():
        is_over = jobs.get(job, {}).get("state") == "done"
        for item in items:
            state, times = lines.get((job, item)), noted[action, item]
            if times != (state == "done") or (is_over and state != "done"):
                yield f"lots: line {item} of {job} is {state}, {times} entries {action}"
    if facts.prints:
        drawn = sum(row["kind"] == "labels" and row["state"] == "done" for row in base.rows["jobs"])
        entries = sum(row["action"] == "label.printed" for row in base.rows["entries"])
        if drawn != entries:
            yield f"labels: {drawn} job(s) drew some, noted {entries} time(s)"


def unwritten(facts: Facts, base: Base) -> Iterator[str]:
    """Messages that were promised and that no row holds."""
    carried = {row["document"] for row in base.rows["recipients"] if row["message"] is not None}
    for document in facts.notices - carried:
        yield f"messages: the notice {document} was to be sent and no message carries it"
    about = {row["document"] for row in base.rows["messages"]}
    for document in facts.asked - about:
        yield f"messages: the signature of {document} was asked for and no message is about it"


CHECKS: tuple[Callable[[Facts, Base], Iterator[str]], ...] = (lost, half_made, gaps, doubled, apart, uneven, unwritten)


def faults(facts: Facts, base: Base) -> list[str]:
    """Everything that is wrong with a base."""
    return [fault for check in CHECKS for fault in check(facts, base)]


def mail_faults(base: Base, received_before: set[str], received_after: set[str]) -> list[str]:
    """Messages received without their row, and messages told as sent that nobody received.

    Args:
        received_before: the Message-IDs received before the base was read.
        received_after: those received after that.
    """
    written = {row["message_id"] for row in base.rows["messages"]}
    sent = {row["message_id"] for row in base.rows["messages"] if row["state"] == "sent"}
    return [
        *(f"messages: {each} was received and has no row" for each in sorted(received_before - written)),
        *(f"messages: {each} is told sent and was not received" for each in sorted(sent - received_after)),
    ]


def unfinished(facts: Facts, base: Base) -> list[str]:
    """At the end of a soak, when nothing is killed any more: what should have been done and is not."""
    jobs = base.by_id("jobs")
    wanted = (*facts.piles, *facts.imports, *facts.lots, *facts.acts, *facts.prints)
    states = {job: jobs.get(job, {}).get("state") for job in wanted}
    # One that must not leave any more, a paper being signed meanwhile, is cancelled: that is an end.
    waiting = Counter(row["state"] for row in base.rows["messages"] if row["state"] not in ("sent", "cancelled"))
    return [
        *(f"jobs: {job} is {state}: {jobs[job]['result']}" for job, state in states.items() if state != "done"),
        *(f"messages: {number} of them are {state}" for state, number in waiting.items()),
    ]


def _rank(status: str) -> int:
    return PROGRESS.index(status) if status in PROGRESS else -1
