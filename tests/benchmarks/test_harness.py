"""The harness of the benchmarks: what it prints is what readers of its figures rely on."""

from __future__ import annotations

import json

import pytest
from benchmarks.harness import Row, compared, peak_megabytes, print_report, rates


def test_a_ratio_names_the_row_it_is_compared_with() -> None:
    rows = compared({"ours": 100.0, "theirs": 20.0, "others": 50.0}, "ours", "documents/s")
    assert [row.value for row in rows if row.against is None] == [100.0, 20.0, 50.0]
    assert {row.against: row.ratio for row in rows if row.against} == {"theirs": 5.0, "others": 2.0}
    assert {row.against for row in rows if row.against} <= {row.what for row in rows}


def test_the_json_report_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    print_report("documents", [Row(what="ours", value=1.5, unit="documents/s")], as_json=True)
    report = json.loads(capsys.readouterr().out)
    assert set(report) == {"bench", "machine", "rows"}
    assert report["rows"] == [{"what": "ours", "value": 1.5, "unit": "documents/s", "against": None, "ratio": None}]


def test_the_table_shows_value_and_ratio(capsys: pytest.CaptureFixture[str]) -> None:
    rows = compared({"ours": 100.0, "theirs": 20.0}, "ours", "documents/s")
    print_report("documents", rows, as_json=False)
    assert "× 5 of « theirs »" in capsys.readouterr().out


def test_candidates_take_turns_and_never_get_the_same_number_twice() -> None:
    seen: list[tuple[str, int]] = []

    def candidate(name: str):
        return lambda serial: seen.append((name, serial))

    found = rates({"a": candidate("a"), "b": candidate("b")}, rounds=2, seconds=0.001)
    assert set(found) == {"a", "b"}
    assert [name for name, serial in seen if serial == 0] == ["a", "b"]
    turns = [name for rank, (name, _) in enumerate(seen[2:], 2) if name != seen[rank - 1][0]]
    assert turns in (["a", "b", "a", "b"], ["b", "a", "b"])
    numbers = [serial for _, serial in seen[2:]]
    assert len(numbers) == len(set(numbers))


def test_the_peak_of_this_process_is_known() -> None:
    before = peak_megabytes()
    held = bytearray(60_000_000)
    assert peak_megabytes() >= before
    assert len(held) / 1e6 <= peak_megabytes()
