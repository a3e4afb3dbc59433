from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from materiel.store.engine.ids import PUBLIC_ALPHABET, PUBLIC_LENGTH, new_id, new_public_code, new_row_id


def test_an_identifier_of_a_row_is_the_text_of_one_and_sorts_after_the_former() -> None:
    made = [new_row_id() for _ in range(1_000)]
    assert [str(UUID(each)) for each in made] == made
    assert {UUID(each).version for each in made} == {7}
    assert sorted(set(made)) == made
    assert str(new_id()) > made[-1]


def test_no_public_code_is_drawn_twice_by_threads_side_by_side() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: new_public_code(), range(5_000)))
    assert len(set(made)) == len(made)
    assert {len(each) for each in made} == {PUBLIC_LENGTH}
    assert set("".join(made)) == set(PUBLIC_ALPHABET)


def test_a_child_process_draws_other_codes_than_its_parent() -> None:
    new_public_code()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, "".join(new_public_code() for _ in range(10)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    drawn = os.read(reading, 10 * PUBLIC_LENGTH).decode()
    os.close(reading)
    os.close(writing)
    theirs = {drawn[start : start + PUBLIC_LENGTH] for start in range(0, len(drawn), PUBLIC_LENGTH)}
    assert len(theirs) == 10
    assert theirs.isdisjoint(new_public_code() for _ in range(100))
