"""What is remembered of many lines in a few bytes is what a dictionary would remember."""

from __future__ import annotations

import tracemalloc

import pytest

from materiel.use_cases.process.packed import LONGEST, Packed

MANY = 5_000


def test_it_remembers_as_a_dictionary_does() -> None:
    packed, known = Packed(), {}
    assert packed.get(b"1") is None
    for number in range(MANY):
        key = str(number % 3_000).encode()
        value = b"" if number % 7 == 0 else str(number).encode()
        packed.put(key, value)
        known[key] = value
    assert {key: packed.get(key) for key in known} == known
    assert packed.get(b"3000") is None


def test_the_first_value_stays() -> None:
    packed = Packed()
    assert packed.put_first(b"number", b"first") == b"first"
    assert packed.put_first(b"number", b"second") == b"first"
    assert packed.get(b"number") == b"first"


def test_one_key_is_not_the_beginning_of_another() -> None:
    packed = Packed()
    packed.put(b"AB", b"C")
    packed.put(b"A", b"BC")
    packed.put(b"", b"ABC")
    assert [packed.get(key) for key in (b"AB", b"A", b"", b"ABC")] == [b"C", b"BC", b"ABC", None]


def test_long_keys_are_told_apart_and_a_long_value_is_refused() -> None:
    packed = Packed()
    long = b"x" * (LONGEST + 1)
    packed.put(long, b"1")
    packed.put(long + b"y", b"2")
    assert (packed.get(long), packed.get(long + b"y"), packed.get(long[1:])) == (b"1", b"2", None)
    with pytest.raises(OverflowError):
        packed.put(b"key", long)


def test_many_lines_take_few_bytes() -> None:
    lines = 20_000
    tracemalloc.start()
    packed = Packed()
    for number in range(lines):
        packed.put(f"MES-{number:06}".encode(), number.to_bytes(4, "big"))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 32 * lines
