"""An installation is begun once: with a key and no base, something was here before."""

from __future__ import annotations

from pathlib import Path

from materiel.beginning import KEY, end_beginning, is_beginning, mark_beginning


def test_an_empty_folder_is_a_beginning(tmp_path: Path) -> None:
    assert is_beginning(tmp_path)
    assert is_beginning(tmp_path / "absent")


def test_a_key_alone_tells_that_something_was_there(tmp_path: Path) -> None:
    (tmp_path / KEY).touch()
    assert not is_beginning(tmp_path)


def test_a_beginning_lasts_until_it_is_ended(tmp_path: Path) -> None:
    mark_beginning(tmp_path)
    (tmp_path / KEY).touch()
    assert is_beginning(tmp_path)
    end_beginning(tmp_path)
    assert not is_beginning(tmp_path)
    end_beginning(tmp_path)
