"""Projections: what was projected is found again, and what cannot be told is not invented."""

from __future__ import annotations

import pytest

from materiel.scans.geometry import fitted, projected, scaled, shifted

KNOWN = (1.9, -0.12, 40.0, 0.15, 2.05, 12.0, 0.00008, -0.00005)
CORNERS = [(0, 0), (800, 10), (790, 1150), (5, 1140), (400, 600), (200, 900)]


def test_a_projection_is_found_again_from_its_points():
    found = fitted([(point, projected(KNOWN, point)) for point in CORNERS], perspective=True)
    for point in [(100, 100), (700, 300), (333, 1000)]:
        assert projected(found, point) == pytest.approx(projected(KNOWN, point), abs=0.01)


def test_parallels_stay_so_without_perspective():
    flat = (*KNOWN[:6], 0.0, 0.0)
    found = fitted([(point, projected(flat, point)) for point in CORNERS[:3]], perspective=False)
    assert found == pytest.approx(flat, abs=1e-6)


def test_points_in_a_line_tell_nothing():
    line = [((x, 2 * x), (x, x)) for x in range(5)]
    assert fitted(line, perspective=False) is None
    assert fitted(line, perspective=True) is None


def test_a_part_and_a_reduction_agree_with_the_whole():
    x, y = projected(KNOWN, (110, 220))
    assert projected(shifted(KNOWN, 100, 200), (10, 20)) == pytest.approx((x, y))
    assert projected(scaled(KNOWN, 2), (110, 220)) == pytest.approx((x / 2, y / 2))
