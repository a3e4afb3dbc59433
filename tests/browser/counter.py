"""What a journey costs whoever makes it: clicks, scans and fields typed, counted and told at the end of the run."""

from __future__ import annotations

from collections import Counter as Tally
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

PROPERTY = "interactions"


class Counter:
    """Acts on a page and counts. A date or a list chosen by the keyboard counts as one field."""

    def __init__(self, journey: str, at_most: int) -> None:
        self.journey = journey
        self.at_most = at_most
        self.tally: Tally[str] = Tally()

    def click(self, target: Locator) -> None:
        """One click, or one tap."""
        target.click()
        self.tally["clics"] += 1

    def tick(self, target: Locator) -> None:
        """One box ticked or one radio button chosen, by its label as a finger does."""
        target.check(force=True)
        self.tally["clics"] += 1

    def fill(self, target: Locator, text: str) -> None:
        """One field typed."""
        target.fill(text)
        self.tally["champs"] += 1

    def choose(self, target: Locator, label: str) -> None:
        """One choice in a list."""
        target.select_option(label=label)
        self.tally["clics"] += 1

    def scan(self, target: Locator, code: str) -> None:
        """One code from a handheld reader, which types it and ends it with Enter."""
        target.press_sequentially(code)
        target.press("Enter")
        self.tally["scans"] += 1

    def press(self, target: Locator, key: str) -> None:
        """One key that acts, such as Enter in a field."""
        target.press(key)
        self.tally["touches"] += 1

    @property
    def total(self) -> int:
        """Every interaction so far."""
        return sum(self.tally.values())

    @property
    def sentence(self) -> str:
        """« Prêter un matériel : 6 interactions sur 8 (4 clics, 2 scans) »."""
        detail = ", ".join(f"{number} {kind}" for kind, number in sorted(self.tally.items()))
        return f"{self.journey} : {self.total} interactions sur {self.at_most} permises ({detail})"


def print_interactions(terminal: TerminalReporter) -> None:
    """Tell every journey of the run; to be called by `pytest_terminal_summary`, workers' tests included."""
    told = [
        str(value)
        for reports in terminal.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "teardown"
        for name, value in report.user_properties
        if name == PROPERTY
    ]
    if told:
        terminal.section("Mesuré")
        for sentence in sorted(set(told)):
            terminal.line(sentence)
