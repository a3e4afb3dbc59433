"""The process that opens scans: it answers, it is bounded, it knows no secret, and it never outlives its use."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from tests.scans.bundles import an_agreement, as_pdf, scanned

from materiel.errors import BadInput
from materiel.scans import process
from materiel.scans.bundle import Bundle
from materiel.scans.process import reading
from materiel.scans.reader import read_page


def a_bundle(pages=2):
    return as_pdf([scanned(page, number) for number, page in enumerate(an_agreement(1)[1][:pages])])


async def test_a_pile_is_read_and_split_in_another_process():
    data = a_bundle()
    async with reading() as reader:
        assert await reader.open(data) == 2
        assert [(await reader.read(index)).number for index in range(2)] == [1, 2]
        part, picture = await reader.keep(0)
        whole = await reader.join([(part, 180), (part, 0)])
    assert picture.startswith(b"\xff\xd8\xff")
    with Bundle(whole) as both:
        assert [(read.number, read.rotation) for read in (read_page(both, index) for index in range(2))] == [
            (2, 180),
            (2, 0),
        ]


@pytest.mark.parametrize(("data", "code"), [(b"", "scan.unreadable"), (b"%PDF-1.7 nothing", "scan.unreadable")])
async def test_a_refusal_crosses_the_border(data, code):
    with pytest.raises(BadInput) as refusal:
        async with reading() as reader:
            await reader.open(data)
    assert refusal.value.code == code


async def test_a_file_that_kills_its_reader_is_refused():
    async with reading() as reader:
        await reader.open(a_bundle())
        os.kill(reader._reader.process.pid, signal.SIGKILL)
        with pytest.raises(BadInput) as refusal:
            await reader.read(0)
    assert refusal.value.code == "scan.unreadable"


async def test_a_file_that_is_read_for_ever_is_refused(monkeypatch):
    async with reading() as reader:
        await reader.open(a_bundle())
        os.kill(reader._reader.process.pid, signal.SIGSTOP)
        monkeypatch.setattr(process, "LONGEST_WAIT", 0.2)
        with pytest.raises(BadInput):
            await reader.read(0)


async def test_the_reader_does_not_outlive_the_block():
    async with reading() as reader:
        await reader.open(a_bundle())
        pid = reader._reader.process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_the_reader_is_given_no_secret(monkeypatch):
    monkeypatch.setenv("MATERIEL_SECRET_KEY", "s" * 40)
    async with reading() as reader:
        await reader.open(a_bundle())
        environ = Path(f"/proc/{reader._reader.process.pid}/environ").read_bytes()
    assert b"PATH=" in environ
    assert b"MATERIEL_" not in environ


async def test_the_reader_is_bounded():
    async with reading() as reader:
        await reader.open(a_bundle())
        limits = Path(f"/proc/{reader._reader.process.pid}/limits").read_text()
    bounded = {line.split("  ")[0]: line.split()[-3] for line in limits.splitlines() if line.startswith("Max ")}
    assert "unlimited" not in (bounded["Max address space"], bounded["Max cpu time"])


async def test_the_reader_ends_with_its_parent():
    reader = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "materiel.scans", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert reader.stdin is not None
    reader.stdin.close()
    async with asyncio.timeout(20):
        await reader.communicate()
    assert reader.returncode == 0
